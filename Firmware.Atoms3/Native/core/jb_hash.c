#include "jb_hash.h"

#include <string.h>

// Remainders of the sixteen values of a nibble, reflected polynomial 0xEDB88320.
static const uint32_t crc_table[16] = {
    0x00000000u, 0x1DB71064u, 0x3B6E20C8u, 0x26D930ACu, 0x76DC4190u, 0x6B6B51F4u, 0x4DB26158u, 0x5005713Cu,
    0xEDB88320u, 0xF00F9344u, 0xD6D6A3E8u, 0xCB61B38Cu, 0x9B64C2B0u, 0x86D3D2D4u, 0xA00AE278u, 0xBDBDF21Cu,
};

uint32_t jb_crc32(uint32_t crc, const void *data, size_t length)
{
    const uint8_t *bytes = data;
    crc = ~crc;

    for (size_t i = 0; i < length; i++)
    {
        crc ^= bytes[i];
        crc = (crc >> 4) ^ crc_table[crc & 15u];
        crc = (crc >> 4) ^ crc_table[crc & 15u];
    }

    return ~crc;
}

// FIPS 180-4, 4.2.2: fractional parts of the cube roots of the first 64 primes.
static const uint32_t sha_constants[64] = {
    0x428A2F98u, 0x71374491u, 0xB5C0FBCFu, 0xE9B5DBA5u, 0x3956C25Bu, 0x59F111F1u, 0x923F82A4u, 0xAB1C5ED5u,
    0xD807AA98u, 0x12835B01u, 0x243185BEu, 0x550C7DC3u, 0x72BE5D74u, 0x80DEB1FEu, 0x9BDC06A7u, 0xC19BF174u,
    0xE49B69C1u, 0xEFBE4786u, 0x0FC19DC6u, 0x240CA1CCu, 0x2DE92C6Fu, 0x4A7484AAu, 0x5CB0A9DCu, 0x76F988DAu,
    0x983E5152u, 0xA831C66Du, 0xB00327C8u, 0xBF597FC7u, 0xC6E00BF3u, 0xD5A79147u, 0x06CA6351u, 0x14292967u,
    0x27B70A85u, 0x2E1B2138u, 0x4D2C6DFCu, 0x53380D13u, 0x650A7354u, 0x766A0ABBu, 0x81C2C92Eu, 0x92722C85u,
    0xA2BFE8A1u, 0xA81A664Bu, 0xC24B8B70u, 0xC76C51A3u, 0xD192E819u, 0xD6990624u, 0xF40E3585u, 0x106AA070u,
    0x19A4C116u, 0x1E376C08u, 0x2748774Cu, 0x34B0BCB5u, 0x391C0CB3u, 0x4ED8AA4Au, 0x5B9CCA4Fu, 0x682E6FF3u,
    0x748F82EEu, 0x78A5636Fu, 0x84C87814u, 0x8CC70208u, 0x90BEFFFAu, 0xA4506CEBu, 0xBEF9A3F7u, 0xC67178F2u,
};

static uint32_t rotate_right(uint32_t value, unsigned count)
{
    return (value >> count) | (value << (32u - count));
}

static void sha_block(uint32_t state[8], const uint8_t *block)
{
    // The schedule is a window of sixteen words instead of all 64: 192 bytes less of the small start-up stack.
    uint32_t window[16];
    uint32_t v[8];
    memcpy(v, state, sizeof(v));

    for (unsigned i = 0; i < 64; i++)
    {
        uint32_t word;

        if (i < 16)
        {
            word = ((uint32_t)block[4 * i] << 24) | ((uint32_t)block[4 * i + 1] << 16) | ((uint32_t)block[4 * i + 2] << 8) |
                   block[4 * i + 3];
        }
        else
        {
            uint32_t early = window[(i + 1) & 15u];
            uint32_t late = window[(i + 14) & 15u];
            word = window[i & 15u] + window[(i + 9) & 15u] +
                   (rotate_right(early, 7) ^ rotate_right(early, 18) ^ (early >> 3)) +
                   (rotate_right(late, 17) ^ rotate_right(late, 19) ^ (late >> 10));
        }

        window[i & 15u] = word;
        uint32_t choose = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        uint32_t t1 = v[7] + (rotate_right(v[4], 6) ^ rotate_right(v[4], 11) ^ rotate_right(v[4], 25)) + choose +
                      sha_constants[i] + word;
        uint32_t t2 = (rotate_right(v[0], 2) ^ rotate_right(v[0], 13) ^ rotate_right(v[0], 22)) + majority;
        memmove(v + 1, v, 7 * sizeof(v[0]));
        v[4] += t1;
        v[0] = t1 + t2;
    }

    for (unsigned i = 0; i < 8; i++)
    {
        state[i] += v[i];
    }
}

void jb_sha256_start(jb_sha256 *sha)
{
    // FIPS 180-4, 5.3.3: fractional parts of the square roots of the first eight primes.
    static const uint32_t initial[8] = {0x6A09E667u, 0xBB67AE85u, 0x3C6EF372u, 0xA54FF53Au,
                                        0x510E527Fu, 0x9B05688Cu, 0x1F83D9ABu, 0x5BE0CD19u};
    memset(sha, 0, sizeof(*sha));
    memcpy(sha->state, initial, sizeof(initial));
}

void jb_sha256_update(jb_sha256 *sha, const void *data, size_t length)
{
    const uint8_t *bytes = data;

    while (length != 0)
    {
        size_t used = (size_t)(sha->length % sizeof(sha->block));
        size_t piece = sizeof(sha->block) - used;

        if (piece > length)
        {
            piece = length;
        }

        memcpy(sha->block + used, bytes, piece);
        sha->length += piece;
        bytes += piece;
        length -= piece;

        if (used + piece == sizeof(sha->block))
        {
            sha_block(sha->state, sha->block);
        }
    }
}

void jb_sha256_finish(jb_sha256 *sha, uint8_t hash[JB_SHA256_BYTES])
{
    static const uint8_t padding[64] = {0x80};
    uint64_t bits = sha->length * 8u;
    size_t used = (size_t)(sha->length % sizeof(sha->block));
    jb_sha256_update(sha, padding, used < 56 ? 56 - used : 120 - used);
    uint8_t tail[8];

    for (unsigned i = 0; i < 8; i++)
    {
        tail[i] = (uint8_t)(bits >> (56u - 8u * i));
    }

    jb_sha256_update(sha, tail, sizeof(tail));

    for (unsigned i = 0; i < JB_SHA256_BYTES; i++)
    {
        hash[i] = (uint8_t)(sha->state[i / 4] >> (24u - 8u * (i % 4u)));
    }
}
