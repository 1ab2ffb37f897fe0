// A box as the boot copies see it: flash with an old image that runs and a new one in stage.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "jb_boot.h"
#include "jb_image.h"
#include "nor_flash.h"

using Image = std::vector<uint8_t>;
using Hash = std::array<uint8_t, JB_SHA256_BYTES>;

inline Hash hash_of(const Image &image)
{
    Hash hash;
    jb_sha256 sha;
    jb_sha256_start(&sha);
    jb_sha256_update(&sha, image.data(), image.size());
    jb_sha256_finish(&sha, hash.data());
    return hash;
}

// Half of an image's sectors are the same in every version, as in life.
inline Image make_image(uint32_t version, size_t length, uint32_t sector_bytes)
{
    Image image(length);
    std::minstd_rand random(1);

    for (size_t i = 0; i < length; i++)
    {
        if (i % sector_bytes == 0)
        {
            bool is_common = i / sector_bytes % 2 == 1;
            random.seed(static_cast<uint32_t>(i / sector_bytes + 1) + (is_common ? 0 : 1000 * version));
        }

        image[i] = static_cast<uint8_t>(random());
    }

    return image;
}

// nanoCLR's check sum, bit by bit: written apart from the code that is tested.
inline uint32_t clr_crc(const uint8_t *bytes, size_t length)
{
    uint32_t crc = 0;

    for (size_t i = 0; i < length; i++)
    {
        crc ^= static_cast<uint32_t>(bytes[i]) << 24;

        for (int bit = 0; bit < 8; bit++)
        {
            crc = (crc & 0x80000000u) != 0 ? crc << 1 ^ 0x04C11DB7u : crc << 1;
        }
    }

    return crc;
}

inline void put_le32(uint8_t *bytes, uint32_t value)
{
    for (int i = 0; i < 4; i++)
    {
        bytes[i] = static_cast<uint8_t>(value >> (8 * i));
    }
}

// An image of assemblies, as nanoCLR takes them: sizes of 124 bytes or more each, padded with zeros to four.
inline Image make_assemblies(uint32_t version, const std::vector<uint32_t> &sizes, char marker = '1')
{
    Image image;
    std::minstd_rand random(version);

    for (uint32_t size : sizes)
    {
        size_t start = image.size();
        image.resize(start + (size + 3) / 4 * 4);
        uint8_t *bytes = image.data() + start;
        std::copy_n("NFMRK", 5, bytes);
        bytes[5] = static_cast<uint8_t>(marker);

        for (uint32_t i = 16; i < size; i++)
        {
            bytes[i] = static_cast<uint8_t>(random());
        }

        bytes[38] = 1;
        bytes[39] = 0;
        put_le32(bytes + 100, size);
        put_le32(bytes + 12, clr_crc(bytes + JB_IMAGE_HEADER_BYTES, size - JB_IMAGE_HEADER_BYTES));
        put_le32(bytes + 8, clr_crc(bytes, JB_IMAGE_HEADER_BYTES));
    }

    return image;
}

class BootDevice
{
public:
    BootDevice(uint32_t sector_bytes, uint32_t image_sectors)
        : flash(sector_bytes, image_sectors)
    {
    }

    int32_t run()
    {
        jb_flash callbacks = flash.callbacks();
        return jb_boot_run(&callbacks);
    }

    int32_t install()
    {
        Hash new_hash = hash_of(new_image);
        Hash old_hash = hash_of(old_image);
        jb_flash callbacks = flash.callbacks();
        return jb_boot_install(&callbacks, static_cast<uint32_t>(new_image.size()), new_hash.data(),
                               static_cast<uint32_t>(old_image.size()), old_hash.data());
    }

    int32_t confirm()
    {
        jb_flash callbacks = flash.callbacks();
        return jb_boot_confirm(&callbacks);
    }

    int32_t roll_back(uint8_t reason)
    {
        jb_flash callbacks = flash.callbacks();
        return jb_boot_roll_back(&callbacks, reason);
    }

