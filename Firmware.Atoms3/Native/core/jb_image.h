// Whether a region of flash holds a whole deployment image, whichever it is: assemblies one after the other, each padded to four bytes,
// as nanoCLR takes them.
//
// The header of an assembly is nanoCLR's CLR_RECORD_ASSEMBLY, 124 bytes, little-endian: 0 marker "NFMRK1" (or 2), zeros up to 8 · 8 CRC-32
// of the header, its own four bytes as zeros · 12 CRC-32 of what follows it · 38 version of the string table, 1 · 100 size of the whole.
// The CRC has the polynomial 0x04C11DB7, the highest bit first, starts at 0, and nothing is inverted: not the one of jb_hash.h.
#ifndef JB_IMAGE_H
#define JB_IMAGE_H

#include <stdbool.h>
#include <stdint.h>

#include "jb_boot.h"

#ifdef __cplusplus
extern "C"
{
#endif

#define JB_IMAGE_HEADER_BYTES 124u

// What lies at the beginning of a region.
typedef struct jb_image
{
    uint32_t length;     // of all assemblies up to the first that is none, padding included
    uint32_t assemblies;
    bool is_whole;       // at least one, every check sum right, and nothing but 0xFF from the end to the end of its sector
    bool is_twin;        // the bytes of all assemblies are in the other region too, at the same place
} jb_image;

// Whether an assembly begins there. What cannot be read is none, nor is what has no room.
bool jb_image_begins(const jb_flash *flash, uint32_t region, uint32_t address);

// Walks from assembly to assembly, reading every byte once, and as much of the other region. What cannot be read is not whole.
void jb_image_walk(const jb_flash *flash, uint32_t region, uint32_t other_region, jb_image *image);

#ifdef __cplusplus
}
#endif

#endif
