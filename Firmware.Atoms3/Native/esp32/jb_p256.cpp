// The configuration that ESP-IDF built its mbedTLS with: structures depend on it, and nanoCLR's build does not say so itself.
#if !defined(MBEDTLS_CONFIG_FILE) && !defined(JB_ON_PC)
#define MBEDTLS_CONFIG_FILE "mbedtls/esp_config.h"
#endif

#include "jb_p256.h"

#include <string.h>

#include <mbedtls/bignum.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>

bool jb_p256_verify(const uint8_t public_key[2 * JB_P256_NUMBER_BYTES], const uint8_t hash[JB_P256_HASH_BYTES],
                    const uint8_t signature[2 * JB_P256_NUMBER_BYTES])
{
    uint8_t point[1 + 2 * JB_P256_NUMBER_BYTES];
    point[0] = 0x04; // uncompressed
    memcpy(point + 1, public_key, 2 * JB_P256_NUMBER_BYTES);

    mbedtls_ecp_group group;
    mbedtls_ecp_point key;
    mbedtls_mpi r;
    mbedtls_mpi s;
    mbedtls_ecp_group_init(&group);
    mbedtls_ecp_point_init(&key);
    mbedtls_mpi_init(&r);
    mbedtls_mpi_init(&s);

    // Reading a point does not check that it lies on the curve.
    bool is_good = mbedtls_ecp_group_load(&group, MBEDTLS_ECP_DP_SECP256R1) == 0 &&
                   mbedtls_ecp_point_read_binary(&group, &key, point, sizeof(point)) == 0 &&
                   mbedtls_ecp_check_pubkey(&group, &key) == 0 && mbedtls_mpi_read_binary(&r, signature, JB_P256_NUMBER_BYTES) == 0 &&
                   mbedtls_mpi_read_binary(&s, signature + JB_P256_NUMBER_BYTES, JB_P256_NUMBER_BYTES) == 0 &&
                   mbedtls_ecdsa_verify(&group, hash, JB_P256_HASH_BYTES, &key, &r, &s) == 0;

    mbedtls_mpi_free(&s);
    mbedtls_mpi_free(&r);
    mbedtls_ecp_point_free(&key);
    mbedtls_ecp_group_free(&group);
    return is_good;
}
