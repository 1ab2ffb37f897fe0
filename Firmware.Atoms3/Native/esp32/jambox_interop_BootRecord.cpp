// Boot record, and the boot copies before the CLR. In one file on purpose: the linker takes a file of a library only when something
// in it is asked for; the method table asks for the record, and the start-up hook comes with it.
#include <esp_partition.h>
#include <esp_private/startup_internal.h>

#include "jb_esp.h"

#if !CONFIG_ESP_SYSTEM_IN_IRAM
#error "Core 1 must wait in RAM while the boot copies turn the cache off: CONFIG_ESP_SYSTEM_IN_IRAM"
#endif

typedef Library_jambox_interop_JamBox_Interop_BootRecord BootRecord;

// As long as the firmware gives its own watchdog (Box.WatchdogMs).
static const uint32_t unproven_timeout_ms = 300000;

static bool is_unproven;

static const char *const region_names[JB_REGION_COUNT] = {"deploy", "stage", "previous", "boot"};
static const esp_partition_t *region_partitions[JB_REGION_COUNT];

static int32_t flash_read(void *, uint32_t region, uint32_t address, void *buffer, uint32_t length)
{
    return esp_partition_read(region_partitions[region], address, buffer, length) == ESP_OK ? 0 : -1;
}

static int32_t flash_write(void *, uint32_t region, uint32_t address, const void *buffer, uint32_t length)
{
    return esp_partition_write(region_partitions[region], address, buffer, length) == ESP_OK ? 0 : -1;
}

static int32_t flash_erase(void *, uint32_t region, uint32_t address)
{
    const esp_partition_t *partition = region_partitions[region];
    return esp_partition_erase_range(partition, address, partition->erase_size) == ESP_OK ? 0 : -1;
}

bool jb_esp_boot_flash(jb_flash *flash)
{
    memset(flash, 0, sizeof(*flash));

    for (uint32_t i = 0; i < JB_REGION_COUNT; i++)
    {
        if (region_partitions[i] == NULL)
        {
            region_partitions[i] =
                esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, region_names[i]);
        }

        if (region_partitions[i] == NULL)
        {
            return false;
        }

        flash->region_bytes[i] = region_partitions[i]->size;
    }

    flash->sector_bytes = region_partitions[JB_REGION_BOOT]->erase_size;
    flash->read = flash_read;
    flash->write = flash_write;
    flash->erase = flash_erase;
    return true;
}

static void feed(void *)
{
    jb_esp_feed_watchdog();
}

// Runs on core 0 before FreeRTOS schedules and before app_main, in ESP-IDF's CORE stage, the only one in which the cache may be turned
// off for writes: core 1 then waits in RAM (call_start_cpu1). In the next stage it walks through the list of hooks, which lies in flash.
// After the heap (100), the locks of the C library (102) and the flash driver (130), behind the last hook of that stage (170). Constructors
// of C++ have not run: nothing here may need one. The boot watchdog guards the copies until ESP-IDF stops it (SECONDARY 999).
// Must return ESP_OK: anything else ends the start of the chip.
ESP_SYSTEM_INIT_FN(jambox_boot_copies, CORE, BIT(0), 180)
{
    jb_flash flash;

    if (jb_esp_boot_flash(&flash))
    {
        flash.feed = feed;
        (void)jb_boot_run(&flash); // an error is in the record, or comes again at the next boot; the CLR starts in any case

        jb_boot_record record;
        is_unproven = jb_boot_read(&flash, &record) == JB_OK && record.state >= JB_STATE_INSTALL && record.state <= JB_STATE_RESTORE;
    }

    return ESP_OK;
}

// An image on trial, or one whose copies have not ended, may never reach the C# line that starts the watchdog: nanoCLR waits for a
// debugger for ever when it cannot load or resolve something, or when a static constructor throws or hangs. Without a reset there would
// be no second boot, and so no way back. After 999, where ESP-IDF stops the watchdog of the boot; ld sorts these by number.
ESP_SYSTEM_INIT_FN(jambox_unproven_watchdog, SECONDARY, BIT(0), 1000)
{
    if (is_unproven)
    {
        jb_esp_start_watchdog(unproven_timeout_ms);
    }

    return ESP_OK;
}

