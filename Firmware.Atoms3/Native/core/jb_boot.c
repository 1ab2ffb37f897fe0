#include "jb_boot.h"

#include <stdbool.h>
#include <string.h>

#include "jb_image.h"

#define RECORD_SLOTS 3u
#define JOURNAL_SECTOR 3u
#define BOOT_SECTORS 4u
#define MARK_BYTES 4u
#define RECORD_FORMAT 1u

// Tries of one sector before the flash is held to be broken.
#define MAX_SECTOR_TRIES 3u

// Transitions in one boot. The longest way without a repetition is INSTALL, BACKUP, SWAP, ROLL_BACK, RESTORE; the rest is for trying
// a restore again. Beyond it the box boots as it is, rather than never.
#define MAX_STEPS 12u

// Of a step: what is to be done in this boot is done, whatever the record says: what deploy holds is to run.
#define BOOT_NOW 1

typedef struct copy
{
    uint32_t from;
    uint32_t to;
    uint32_t length;  // bytes of the image; what is beyond is to be 0xFF
    uint32_t sectors; // of the destination
    uint32_t journal; // address in the boot region
    bool has_journal;
    bool skips_right; // leaves sectors alone that hold the right bytes already
} copy;

static const uint8_t record_magic[4] = {'J', 'B', 'B', 'T'};

static void feed(const jb_flash *flash)
{
    if (flash->feed != NULL)
    {
        flash->feed(flash->context);
    }
}

static int32_t flash_read(const jb_flash *flash, uint32_t region, uint32_t address, void *buffer, uint32_t length)
{
    return flash->read(flash->context, region, address, buffer, length) == 0 ? JB_OK : JB_E_FLASH;
}

static int32_t flash_write(const jb_flash *flash, uint32_t region, uint32_t address, const void *buffer, uint32_t length)
{
    return flash->write(flash->context, region, address, buffer, length) == 0 ? JB_OK : JB_E_FLASH;
}

static int32_t flash_erase(const jb_flash *flash, uint32_t region, uint32_t address)
{
    feed(flash);
    return flash->erase(flash->context, region, address) == 0 ? JB_OK : JB_E_FLASH;
}

static bool is_blank(const uint8_t *bytes, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
    {
        if (bytes[i] != 0xFF)
        {
            return false;
        }
    }

    return true;
}

static bool is_good_geometry(const jb_flash *flash)
{
    uint32_t sector = flash->sector_bytes;

    if (sector < JB_CHUNK_BYTES || sector > 65536u || (sector & (sector - 1)) != 0)
    {
        return false;
    }

    for (uint32_t region = 0; region < JB_REGION_COUNT; region++)
    {
        uint32_t bytes = flash->region_bytes[region];

        // Each sector of a destination needs a mark in half a journal sector.
        if (bytes == 0 || bytes % sector != 0 || (region != JB_REGION_BOOT && bytes / sector > sector / 2 / MARK_BYTES))
        {
            return false;
        }
    }

    return flash->region_bytes[JB_REGION_BOOT] >= BOOT_SECTORS * sector;
}

static bool is_good_length(const jb_flash *flash, uint32_t length, uint32_t other_region)
{
    return length != 0 && length <= flash->region_bytes[JB_REGION_DEPLOY] && length <= flash->region_bytes[other_region];
}

static bool are_good_lengths(const jb_flash *flash, uint32_t new_length, uint32_t old_length)
{
    return is_good_length(flash, new_length, JB_REGION_STAGE) && is_good_length(flash, old_length, JB_REGION_PREVIOUS);
}

// ---- records ----

static void put_u32(uint8_t *bytes, uint32_t value)
{
    for (uint32_t i = 0; i < 4; i++)
    {
        bytes[i] = (uint8_t)(value >> (8 * i));
    }
}

static uint32_t get_u32(const uint8_t *bytes)
{
    return bytes[0] | ((uint32_t)bytes[1] << 8) | ((uint32_t)bytes[2] << 16) | ((uint32_t)bytes[3] << 24);
}

