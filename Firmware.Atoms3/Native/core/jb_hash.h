// CRC-32 for records, SHA-256 for images. No tables beyond 64 and 256 bytes: the boot copies run once in months.
#ifndef JB_HASH_H
#define JB_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "jb_export.h"

#ifdef __cplusplus
extern "C"
{
#endif

#define JB_SHA256_BYTES 32u

// Plain data: it may be copied and moved as bytes between calls (JamBox.Interop.Sha256 keeps it in a managed array).
typedef struct jb_sha256
{
    uint32_t state[8];
    uint64_t length; // bytes so far
    uint8_t block[64];
} jb_sha256;

// CRC-32 of zlib, Ethernet and System.IO.Hashing. `crc` is 0 for the first piece, else what the call before returned.
JB_API uint32_t jb_crc32(uint32_t crc, const void *data, size_t length);

JB_API void jb_sha256_start(jb_sha256 *sha);

// At most 2^61 bytes in all.
JB_API void jb_sha256_update(jb_sha256 *sha, const void *data, size_t length);

// Writes the hash; the context must be started again before it is used again.
JB_API void jb_sha256_finish(jb_sha256 *sha, uint8_t hash[JB_SHA256_BYTES]);

#ifdef __cplusplus
}
#endif

#endif
