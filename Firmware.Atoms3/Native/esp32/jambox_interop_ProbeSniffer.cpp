#include <esp_timer.h>
#include <esp_wifi.h>

#include "jb_esp.h"
#include "jb_filter.h"
#include "jb_ring.h"

typedef Library_jambox_interop_JamBox_Interop_ProbeSniffer ProbeSniffer;

// 8 KB: at 1,000 probe requests a second, which is a stadium, the loop may stay away for half a second.
static const uint32_t ring_records = 512;

static uint8_t ring_memory[JB_RING_BYTES(ring_records)] __attribute__((aligned(JB_RING_ALIGNMENT)));
static jb_ring *ring;
static bool is_started;

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

    if (value < jb_esp_first_channel || value > jb_esp_last_channel)
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

static bool start(uint8_t channel)
{
    wifi_promiscuous_filter_t management = {};
    management.filter_mask = WIFI_PROMIS_FILTER_MASK_MGMT;

    return jb_esp_start_wifi() && esp_wifi_set_promiscuous_filter(&management) == ESP_OK &&
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
    jb_esp_tear_down_wifi();
    is_started = false;
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
