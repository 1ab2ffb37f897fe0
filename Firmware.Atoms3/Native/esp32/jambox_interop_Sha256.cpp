// The portable SHA-256, the one that the boot copies use and the PC tests: its context is plain bytes, so it can live in a managed
// array that the garbage collector moves. That is not promised of a context of mbedTLS, which may stand for the hardware.
#include <string.h>

#include "jb_esp.h"

typedef Library_jambox_interop_JamBox_Interop_Sha256 Sha256;

static const uint32_t state_bytes = 112; // Sha256.cs
static_assert(sizeof(jb_sha256) <= state_bytes, "Sha256.cs");

static HRESULT find_state(CLR_RT_StackFrame &stack, uint8_t **state)
{
    CLR_RT_HeapBlock *self = stack.This();
    return self == NULL ? CLR_E_NULL_REFERENCE : jb_esp_bytes_of(self[Sha256::FIELD___state], state_bytes, true, state);
}

static void start_again(uint8_t *state)
{
    jb_sha256 sha;
    jb_sha256_start(&sha);
    memcpy(state, &sha, sizeof(sha));
}

HRESULT Sha256::Reset___VOID(CLR_RT_StackFrame &stack)
{
    uint8_t *state = NULL;
    HRESULT hr = find_state(stack, &state);

    if (SUCCEEDED(hr))
    {
        start_again(state);
    }

    return hr;
}

HRESULT Sha256::Update___VOID__SZARRAY_U1__I4__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();
    {
        uint8_t *state = NULL;
        uint8_t *bytes = NULL;
        uint32_t count = 0;
        NANOCLR_CHECK_HRESULT(find_state(stack, &state));
        NANOCLR_CHECK_HRESULT(jb_esp_piece(stack.Arg1(), stack.Arg2(), stack.Arg3(), &bytes, &count));

        jb_sha256 sha; // aligned, which the array need not be
        memcpy(&sha, state, sizeof(sha));
        jb_sha256_update(&sha, bytes, count);
        memcpy(state, &sha, sizeof(sha));
    }
    NANOCLR_NOCLEANUP();
}

HRESULT Sha256::Finish___VOID__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();
    {
        uint8_t *state = NULL;
        uint8_t *hash = NULL;
        NANOCLR_CHECK_HRESULT(find_state(stack, &state));
        NANOCLR_CHECK_HRESULT(jb_esp_bytes_of(stack.Arg1(), JB_SHA256_BYTES, false, &hash));

        jb_sha256 sha;
        memcpy(&sha, state, sizeof(sha));
        jb_sha256_finish(&sha, hash);
        start_again(state);
    }
    NANOCLR_NOCLEANUP();
}
