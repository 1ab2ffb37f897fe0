#include <string.h>

#include <esp_timer.h>
#include <esp_wifi.h>

#include "jb_esp.h"
#include "jb_filter.h"
#include "jb_ring.h"

typedef Library_jambox_interop_JamBox_Interop_ProbeSniffer ProbeSniffer;

// nanoCLR's own ways to start Wi-Fi and to take it down (targets/ESP32/_Network): through them nanoCLR knows, and scans work after Stop.
extern esp_err_t NF_ESP32_InitaliseWifi();
extern void NF_ESP32_DeinitWifi();

// 8 KB: at 1,000 probe requests a second, which is a stadium, the loop may stay away for half a second.
static const uint32_t ring_records = 512;
static const int32_t first_channel = 1;
static const int32_t last_channel = 13;

static uint8_t ring_memory[JB_RING_BYTES(ring_records)] __attribute__((aligned(JB_RING_ALIGNMENT)));
static jb_ring *ring;
static bool is_started;

// The driver writes the country to NVS: once a life of the driver, not at each of 2,880 starts a day.
static bool is_country_set;

// In the Wi-Fi task. Copies and returns: no allocation, no lock, no log.
static void on_packet(void *buffer, wifi_promiscuous_pkt_type_t type)
{
    if (type != WIFI_PKT_MGMT)
    {
        return;
    }

    const wifi_promiscuous_pkt_t *packet = (const wifi_promiscuous_pkt_t *)buffer;
    jb_record record;

    if (packet->rx_ctrl.rx_state != 0 ||
        !jb_filter_probe(packet->payload, packet->rx_ctrl.sig_len, record.mac, &record.sequence))
    {
        return;
    }

    // 0 says "not known"; more is nothing that a record can bear.
    record.rssi_dbm = (int8_t)(packet->rx_ctrl.rssi < 0 ? packet->rx_ctrl.rssi : 0);
    record.channel = (uint8_t)packet->rx_ctrl.channel;
    record.time_ms = (uint32_t)(esp_timer_get_time() / 1000);
    record.flags = 0;
    record.reserved = 0;
    (void)jb_ring_push(ring, &record); // the ring counts what it drops
}

static HRESULT channel_argument(CLR_RT_StackFrame &stack, uint8_t *channel)
{
    int32_t value = stack.Arg0().NumericByRef().s4;

    if (value < first_channel || value > last_channel)
    {
        return CLR_E_OUT_OF_RANGE;
    }

    *channel = (uint8_t)value;
    return S_OK;
}

static bool set_channel(uint8_t channel)
{
    return esp_wifi_set_channel(channel, WIFI_SECOND_CHAN_NONE) == ESP_OK;
}

// Channels 12 and 13 may be listened to anywhere; this box never sends, and its scans are passive.
static bool set_country()
{
    if (!is_country_set)
    {
        wifi_country_t world = {};
        memcpy(world.cc, "01", 3);
        world.schan = (uint8_t)first_channel;
        world.nchan = (uint8_t)last_channel;
        world.policy = WIFI_COUNTRY_POLICY_MANUAL;
        is_country_set = esp_wifi_set_country(&world) == ESP_OK;
    }

    return is_country_set;
}

static bool start(uint8_t channel)
{
    wifi_mode_t mode = WIFI_MODE_NULL;

    if (esp_wifi_get_mode(&mode) != ESP_OK || mode == WIFI_MODE_NULL)
    {
        is_country_set = false;

        if (NF_ESP32_InitaliseWifi() != ESP_OK)
        {
            return false;
        }
    }

    wifi_promiscuous_filter_t management = {};
    management.filter_mask = WIFI_PROMIS_FILTER_MASK_MGMT;

    return set_country() && esp_wifi_set_promiscuous_filter(&management) == ESP_OK &&
           esp_wifi_set_promiscuous_rx_cb(on_packet) == ESP_OK && esp_wifi_set_promiscuous(true) == ESP_OK &&
           set_channel(channel);
}

HRESULT ProbeSniffer::Start___STATIC__BOOLEAN__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();
    {
        uint8_t channel = 0;
        NANOCLR_CHECK_HRESULT(channel_argument(stack, &channel));

        if (ring == NULL)
        {
            ring = jb_ring_init(ring_memory, ring_records);
        }

        if (is_started)
        {
            stack.SetResult_Boolean(set_channel(channel));
        }
        else
        {
            is_started = start(channel);

            if (!is_started)
            {
                (void)esp_wifi_set_promiscuous(false);
            }

            stack.SetResult_Boolean(is_started);
        }
    }
    NANOCLR_NOCLEANUP();
}

HRESULT ProbeSniffer::Stop___STATIC__VOID(CLR_RT_StackFrame &)
{
    if (is_started)
    {
        (void)esp_wifi_set_promiscuous(false);
        is_started = false;
    }

    return S_OK;
}

HRESULT ProbeSniffer::TearDown___STATIC__VOID(CLR_RT_StackFrame &)
{
    wifi_mode_t mode = WIFI_MODE_NULL;

    if (esp_wifi_get_mode(&mode) == ESP_OK)
    {
        (void)esp_wifi_set_promiscuous(false);
        NF_ESP32_DeinitWifi();
    }

    is_started = false;
    is_country_set = false;
    return S_OK;
}

HRESULT ProbeSniffer::SetChannel___STATIC__BOOLEAN__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();
    {
        uint8_t channel = 0;
        NANOCLR_CHECK_HRESULT(channel_argument(stack, &channel));
        stack.SetResult_Boolean(is_started && set_channel(channel));
    }
    NANOCLR_NOCLEANUP();
}

HRESULT ProbeSniffer::Drain___STATIC__I4__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();
    {
        uint8_t *bytes = NULL;
        uint32_t length = 0;
        NANOCLR_CHECK_HRESULT(jb_esp_bytes(stack.Arg0(), &bytes, &length));
        stack.SetResult_I4(ring == NULL ? 0 : (CLR_INT32)jb_ring_drain(ring, bytes, length));
    }
    NANOCLR_NOCLEANUP();
}

HRESULT ProbeSniffer::get_DroppedCount___STATIC__I4(CLR_RT_StackFrame &stack)
{
    stack.SetResult_I4(ring == NULL ? 0 : (CLR_INT32)(jb_ring_dropped(ring) & 0x7FFFFFFFu));
    return S_OK;
}