static void record_encode(const jb_boot_record *record, uint8_t bytes[JB_RECORD_FLASH_BYTES])
{
    memset(bytes, 0, JB_RECORD_FLASH_BYTES);
    memcpy(bytes, record_magic, sizeof(record_magic));
    bytes[4] = RECORD_FORMAT;
    bytes[6] = record->state;
    bytes[7] = record->reason;
    put_u32(bytes + 8, record->sequence);
    bytes[12] = record->trial_boots;
    bytes[13] = record->without_journal;
    put_u32(bytes + 16, record->new_length);
    put_u32(bytes + 20, record->old_length);
    memcpy(bytes + 24, record->new_sha256, JB_SHA256_BYTES);
    memcpy(bytes + 56, record->old_sha256, JB_SHA256_BYTES);
    put_u32(bytes + 88, jb_crc32(0, bytes, 88));
}

static bool record_decode(const uint8_t bytes[JB_RECORD_FLASH_BYTES], jb_boot_record *record)
{
    if (memcmp(bytes, record_magic, sizeof(record_magic)) != 0 || bytes[4] != RECORD_FORMAT || bytes[5] != 0 ||
        bytes[6] >= JB_STATE_COUNT || get_u32(bytes + 88) != jb_crc32(0, bytes, 88))
    {
        return false;
    }

    memset(record, 0, sizeof(*record));
    record->state = bytes[6];
    record->reason = bytes[7];
    record->sequence = get_u32(bytes + 8);
    record->trial_boots = bytes[12];
    record->without_journal = bytes[13];
    record->new_length = get_u32(bytes + 16);
    record->old_length = get_u32(bytes + 20);
    memcpy(record->new_sha256, bytes + 24, JB_SHA256_BYTES);
    memcpy(record->old_sha256, bytes + 56, JB_SHA256_BYTES);
    return true;
}

static int32_t record_read(const jb_flash *flash, uint32_t slot, uint8_t bytes[JB_RECORD_FLASH_BYTES])
{
    int32_t result = JB_E_FLASH;

    for (uint32_t i = 0; result != JB_OK && i < MAX_SECTOR_TRIES; i++)
    {
        result = flash_read(flash, JB_REGION_BOOT, slot * flash->sector_bytes, bytes, JB_RECORD_FLASH_BYTES);
    }

    return result;
}

// Where records are.
typedef struct record_place
{
    uint32_t slot;   // of the one that counts; RECORD_SLOTS when there is none
    uint32_t hidden; // sectors that cannot be read
} record_place;

static int32_t record_load(const jb_flash *flash, jb_boot_record *record, record_place *place)
{
    memset(record, 0, sizeof(*record));
    place->slot = RECORD_SLOTS;
    place->hidden = 0;

    for (uint32_t i = 0; i < RECORD_SLOTS; i++)
    {
        uint8_t bytes[JB_RECORD_FLASH_BYTES];
        jb_boot_record candidate;

        if (record_read(flash, i, bytes) != JB_OK)
        {
            place->hidden++;
            continue;
        }

        // The difference is taken modulo 2^32, so that a wrap would not turn the order round.
        if (record_decode(bytes, &candidate) &&
            (place->slot == RECORD_SLOTS || candidate.sequence - record->sequence < 0x80000000u))
        {
            *record = candidate;
            place->slot = i;
        }
    }

    return place->hidden < RECORD_SLOTS ? JB_OK : JB_E_FLASH;
}

static int32_t record_write(const jb_flash *flash, uint32_t slot, const uint8_t bytes[JB_RECORD_FLASH_BYTES])
{
    uint32_t address = slot * flash->sector_bytes;

    for (uint32_t i = 0; i < MAX_SECTOR_TRIES; i++)
    {
        uint8_t back[JB_RECORD_FLASH_BYTES];

        if (flash_erase(flash, JB_REGION_BOOT, address) == JB_OK &&
            flash_write(flash, JB_REGION_BOOT, address, bytes, JB_RECORD_FLASH_BYTES) == JB_OK &&
            flash_read(flash, JB_REGION_BOOT, address, back, sizeof(back)) == JB_OK && memcmp(bytes, back, sizeof(back)) == 0)
        {
            return JB_OK;
        }
    }

    return JB_E_FLASH;
}

