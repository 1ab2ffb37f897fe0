// The boot copies of OTA: deploy -> previous, stage -> deploy, and back, sector by sector, so that power may fail at any erase or
// write, torn ones included, and the next boot goes on or goes back. Runs before the CLR; managed code only writes records.
//
// States and who leaves them (RUN = jb_boot_run, at every boot):
//
//   NONE, CONFIRMED, ROLLED_BACK, REFUSED, FAILED --jb_boot_install--> INSTALL
//   INSTALL     RUN: checks both hashes, erases the journals       -> BACKUP, or REFUSED: nothing was touched
//   BACKUP      RUN: copies deploy to previous, checks its hash    -> SWAP (at once, if deploy is no longer the old image), or
//                                                                   REFUSED: deploy was not touched
//   SWAP        RUN: copies stage to deploy, checks its hash       -> TRIAL, or ROLL_BACK
//   TRIAL       RUN: counts the boot; after JB_MAX_TRIAL_BOOTS     -> ROLL_BACK
//               RUN: deploy holds a whole image of somebody else   -> NONE, reason REPLACED: it was flashed over serial, and stays
//               RUN: deploy holds the old image                    -> ROLLED_BACK, reason REPLACED
//               RUN: deploy holds no whole image                   -> ROLL_BACK, reason DEPLOY_HASH
//               jb_boot_confirm                                    -> CONFIRMED
//   TRIAL, CONFIRMED --jb_boot_roll_back-->                           ROLL_BACK
//   ROLL_BACK   RUN: checks previous, erases the journal           -> RESTORE; if previous is damaged: FAILED while deploy holds a
//                                                                    whole image, else SWAP again if stage is whole, else FAILED
//   RESTORE     RUN: copies previous to deploy, checks its hash    -> ROLLED_BACK, or ROLL_BACK to try again
//
// Why it is safe:
// * A copy never writes what it reads from, so doing it again is harmless, and the last whole image is never the destination.
// * A journal is erased in the state *before* the one that believes it; a mark is written only after its sector was read back right.
// * A torn program can read right today and wrong tomorrow. So the first sector without a mark is erased and written again even when
//   it reads right; only stage -> deploy, whose journal outlives every detour, leaves later sectors alone that are right already.
// * Should the newest record itself fade after it was acted upon, the one before it leads to the same end: every state can be entered
//   again from its predecessor. Records go round three sectors, so that the predecessor is there while the next one is written.
// * Any one of the four sectors of the boot region may be bad for good, in whatever way. A record goes to the next sector that keeps it,
//   never over the one that counts; one that cannot be read is passed over. A journal only saves work: without it all is copied again.
//   When a second sector of records fails too, a trial can no longer be counted, and an image that hangs would hang for ever: then the
//   old one is put back without a record.
#ifndef JB_BOOT_H
#define JB_BOOT_H

#include <stdint.h>

#include "jb_export.h"
#include "jb_hash.h"

