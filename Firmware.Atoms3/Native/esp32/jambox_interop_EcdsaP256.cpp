#include "jb_esp.h"
#include "jb_p256.h"

typedef Library_jambox_interop_JamBox_Interop_EcdsaP256 EcdsaP256;

HRESULT EcdsaP256::Verify___STATIC__BOOLEAN__SZARRAY_U1__SZARRAY_U1__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();
    {
        uint8_t *public_key = NULL;
        uint8_t *hash = NULL;
        uint8_t *signature = NULL;
        NANOCLR_CHECK_HRESULT(jb_esp_bytes_of(stack.Arg0(), 2 * JB_P256_NUMBER_BYTES, true, &public_key));
        NANOCLR_CHECK_HRESULT(jb_esp_bytes_of(stack.Arg1(), JB_P256_HASH_BYTES, true, &hash));
        NANOCLR_CHECK_HRESULT(jb_esp_bytes_of(stack.Arg2(), 2 * JB_P256_NUMBER_BYTES, true, &signature));
        stack.SetResult_Boolean(jb_p256_verify(public_key, hash, signature));
    }
    NANOCLR_NOCLEANUP();
}
