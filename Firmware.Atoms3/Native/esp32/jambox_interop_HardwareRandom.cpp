#include <bootloader_random.h>
#include <esp_random.h>
#include <esp_wifi.h>

#include "jb_esp.h"

typedef Library_jambox_interop_JamBox_Interop_HardwareRandom HardwareRandom;

HRESULT HardwareRandom::Fill___STATIC__VOID__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();
    {
        uint8_t *bytes = NULL;
        uint32_t length = 0;
        NANOCLR_CHECK_HRESULT(jb_esp_bytes(stack.Arg0(), &bytes, &length));

        // Noise comes from the radio when it runs. Before that, and only then, the ADC may be lent to the generator.
        wifi_mode_t mode;
        bool is_radio_off = esp_wifi_get_mode(&mode) != ESP_OK;

        if (is_radio_off)
        {
            bootloader_random_enable();
        }

        esp_fill_random(bytes, length);

        if (is_radio_off)
        {
            bootloader_random_disable();
        }
    }
    NANOCLR_NOCLEANUP();
}
