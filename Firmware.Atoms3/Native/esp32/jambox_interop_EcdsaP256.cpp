// The configuration that ESP-IDF built its mbedTLS with: structures depend on it, and nanoCLR's build does not say so itself.
#ifndef MBEDTLS_CONFIG_FILE
#define MBEDTLS_CONFIG_FILE "mbedtls/esp_config.h"
#endif

#include <mbedtls/bignum.h>
#include <mbedtls/ecdsa.h>
#include <mbedtls/ecp.h>

#include "jb_esp.h"

typedef Library_jambox_interop_JamBox_Interop_EcdsaP256 EcdsaP256;

static const uint32_t number_bytes = 32;

static bool verify(const uint8_t *public_key, const uint8_t *hash, const uint8_t *signature)
{
    uint8_t point[1 + 2 * number_bytes];
    point[0] = 0x04; // uncompressed
    memcpy(point + 1, public_key, 2 * number_bytes);

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
                   mbedtls_ecp_check_pubkey(&group, &key) == 0 && mbedtls_mpi_read_binary(&r, signature, number_bytes) == 0 &&
                   mbedtls_mpi_read_binary(&s, signature + number_bytes, number_bytes) == 0 &&
                   mbedtls_ecdsa_verify(&group, hash, JB_SHA256_BYTES, &key, &r, &s) == 0;

    mbedtls_mpi_free(&s);
    mbedtls_mpi_free(&r);
    mbedtls_ecp_point_free(&key);
    mbedtls_ecp_group_free(&group);
    return is_good;
}

HRESULT EcdsaP256::Verify___STATIC__BOOLEAN__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();
    {
        uint8_t *public_key = NULL;
        uint8_t *hash = NULL;
        uint8_t *signature = NULL;
        NANOCLR_CHECK_HRESULT(jb_esp_bytes_of(stack.Arg0(), 2 * number_bytes, true, &public_key));
        NANOCLR_CHECK_HRESULT(jb_esp_bytes_of(stack.Arg1(), JB_SHA256_BYTES, true, &hash));
        NANOCLR_CHECK_HRESULT(jb_esp_bytes_of(stack.Arg2(), 2 * number_bytes, true, &signature));
        stack.SetResult_Boolean(verify(public_key, hash, signature));
    }
    NANOCLR_NOCLEANUP();
}