// Without our partition table: as if nothing had ever been installed.
static void read_record(jb_boot_record *record)
{
    jb_flash flash;

    if (!jb_esp_boot_flash(&flash) || jb_boot_read(&flash, record) != JB_OK)
    {
        memset(record, 0, sizeof(*record));
    }
}

HRESULT BootRecord::get_State___STATIC__JamBoxInteropBootState(CLR_RT_StackFrame &stack)
{
    jb_boot_record record;
    read_record(&record);
    stack.SetResult_I4(record.state);
    return S_OK;
}

HRESULT BootRecord::get_Reason___STATIC__JamBoxInteropBootReason(CLR_RT_StackFrame &stack)
{
    jb_boot_record record;
    read_record(&record);
    stack.SetResult_I4(record.reason);
    return S_OK;
}

HRESULT BootRecord::get_TrialBoots___STATIC__I4(CLR_RT_StackFrame &stack)
{
    jb_boot_record record;
    read_record(&record);
    stack.SetResult_I4(record.trial_boots);
    return S_OK;
}

HRESULT BootRecord::get_NewLength___STATIC__I4(CLR_RT_StackFrame &stack)
{
    jb_boot_record record;
    read_record(&record);
    stack.SetResult_I4((CLR_INT32)record.new_length);
    return S_OK;
}

HRESULT BootRecord::get_OldLength___STATIC__I4(CLR_RT_StackFrame &stack)
{
    jb_boot_record record;
    read_record(&record);
    stack.SetResult_I4((CLR_INT32)record.old_length);
    return S_OK;
}

static HRESULT get_hash(CLR_RT_StackFrame &stack, bool is_new)
{
    uint8_t *hash = NULL;
    HRESULT hr = jb_esp_bytes_of(stack.Arg0(), JB_SHA256_BYTES, false, &hash);

    if (SUCCEEDED(hr))
    {
        jb_boot_record record;
        read_record(&record);
        memcpy(hash, is_new ? record.new_sha256 : record.old_sha256, JB_SHA256_BYTES);
    }

    return hr;
}

HRESULT BootRecord::GetNewHash___STATIC__VOID__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    return get_hash(stack, true);
}

HRESULT BootRecord::GetOldHash___STATIC__VOID__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    return get_hash(stack, false);
}

HRESULT BootRecord::Install___STATIC__BOOLEAN__I4__SZARRAY_U1__I4__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();
    {
        uint8_t *new_hash = NULL;
        uint8_t *old_hash = NULL;
        NANOCLR_CHECK_HRESULT(jb_esp_bytes_of(stack.Arg1(), JB_SHA256_BYTES, false, &new_hash));
        NANOCLR_CHECK_HRESULT(jb_esp_bytes_of(stack.Arg3(), JB_SHA256_BYTES, false, &old_hash));

        jb_flash flash;
        int32_t result = JB_E_FLASH;

        if (jb_esp_boot_flash(&flash))
        {
            // A negative length is a huge one here.
            result = jb_boot_install(
                &flash,
                (uint32_t)stack.Arg0().NumericByRef().s4,
                new_hash,
                (uint32_t)stack.Arg2().NumericByRef().s4,
                old_hash);
        }

        if (result == JB_E_ARGUMENT)
        {
            NANOCLR_SET_AND_LEAVE(CLR_E_OUT_OF_RANGE);
        }

        stack.SetResult_Boolean(result == JB_OK);
    }
    NANOCLR_NOCLEANUP();
}

HRESULT BootRecord::Confirm___STATIC__BOOLEAN(CLR_RT_StackFrame &stack)
{
    jb_flash flash;
    stack.SetResult_Boolean(jb_esp_boot_flash(&flash) && jb_boot_confirm(&flash) == JB_OK);
    return S_OK;
}

HRESULT BootRecord::RollBack___STATIC__BOOLEAN__JamBoxInteropBootReason(CLR_RT_StackFrame &stack)
{
    jb_flash flash;
    uint8_t reason = (uint8_t)stack.Arg0().NumericByRef().s4;
    stack.SetResult_Boolean(jb_esp_boot_flash(&flash) && jb_boot_roll_back(&flash, reason) == JB_OK);
    return S_OK;
}
