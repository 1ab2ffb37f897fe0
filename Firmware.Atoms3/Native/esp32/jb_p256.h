// ECDSA P-256 by mbedTLS: the check that an image, a key or a floor is signed by a key that the box trusts. Knows nothing of nanoCLR, and so
// runs on a PC too.
#ifndef JB_P256_H
#define JB_P256_H

#include <stdint.h>

#define JB_P256_NUMBER_BYTES 32u
#define JB_P256_HASH_BYTES 32u

// `public_key` is X, then Y; `signature` is r, then s: all big-endian, 32 bytes each. True only for a good signature over that SHA-256 by
// that key; false too for a point off the curve, for r or s of 0 or of the group's order and more, and when there is no memory.
bool jb_p256_verify(const uint8_t public_key[2 * JB_P256_NUMBER_BYTES], const uint8_t hash[JB_P256_HASH_BYTES],
                    const uint8_t signature[2 * JB_P256_NUMBER_BYTES]);

#endif
