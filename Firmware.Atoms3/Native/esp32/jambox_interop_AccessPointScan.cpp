#include <atomic>
#include <string.h>

#include <esp_event.h>
#include <esp_timer.h>
#include <esp_wifi.h>

#include "jb_esp.h"

typedef Library_jambox_interop_JamBox_Interop_AccessPointScan AccessPointScan;

static const uint32_t record_bytes = 8;
static const uint32_t rssi_at = 6;
static const uint32_t reserved_at = 7;
static const uint32_t max_records = 10;

// Beacons come every 0.1 s, as a rule.
static const uint32_t channel_ms = 500;

// A scan takes 7 s. One whose end was not reported by then ended with the driver.
static const int64_t lost_after_us = 20 * 1000 * 1000;

static bool is_handler_registered;
static int64_t started_us;

// Somebody is still to be told how the scan ended.
static bool is_result_due;

enum ScanState : uint32_t
{
    SCAN_FAILED,
    SCAN_UNDER_WAY,
    SCAN_COMPLETE,
};

// Its end is written by the task of the events.
static std::atomic<uint32_t> state(SCAN_FAILED);

// In the task of the events. Each scan that began ends here once, one that was stopped and one that the driver gave up included.
static void on_scan_done(void *, esp_event_base_t, int32_t, void *data)
{
    state = ((const wifi_event_sta_scan_done_t *)data)->status == 0 ? SCAN_COMPLETE : SCAN_FAILED;
}

// nanoCLR made the loop of events when it started; a handler stays, whatever becomes of the driver.
static bool register_handler()
{
    if (!is_handler_registered)
    {
        is_handler_registered =
            esp_event_handler_instance_register(WIFI_EVENT, WIFI_EVENT_SCAN_DONE, on_scan_done, NULL, NULL) == ESP_OK;
    }

    return is_handler_registered;
}

static bool start()
{
    int64_t now = esp_timer_get_time();
    bool is_sniffing = false;

    if ((state == SCAN_UNDER_WAY && now - started_us < lost_after_us) || !register_handler() || !jb_esp_start_wifi() ||
        esp_wifi_get_promiscuous(&is_sniffing) != ESP_OK || is_sniffing)
    {
        return false;
    }

    (void)esp_wifi_clear_ap_list();
    is_result_due = false;
    wifi_scan_config_t config = {};
    config.scan_type = WIFI_SCAN_TYPE_PASSIVE;
    config.scan_time.passive = channel_ms;

    // Before it begins: its end is reported by another task.
    state = SCAN_UNDER_WAY;
    started_us = now;
    is_result_due = esp_wifi_scan_start(&config, false) == ESP_OK;

    if (!is_result_due)
    {
        state = SCAN_FAILED;
    }

    return is_result_due;
}

// The driver gives the strongest first, as many as fit, and frees all.
static uint32_t read_strongest(uint8_t *bytes, uint32_t length)
{
    wifi_ap_record_t found[max_records] = {};
    uint32_t room = length / record_bytes;
    uint16_t count = (uint16_t)(room < max_records ? room : max_records);

    if (state != SCAN_COMPLETE || count == 0 || esp_wifi_scan_get_ap_records(&count, found) != ESP_OK)
    {
        (void)esp_wifi_clear_ap_list();
        return 0;
    }

    for (uint32_t i = 0; i < count; i++)
    {
        uint8_t *record = bytes + i * record_bytes;
        memcpy(record, found[i].bssid, sizeof(found[i].bssid));
        record[rssi_at] = (uint8_t)found[i].rssi;
        record[reserved_at] = 0;
    }

    return count;
}

HRESULT AccessPointScan::Start___STATIC__BOOLEAN(CLR_RT_StackFrame &stack)
{
    stack.SetResult_Boolean(start());
    return S_OK;
}

HRESULT AccessPointScan::Read___STATIC__I4__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();
    {
        uint8_t *bytes = NULL;
        uint32_t length = 0;
        NANOCLR_CHECK_HRESULT(jb_esp_bytes(stack.Arg0(), &bytes, &length));

        if (is_result_due && state == SCAN_UNDER_WAY)
        {
            stack.SetResult_I4(-1);
        }
        else if (is_result_due)
        {
            is_result_due = false;
            stack.SetResult_I4((CLR_INT32)read_strongest(bytes, length));
        }
        else
        {
            stack.SetResult_I4(0);
        }
    }
    NANOCLR_NOCLEANUP();
}

HRESULT AccessPointScan::Stop___STATIC__VOID(CLR_RT_StackFrame &)
{
    if (is_result_due)
    {
        is_result_due = false;

        if (state == SCAN_UNDER_WAY)
        {
            (void)esp_wifi_scan_stop();
        }

        (void)esp_wifi_clear_ap_list();
    }

    return S_OK;
}