// Writes the record with the next sequence number over the oldest, or, where that sector is bad, over the one before the one that
// counts; never over that one.
static int32_t record_store(const jb_flash *flash, const jb_boot_record *record)
{
    jb_boot_record current;
    record_place place;
    int32_t result = record_load(flash, &current, &place);

    if (result != JB_OK)
    {
        return result;
    }

    // A record in a sector that cannot be read now may be a later one, and be readable again some day.
    jb_boot_record next = *record;
    next.sequence = current.sequence + 1 + place.hidden;
    uint8_t bytes[JB_RECORD_FLASH_BYTES];
    record_encode(&next, bytes);
    uint32_t others = place.slot == RECORD_SLOTS ? RECORD_SLOTS : RECORD_SLOTS - 1;
    result = JB_E_FLASH;

    for (uint32_t i = 1; result != JB_OK && i <= others; i++)
    {
        result = record_write(flash, (place.slot + i) % RECORD_SLOTS, bytes); // without any: slot 1 first
    }

    return result;
}

static int32_t enter(const jb_flash *flash, jb_boot_record *record, uint8_t state, uint8_t reason)
{
    record->state = state;
    record->reason = reason;
    record->trial_boots = 0;
    return record_store(flash, record);
}

// ---- images and copies ----

// `matches` becomes false too when the image cannot be read: it is of no use then.
static bool image_matches(const jb_flash *flash, uint32_t region, uint32_t length, const uint8_t *sha256)
{
    jb_sha256 sha;
    jb_sha256_start(&sha);

    for (uint32_t address = 0; address < length; address += JB_CHUNK_BYTES)
    {
        uint8_t bytes[JB_CHUNK_BYTES];
        uint32_t piece = length - address < JB_CHUNK_BYTES ? length - address : JB_CHUNK_BYTES;
        feed(flash);

        if (flash_read(flash, region, address, bytes, piece) != JB_OK)
        {
            return false;
        }

        jb_sha256_update(&sha, bytes, piece);
    }

    uint8_t hash[JB_SHA256_BYTES];
    jb_sha256_finish(&sha, hash);
    return memcmp(hash, sha256, sizeof(hash)) == 0;
}

// Both journals: no state needs one while the other is to be erased.
static int32_t journal_erase(const jb_flash *flash)
{
    uint32_t address = JOURNAL_SECTOR * flash->sector_bytes;
    bool blank = flash_erase(flash, JB_REGION_BOOT, address) == JB_OK;

    for (uint32_t i = 0; blank && i < flash->sector_bytes; i += JB_CHUNK_BYTES)
    {
        uint8_t bytes[JB_CHUNK_BYTES];
        blank = flash_read(flash, JB_REGION_BOOT, address + i, bytes, sizeof(bytes)) == JB_OK && is_blank(bytes, sizeof(bytes));
    }

    return blank ? JB_OK : JB_E_FLASH;
}

// What the destination is to hold: the source as far as the image goes, then 0xFF. What follows the image must be blank, because
// nanoCLR looks for assemblies up to the end of deploy and would find those of an older, longer image.
static int32_t wanted_chunk(const jb_flash *flash, const copy *job, uint32_t address, uint8_t bytes[JB_CHUNK_BYTES])
{
    memset(bytes, 0xFF, JB_CHUNK_BYTES);

    if (address >= job->length)
    {
        return JB_OK;
    }

    uint32_t piece = job->length - address < JB_CHUNK_BYTES ? job->length - address : JB_CHUNK_BYTES;
    return flash_read(flash, job->from, address, bytes, piece);
}