#ifdef __cplusplus
extern "C"
{
#endif

// Results. Everything negative is an error.
#define JB_OK 0
#define JB_E_FLASH (-1)    // the flash refused, or did not keep what was written
#define JB_E_STATE (-2)    // not in this state
#define JB_E_ARGUMENT (-3) // a length or the geometry is impossible

#define JB_MAX_TRIAL_BOOTS 3u

// Regions of the flash, as the callbacks see them.
#define JB_REGION_DEPLOY 0u
#define JB_REGION_STAGE 1u
#define JB_REGION_PREVIOUS 2u
#define JB_REGION_BOOT 3u // sectors 0…2: records, in turn; 3: journals, of stage -> deploy and, from its middle, of the other two
#define JB_REGION_COUNT 4u

// States, as in flash and in JamBox.Interop.BootState.
#define JB_STATE_NONE 0u
#define JB_STATE_CONFIRMED 1u
#define JB_STATE_INSTALL 2u
#define JB_STATE_BACKUP 3u
#define JB_STATE_SWAP 4u
#define JB_STATE_TRIAL 5u
#define JB_STATE_ROLL_BACK 6u
#define JB_STATE_RESTORE 7u
#define JB_STATE_ROLLED_BACK 8u
#define JB_STATE_REFUSED 9u
#define JB_STATE_FAILED 10u
#define JB_STATE_COUNT 11u

// Reasons, as in flash and in JamBox.Interop.BootReason.
#define JB_REASON_NONE 0u
#define JB_REASON_REQUESTED 1u
#define JB_REASON_NO_SEND 2u
#define JB_REASON_TRIAL_BOOTS 3u
#define JB_REASON_BAD_LENGTH 4u
#define JB_REASON_STAGE_HASH 5u
#define JB_REASON_DEPLOY_HASH 6u
#define JB_REASON_PREVIOUS_HASH 7u
#define JB_REASON_FLASH 8u
#define JB_REASON_REPLACED 9u // another image was flashed over the one on trial

// NOR flash. Callbacks return 0, or anything else for a failure; they are asked only for what lies within a region.
typedef struct jb_flash
{
    void *context;
    int32_t (*read)(void *context, uint32_t region, uint32_t address, void *buffer, uint32_t length);
    int32_t (*write)(void *context, uint32_t region, uint32_t address, const void *buffer, uint32_t length); // only clears bits
    int32_t (*erase)(void *context, uint32_t region, uint32_t address); // one sector, to 0xFF
    void (*feed)(void *context);                                       // the watchdog: before each erase and each chunk; may be NULL
    uint32_t sector_bytes;                   // power of two, 256…65536; 4096 on the board
    uint32_t region_bytes[JB_REGION_COUNT]; // multiples of sector_bytes; BOOT has four sectors or more
} jb_flash;

// Bytes that one read or write moves at most; also on the stack, twice.
#define JB_CHUNK_BYTES 256u

// A record in flash, little-endian: 0 magic "JBBT" · 4 format 1 (u16) · 6 state · 7 reason · 8 sequence (u32) · 12 trial boots ·
// 13 without journal (0, 1) · 14 two zeros · 16 new length (u32) · 20 old length (u32) · 24 new SHA-256 · 56 old SHA-256 · 88 CRC-32 of the 88 bytes before.
#define JB_RECORD_FLASH_BYTES 92u

typedef struct jb_boot_record
{
    uint32_t sequence; // grows by one with every record; the greater of two valid ones counts
    uint32_t new_length;
    uint32_t old_length;
    uint8_t state;
    uint8_t reason;
    uint8_t trial_boots; // 1…JB_MAX_TRIAL_BOOTS while an image runs on trial
    uint8_t without_journal; // 1: the journal's sector could not be erased, its marks say nothing
    uint8_t new_sha256[JB_SHA256_BYTES];
    uint8_t old_sha256[JB_SHA256_BYTES];
} jb_boot_record;

// At every boot, before anything runs from deploy. After JB_OK deploy holds a whole image, the old or the new one (in FAILED with
// neither whole: what there is). After an error the state is kept, and the next boot tries again.
JB_API int32_t jb_boot_run(const jb_flash *flash);

// The record that counts; without any, state NONE and zeros. Error: JB_E_FLASH, JB_E_ARGUMENT.
JB_API int32_t jb_boot_read(const jb_flash *flash, jb_boot_record *record);

// Asks for the installation of stage at the next boot. Hashes are of the first `length` bytes of stage and of deploy.
// JB_E_STATE: an installation or trial is under way. JB_E_ARGUMENT: a length is 0 or more than a region holds.
JB_API int32_t jb_boot_install(const jb_flash *flash, uint32_t new_length, const uint8_t *new_sha256, uint32_t old_length,
                               const uint8_t *old_sha256);

// Ends the trial. JB_OK without a trial too, as nothing is left to confirm; JB_E_STATE in the midst of a copy.
JB_API int32_t jb_boot_confirm(const jb_flash *flash);

// Asks for the old image at the next boot. JB_E_STATE: there is none to go back to.
JB_API int32_t jb_boot_roll_back(const jb_flash *flash, uint8_t reason);

#ifdef __cplusplus
}
#endif

#endif
