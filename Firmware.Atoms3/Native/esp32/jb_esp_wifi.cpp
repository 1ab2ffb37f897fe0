#include <string.h>

#include <esp_wifi.h>

#include "jb_esp.h"

// nanoCLR's own ways to start Wi-Fi and to take it down (targets/ESP32/_Network): through them nanoCLR knows. As a station.
extern esp_err_t NF_ESP32_InitaliseWifi();
extern void NF_ESP32_DeinitWifi();

// The driver writes the country to NVS: once a life of the driver, not at each of 2,880 starts a day.
static bool is_country_set;

// Channels 12 and 13 may be listened to anywhere; this box never sends, and its scans are passive.
static bool set_country()
{
    if (!is_country_set)
    {
        wifi_country_t world = {};
        memcpy(world.cc, "01", 3);
        world.schan = (uint8_t)jb_esp_first_channel;
        world.nchan = (uint8_t)jb_esp_last_channel;
        world.policy = WIFI_COUNTRY_POLICY_MANUAL;
        is_country_set = esp_wifi_set_country(&world) == ESP_OK;
    }

    return is_country_set;
}

bool jb_esp_start_wifi(void)
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

    return set_country();
}

void jb_esp_tear_down_wifi(void)
{
    wifi_mode_t mode = WIFI_MODE_NULL;

    if (esp_wifi_get_mode(&mode) == ESP_OK)
    {
        (void)esp_wifi_set_promiscuous(false);
        NF_ESP32_DeinitWifi();
    }

    is_country_set = false;
}