static bool sector_is_right(const jb_flash *flash, const copy *job, uint32_t address)
{
    for (uint32_t i = 0; i < flash->sector_bytes; i += JB_CHUNK_BYTES)
    {
        uint8_t wanted[JB_CHUNK_BYTES];
        uint8_t there[JB_CHUNK_BYTES];
        feed(flash);

        if (wanted_chunk(flash, job, address + i, wanted) != JB_OK ||
            flash_read(flash, job->to, address + i, there, sizeof(there)) != JB_OK || memcmp(wanted, there, sizeof(there)) != 0)
        {
            return false;
        }
    }

    return true;
}

static int32_t sector_program(const jb_flash *flash, const copy *job, uint32_t address)
{
    int32_t result = flash_erase(flash, job->to, address);

    for (uint32_t i = 0; result == JB_OK && i < flash->sector_bytes; i += JB_CHUNK_BYTES)
    {
        uint8_t wanted[JB_CHUNK_BYTES];
        feed(flash);
        result = wanted_chunk(flash, job, address + i, wanted);

        if (result == JB_OK && !is_blank(wanted, sizeof(wanted)))
        {
            result = flash_write(flash, job->to, address + i, wanted, sizeof(wanted));
        }
    }

    return result;
}

static int32_t sector_copy(const jb_flash *flash, const copy *job, uint32_t address, bool is_suspect)
{
    if (job->skips_right && !is_suspect && sector_is_right(flash, job, address))
    {
        return JB_OK;
    }

    for (uint32_t i = 0; i < MAX_SECTOR_TRIES; i++)
    {
        if (sector_program(flash, job, address) == JB_OK && sector_is_right(flash, job, address))
        {
            return JB_OK;
        }
    }

    return JB_E_FLASH;
}

static int32_t copy_run(const jb_flash *flash, const copy *job)
{
    // The first sector without a mark may have been torn. Once a mark is damaged too, the sectors after it had none either at the
    // time, and any of them may have been.
    bool is_suspect = true;
    bool is_damaged = false;

    for (uint32_t sector = 0; sector < job->sectors; sector++)
    {
        // Ones and zeros mixed, so that neither an erased nor a worn-down journal has marks. One that was torn cannot be mended,
        // which costs no more than copies of sectors again.
        const uint8_t done[MARK_BYTES] = {'J', 'B', (uint8_t)sector, (uint8_t)(sector >> 8)};
        uint8_t mark[MARK_BYTES];
        uint32_t mark_address = job->journal + sector * MARK_BYTES;
        bool is_read = job->has_journal && flash_read(flash, JB_REGION_BOOT, mark_address, mark, sizeof(mark)) == JB_OK;

        if (is_read && memcmp(mark, done, sizeof(done)) == 0)
        {
            continue;
        }

        is_damaged = is_damaged || !is_read || !is_blank(mark, sizeof(mark));

        if (sector_copy(flash, job, sector * flash->sector_bytes, is_suspect || is_damaged) != JB_OK)
        {
            return JB_E_FLASH;
        }

        is_suspect = false;

        // A mark that is not kept costs no more than this sector's copy again.
        if (job->has_journal)
        {
            (void)flash_write(flash, JB_REGION_BOOT, mark_address, done, sizeof(done));
        }
    }

    return JB_OK;
}

// ---- the steps of jb_boot_run; each ends in another state, or in an error that leaves the state ----

static uint32_t journal_of_swap(const jb_flash *flash)
{
    return JOURNAL_SECTOR * flash->sector_bytes;
}

static uint32_t journal_of_backup_and_restore(const jb_flash *flash)
{
    return JOURNAL_SECTOR * flash->sector_bytes + flash->sector_bytes / 2;
}