    jb_boot_record record()
    {
        jb_boot_record record = {};
        jb_flash callbacks = flash.callbacks();
        jb_boot_read(&callbacks, &record);
        return record;
    }

    // The sector of the record that counts.
    uint32_t slot()
    {
        uint32_t bytes = flash.callbacks().sector_bytes;
        uint32_t sequence = record().sequence;

        for (uint32_t i = 0; i < 3; i++)
        {
            const uint8_t *there = flash.region(JB_REGION_BOOT).data() + i * bytes;

            if (there[0] == 'J' && (there[8] | there[9] << 8) == static_cast<int>(sequence & 0xFFFF))
            {
                return i;
            }
        }

        return 3;
    }

    // As over serial.
    void deploy(const Image &image)
    {
        fill(JB_REGION_DEPLOY, image);
        old_image = image;
    }

    // As over serial too, by a tool that erases no more sectors than it needs: behind them the image before goes on.
    void flash_over(const Image &image)
    {
        Image &there = flash.region(JB_REGION_DEPLOY);
        size_t sector_bytes = flash.callbacks().sector_bytes;
        std::fill_n(there.begin(), (image.size() + sector_bytes - 1) / sector_bytes * sector_bytes, static_cast<uint8_t>(0xFF));
        std::copy(image.begin(), image.end(), there.begin());
        other_image = image;
    }

    // Whether deploy begins with the image.
    bool deploy_begins_with(const Image &image)
    {
        return std::equal(image.begin(), image.end(), flash.region(JB_REGION_DEPLOY).begin());
    }

    // As managed code leaves it: what follows the image is anything.
    void stage(const Image &image)
    {
        fill(JB_REGION_STAGE, image);
        new_image = image;

        for (size_t i = image.size(); i < flash.region(JB_REGION_STAGE).size(); i++)
        {
            flash.region(JB_REGION_STAGE)[i] = static_cast<uint8_t>(i * 7);
        }
    }

    // The image, and nothing but 0xFF after it.
    bool deploy_is(const Image &image)
    {
        const Image &there = flash.region(JB_REGION_DEPLOY);

        for (size_t i = 0; i < there.size(); i++)
        {
            if (there[i] != (i < image.size() ? image[i] : 0xFF))
            {
                return false;
            }
        }

        return true;
    }

    bool previous_is(const Image &image)
    {
        return std::equal(image.begin(), image.end(), flash.region(JB_REGION_PREVIOUS).begin());
    }

    // What must hold after a boot that was not interrupted, whatever happened before. Empty when it does.
    std::string complaint(int32_t result)
    {
        jb_boot_record now = record();
        bool is_old = deploy_is(old_image);
        bool is_new = deploy_is(new_image);
        std::string state = "state " + std::to_string(now.state) + ": ";

        if (result != JB_OK)
        {
            return state + "jb_boot_run returned " + std::to_string(result);
        }

        if (!other_image.empty() && deploy_begins_with(other_image) && now.state == JB_STATE_NONE)
        {
            return now.reason == JB_REASON_REPLACED ? "" : state + "another image, and nobody says so";
        }

        if (!is_old && !is_new)
        {
            return state + "deploy holds neither image";
        }

        switch (now.state)
        {
            case JB_STATE_TRIAL:
                return !is_new ? state + "not the new image" : !previous_is(old_image) ? state + "no way back" : "";
            case JB_STATE_CONFIRMED:
            case JB_STATE_NONE:
                return "";
            case JB_STATE_ROLLED_BACK:
                return !is_old ? state + "not the old image" : "";
            default:
                return state + "power loss alone must not lead here";
        }
    }

    NorFlash flash;
    Image old_image;
    Image new_image;
    Image other_image; // what flash_over put there

private:
    void fill(uint32_t region, const Image &image)
    {
        std::fill(flash.region(region).begin(), flash.region(region).end(), static_cast<uint8_t>(0xFF));
        std::copy(image.begin(), image.end(), flash.region(region).begin());
    }
};
