// What the files of this folder share. C++ because nanoCLR's headers are.
#ifndef JB_ESP_H
#define JB_ESP_H

#include <stdint.h>

#include "jambox_interop.h"
#include "jb_boot.h"

// The boot regions, by the names of the partition table. False when one is missing: not our partition table, nothing may be written.
bool jb_esp_boot_flash(jb_flash *flash);

// Feeds the RTC's watchdog, whoever started it (the bootloader, or Watchdog.Start). Harmless when nobody did.
void jb_esp_feed_watchdog(void);

// Starts the RTC's watchdog, or starts it anew: it resets the chip after so many ms without being fed. 1,000…600,000.
void jb_esp_start_watchdog(uint32_t timeout_ms);

// The channels of Wi-Fi at 2.4 GHz that are listened to.
static const int32_t jb_esp_first_channel = 1;
static const int32_t jb_esp_last_channel = 13;

// Starts Wi-Fi if need be, and opens all channels to it. False when it refuses.
bool jb_esp_start_wifi(void);

// Takes the Wi-Fi driver down, with its buffers and its task: the next start begins from nothing.
void jb_esp_tear_down_wifi(void);

// A byte[] argument: CLR_E_ARGUMENT_NULL when null.
static inline HRESULT jb_esp_bytes(CLR_RT_HeapBlock &argument, uint8_t **bytes, uint32_t *length)
{
    CLR_RT_HeapBlock_Array *array = argument.DereferenceArray();

    if (array == NULL)
    {
        return CLR_E_ARGUMENT_NULL;
    }

    *bytes = array->GetFirstElement();
    *length = array->m_numOfElements;
    return S_OK;
}

// A byte[] argument of at least, or of exactly, so many bytes: CLR_E_INVALID_PARAMETER (ArgumentException) otherwise.
static inline HRESULT jb_esp_bytes_of(CLR_RT_HeapBlock &argument, uint32_t wanted, bool exactly, uint8_t **bytes)
{
    uint32_t length = 0;
    HRESULT hr = jb_esp_bytes(argument, bytes, &length);

    if (FAILED(hr))
    {
        return hr;
    }

    return length < wanted || (exactly && length != wanted) ? CLR_E_INVALID_PARAMETER : S_OK;
}

// byte[] buffer, int offset, int count: CLR_E_OUT_OF_RANGE when they do not lie within it.
static inline HRESULT jb_esp_piece(
    CLR_RT_HeapBlock &buffer,
    CLR_RT_HeapBlock &offset,
    CLR_RT_HeapBlock &count,
    uint8_t **bytes,
    uint32_t *length)
{
    uint32_t whole = 0;
    HRESULT hr = jb_esp_bytes(buffer, bytes, &whole);

    if (FAILED(hr))
    {
        return hr;
    }

    int32_t first = offset.NumericByRef().s4;
    int32_t wanted = count.NumericByRef().s4;

    if (first < 0 || wanted < 0 || (uint32_t)first > whole || (uint32_t)wanted > whole - (uint32_t)first)
    {
        return CLR_E_OUT_OF_RANGE;
    }

    *bytes += first;
    *length = (uint32_t)wanted;
    return S_OK;
}

#endif