static int32_t step_install(const jb_flash *flash, jb_boot_record *record)
{
    uint8_t reason = JB_REASON_NONE;
    record->without_journal = 0;

    if (!are_good_lengths(flash, record->new_length, record->old_length))
    {
        reason = JB_REASON_BAD_LENGTH;
    }
    else if (!image_matches(flash, JB_REGION_STAGE, record->new_length, record->new_sha256))
    {
        reason = JB_REASON_STAGE_HASH;
    }
    else if (!image_matches(flash, JB_REGION_DEPLOY, record->old_length, record->old_sha256))
    {
        reason = JB_REASON_DEPLOY_HASH;
    }
    else if (journal_erase(flash) != JB_OK)
    {
        reason = JB_REASON_FLASH;
    }

    return enter(flash, record, reason == JB_REASON_NONE ? JB_STATE_BACKUP : JB_STATE_REFUSED, reason);
}

static int32_t step_backup(const jb_flash *flash, jb_boot_record *record)
{
    // Deploy was right when this state was entered. If it is not now, the swap had begun and its record faded: what deploy holds must
    // not get into previous.
    if (!image_matches(flash, JB_REGION_DEPLOY, record->old_length, record->old_sha256))
    {
        return enter(flash, record, JB_STATE_SWAP, JB_REASON_NONE);
    }

    copy job = {.from = JB_REGION_DEPLOY,
                .to = JB_REGION_PREVIOUS,
                .length = record->old_length,
                .sectors = (record->old_length + flash->sector_bytes - 1) / flash->sector_bytes,
                .journal = journal_of_backup_and_restore(flash),
                .has_journal = true};

    if (copy_run(flash, &job) != JB_OK || !image_matches(flash, JB_REGION_PREVIOUS, record->old_length, record->old_sha256))
    {
        return enter(flash, record, JB_STATE_REFUSED, JB_REASON_FLASH);
    }

    return enter(flash, record, JB_STATE_SWAP, JB_REASON_NONE);
}

// All of deploy, not only what the image needs: see wanted_chunk.
static int32_t fill_deploy(const jb_flash *flash, copy *job, const uint8_t *sha256)
{
    job->to = JB_REGION_DEPLOY;
    job->sectors = flash->region_bytes[JB_REGION_DEPLOY] / flash->sector_bytes;
    int32_t result = copy_run(flash, job);
    return result == JB_OK && !image_matches(flash, JB_REGION_DEPLOY, job->length, sha256) ? JB_E_FLASH : result;
}

// No sector takes a record any more, so that boots of the new image cannot be counted. What ran before is put back: at each boot again,
// until deploy holds it. Whoever asks finds the state as it was, and the old image running.
static int32_t put_back(const jb_flash *flash, const jb_boot_record *record)
{
    if (image_matches(flash, JB_REGION_DEPLOY, record->old_length, record->old_sha256))
    {
        return BOOT_NOW;
    }

    if (!image_matches(flash, JB_REGION_PREVIOUS, record->old_length, record->old_sha256))
    {
        return JB_E_FLASH;
    }

    copy job = {.from = JB_REGION_PREVIOUS, .length = record->old_length};
    int32_t result = fill_deploy(flash, &job, record->old_sha256);
    return result == JB_OK ? BOOT_NOW : result;
}

static int32_t step_swap(const jb_flash *flash, jb_boot_record *record)
{
    // With a reason this is the second attempt, after the flash had failed and the journal was erased: nothing is skipped.
    copy job = {.from = JB_REGION_STAGE,
                .length = record->new_length,
                .journal = journal_of_swap(flash),
                .has_journal = record->without_journal == 0,
                .skips_right = record->reason == JB_REASON_NONE};

    if (fill_deploy(flash, &job, record->new_sha256) != JB_OK)
    {
        return enter(flash, record, JB_STATE_ROLL_BACK, JB_REASON_FLASH);
    }

    int32_t result = enter(flash, record, JB_STATE_TRIAL, JB_REASON_NONE);
    return result == JB_OK ? result : put_back(flash, record);
}

// Of what deploy holds while an image is on trial: this image, and not one that goes on behind it. What could not be read may be there all
// the same: it is read again.
static bool deploy_matches(const jb_flash *flash, uint32_t length, const uint8_t *sha256)
{
    bool matches = false;

    for (uint32_t i = 0; !matches && i < MAX_SECTOR_TRIES; i++)
    {
        matches = image_matches(flash, JB_REGION_DEPLOY, length, sha256);
    }

    return matches && !jb_image_begins(flash, JB_REGION_DEPLOY, (length + 3) & ~3u);
}

