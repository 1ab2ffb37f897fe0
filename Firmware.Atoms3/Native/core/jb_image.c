#include "jb_image.h"

#include <string.h>

#define CRC_AT 8u
#define REST_CRC_AT 12u
#define STRING_TABLE_VERSION_AT 38u
#define SIZE_AT 100u
#define MARKER_BYTES 5u
#define MARKER_NUMBER_AT 5u

static const uint8_t marker[MARKER_BYTES] = {'N', 'F', 'M', 'R', 'K'};

// What a nibble does to the check sum.
static const uint32_t crc_of_nibble[16] = {0x00000000u, 0x04C11DB7u, 0x09823B6Eu, 0x0D4326D9u, 0x130476DCu, 0x17C56B6Bu,
                                           0x1A864DB2u, 0x1E475005u, 0x2608EDB8u, 0x22C9F00Fu, 0x2F8AD6D6u, 0x2B4BCB61u,
                                           0x350C9B64u, 0x31CD86D3u, 0x3C8EA00Au, 0x384FBDBDu};

static uint32_t crc_add(uint32_t crc, const uint8_t *bytes, uint32_t length)
{
    for (uint32_t i = 0; i < length; i++)
    {
        crc = (crc << 4) ^ crc_of_nibble[(crc >> 28) ^ (bytes[i] >> 4)];
        crc = (crc << 4) ^ crc_of_nibble[(crc >> 28) ^ (bytes[i] & 15u)];
    }

    return crc;
}

static uint32_t get_u32(const uint8_t *bytes)
{
    return bytes[0] | ((uint32_t)bytes[1] << 8) | ((uint32_t)bytes[2] << 16) | ((uint32_t)bytes[3] << 24);
}

static bool read(const jb_flash *flash, uint32_t region, uint32_t address, uint8_t *buffer, uint32_t length)
{
    if (flash->feed != NULL)
    {
        flash->feed(flash->context);
    }

    return flash->read(flash->context, region, address, buffer, length) == 0;
}

static bool is_header(const uint8_t header[JB_IMAGE_HEADER_BYTES])
{
    static const uint8_t zeros[4] = {0, 0, 0, 0};
    uint32_t crc = crc_add(0, header, CRC_AT);
    crc = crc_add(crc, zeros, sizeof(zeros));
    crc = crc_add(crc, header + REST_CRC_AT, JB_IMAGE_HEADER_BYTES - REST_CRC_AT);
    return memcmp(header, marker, MARKER_BYTES) == 0 && (header[MARKER_NUMBER_AT] == '1' || header[MARKER_NUMBER_AT] == '2') &&
           header[6] == 0 && header[7] == 0 && header[STRING_TABLE_VERSION_AT] == 1 && header[STRING_TABLE_VERSION_AT + 1] == 0 &&
           get_u32(header + CRC_AT) == crc;
}

// Reads an assembly of `size` bytes behind its header, and its twin from the first byte on.
static bool assembly_is_whole(const jb_flash *flash, uint32_t region, uint32_t other_region, uint32_t address, uint32_t size,
                              uint32_t expected, bool *is_twin)
{
    uint32_t crc = 0;

    for (uint32_t at = 0; at < size; at += JB_CHUNK_BYTES)
    {
        uint8_t bytes[JB_CHUNK_BYTES];
        uint8_t other[JB_CHUNK_BYTES];
        uint32_t piece = size - at < JB_CHUNK_BYTES ? size - at : JB_CHUNK_BYTES;
        uint32_t skip = at == 0 ? JB_IMAGE_HEADER_BYTES : 0;

        if (!read(flash, region, address + at, bytes, piece))
        {
            return false;
        }

        crc = crc_add(crc, bytes + skip, piece - skip);
        *is_twin = *is_twin && read(flash, other_region, address + at, other, piece) && memcmp(bytes, other, piece) == 0;
    }

    return crc == expected;
}

// A sector that was written anew for this image has nothing behind it; one whose next assembly was damaged has.
static bool is_blank_to_sector_end(const jb_flash *flash, uint32_t region, uint32_t address)
{
    uint32_t end = (address + flash->sector_bytes - 1) / flash->sector_bytes * flash->sector_bytes;

    while (address < end)
    {
        uint8_t bytes[JB_CHUNK_BYTES];
        uint32_t piece = end - address < JB_CHUNK_BYTES ? end - address : JB_CHUNK_BYTES;

        if (!read(flash, region, address, bytes, piece))
        {
            return false;
        }

        for (uint32_t i = 0; i < piece; i++)
        {
            if (bytes[i] != 0xFF)
            {
                return false;
            }
        }

        address += piece;
    }

    return true;
}

bool jb_image_begins(const jb_flash *flash, uint32_t region, uint32_t address)
{
    uint8_t header[JB_IMAGE_HEADER_BYTES];
    uint32_t limit = flash->region_bytes[region];
    return address <= limit && limit - address >= sizeof(header) && read(flash, region, address, header, sizeof(header)) && is_header(header);
}

void jb_image_walk(const jb_flash *flash, uint32_t region, uint32_t other_region, jb_image *image)
{
    uint32_t limit = flash->region_bytes[region];
    uint32_t other_limit = flash->region_bytes[other_region];
    bool is_sound = true;
    image->length = 0;
    image->assemblies = 0;
    image->is_twin = true;

    while (is_sound && limit - image->length >= JB_IMAGE_HEADER_BYTES)
    {
        uint8_t header[JB_IMAGE_HEADER_BYTES];
        is_sound = read(flash, region, image->length, header, sizeof(header));

        if (!is_sound || !is_header(header))
        {
            break;
        }

        uint32_t size = get_u32(header + SIZE_AT);

        // Regions are multiples of four bytes: what fits, fits with its padding.
        if (size < JB_IMAGE_HEADER_BYTES || size > limit - image->length)
        {
            is_sound = false;
            break;
        }

        image->is_twin = image->is_twin && image->length <= other_limit && size <= other_limit - image->length;
        is_sound = assembly_is_whole(flash, region, other_region, image->length, size, get_u32(header + REST_CRC_AT), &image->is_twin);
        image->length += (size + 3) & ~3u;
        image->assemblies++;
    }

    image->is_whole = is_sound && image->assemblies > 0 && is_blank_to_sector_end(flash, region, image->length);
}