// Deploy does not hold the image that is on trial. Somebody flashed another one over serial, which is then what he wants, or the image was
// damaged, and then the old one comes back. Damage leaves no whole image, or what was whole before it: the first assemblies of stage.
static int32_t end_foreign_trial(const jb_flash *flash, jb_boot_record *record)
{
    jb_image image;

    if (deploy_matches(flash, record->old_length, record->old_sha256))
    {
        // Nothing to copy. Without room for a record it stays on trial by name, which harms nobody.
        int32_t old = enter(flash, record, JB_STATE_ROLLED_BACK, JB_REASON_REPLACED);
        return old == JB_OK ? old : BOOT_NOW;
    }

    jb_image_walk(flash, JB_REGION_DEPLOY, JB_REGION_STAGE, &image);

    if (image.is_whole && !image.is_twin)
    {
        int32_t other = enter(flash, record, JB_STATE_NONE, JB_REASON_REPLACED);
        return other == JB_OK ? other : BOOT_NOW;
    }

    int32_t result = enter(flash, record, JB_STATE_ROLL_BACK, JB_REASON_DEPLOY_HASH);
    return result == JB_OK ? result : put_back(flash, record);
}

static int32_t step_trial(const jb_flash *flash, jb_boot_record *record)
{
    int32_t result;

    if (!deploy_matches(flash, record->new_length, record->new_sha256))
    {
        return end_foreign_trial(flash, record);
    }

    if (record->trial_boots >= JB_MAX_TRIAL_BOOTS)
    {
        result = enter(flash, record, JB_STATE_ROLL_BACK, JB_REASON_TRIAL_BOOTS);
        return result == JB_OK ? result : put_back(flash, record);
    }

    record->trial_boots++;
    result = record_store(flash, record);
    return result == JB_OK ? BOOT_NOW : put_back(flash, record);
}

static int32_t step_roll_back(const jb_flash *flash, jb_boot_record *record)
{
    if (image_matches(flash, JB_REGION_PREVIOUS, record->old_length, record->old_sha256))
    {
        record->without_journal = journal_erase(flash) != JB_OK;
        return enter(flash, record, JB_STATE_RESTORE, record->reason);
    }

    // No way back. What runs goes on running; a deploy that was left half done is finished, if stage still has the image.
    if (!image_matches(flash, JB_REGION_DEPLOY, record->new_length, record->new_sha256) &&
        !image_matches(flash, JB_REGION_DEPLOY, record->old_length, record->old_sha256) &&
        image_matches(flash, JB_REGION_STAGE, record->new_length, record->new_sha256))
    {
        record->without_journal = journal_erase(flash) != JB_OK;
        return enter(flash, record, JB_STATE_SWAP, record->reason);
    }

    return enter(flash, record, JB_STATE_FAILED, JB_REASON_PREVIOUS_HASH);
}

static int32_t step_restore(const jb_flash *flash, jb_boot_record *record)
{
    copy job = {.from = JB_REGION_PREVIOUS,
                .length = record->old_length,
                .journal = journal_of_backup_and_restore(flash),
                .has_journal = record->without_journal == 0};
    bool done = fill_deploy(flash, &job, record->old_sha256) == JB_OK;
    return enter(flash, record, done ? JB_STATE_ROLLED_BACK : JB_STATE_ROLL_BACK, record->reason);
}

// Copies trust the lengths of their record, so a record that CRC and format let pass, but this flash cannot hold, goes no further.
static int32_t step(const jb_flash *flash, jb_boot_record *record)
{
    if (record->state != JB_STATE_INSTALL && !are_good_lengths(flash, record->new_length, record->old_length))
    {
        return enter(flash, record, JB_STATE_FAILED, JB_REASON_BAD_LENGTH);
    }

    switch (record->state)
    {
        case JB_STATE_INSTALL:
            return step_install(flash, record);
        case JB_STATE_BACKUP:
            return step_backup(flash, record);
        case JB_STATE_SWAP:
            return step_swap(flash, record);
        case JB_STATE_ROLL_BACK:
            return step_roll_back(flash, record);
        case JB_STATE_RESTORE:
            return step_restore(flash, record);
        default:
            return step_trial(flash, record);
    }
}

static bool is_at_rest(uint8_t state)
{
    return state == JB_STATE_NONE || state == JB_STATE_CONFIRMED || state == JB_STATE_ROLLED_BACK || state == JB_STATE_REFUSED ||
           state == JB_STATE_FAILED;
}

// Whether deploy is written in this state: from then on no earlier record may count again.
static bool writes_deploy(uint8_t state)
{
    return state == JB_STATE_SWAP || state == JB_STATE_RESTORE;
}

int32_t jb_boot_run(const jb_flash *flash)
{
    if (!is_good_geometry(flash))
    {
        return JB_E_ARGUMENT;
    }

    for (uint32_t i = 0; i < MAX_STEPS; i++)
    {
        jb_boot_record record;
        record_place place;
        int32_t result = record_load(flash, &record, &place);

        if (result == JB_OK && is_at_rest(record.state))
        {
            return JB_OK;
        }

        // Power may have failed as this record was written, and so it may fade, and the ones before it as well. It is written again before
        // deploy is touched; where no sector takes it, the one that is there has to do.
        if (i == 0 && result == JB_OK && writes_deploy(record.state))
        {
            (void)record_store(flash, &record);
        }

        if (result == JB_OK)
        {
            result = step(flash, &record);
        }

        if (result != JB_OK)
        {
            return result == BOOT_NOW ? JB_OK : result;
        }
    }

    return JB_E_FLASH;
}

int32_t jb_boot_read(const jb_flash *flash, jb_boot_record *record)
{
    record_place place;
    return is_good_geometry(flash) ? record_load(flash, record, &place) : JB_E_ARGUMENT;
}

int32_t jb_boot_install(const jb_flash *flash, uint32_t new_length, const uint8_t *new_sha256, uint32_t old_length,
                        const uint8_t *old_sha256)
{
    jb_boot_record record;
    int32_t result = jb_boot_read(flash, &record);

    if (result != JB_OK)
    {
        return result;
    }

    if (!are_good_lengths(flash, new_length, old_length))
    {
        return JB_E_ARGUMENT;
    }

    if (!is_at_rest(record.state))
    {
        return JB_E_STATE;
    }

    record.new_length = new_length;
    record.old_length = old_length;
    memcpy(record.new_sha256, new_sha256, JB_SHA256_BYTES);
    memcpy(record.old_sha256, old_sha256, JB_SHA256_BYTES);
    return enter(flash, &record, JB_STATE_INSTALL, JB_REASON_NONE);
}

int32_t jb_boot_confirm(const jb_flash *flash)
{
    jb_boot_record record;
    int32_t result = jb_boot_read(flash, &record);

    if (result != JB_OK || is_at_rest(record.state))
    {
        return result;
    }

    if (record.state != JB_STATE_TRIAL)
    {
        return JB_E_STATE;
    }

    result = enter(flash, &record, JB_STATE_CONFIRMED, JB_REASON_NONE);

    // Twice, so that a sector that can no longer be read does not bring the trial back, and with it the old image.
    if (result == JB_OK)
    {
        (void)record_store(flash, &record);
    }

    return result;
}

int32_t jb_boot_roll_back(const jb_flash *flash, uint8_t reason)
{
    jb_boot_record record;
    int32_t result = jb_boot_read(flash, &record);

    if (result != JB_OK)
    {
        return result;
    }

    if (record.old_length == 0 || (record.state != JB_STATE_TRIAL && record.state != JB_STATE_CONFIRMED))
    {
        return JB_E_STATE;
    }

    return enter(flash, &record, JB_STATE_ROLL_BACK, reason);
}
