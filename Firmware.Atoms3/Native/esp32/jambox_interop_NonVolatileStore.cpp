#include <nvs.h>
#include <nvs_flash.h>

#include "jb_esp.h"

typedef Library_jambox_interop_JamBox_Interop_NonVolatileStore NonVolatileStore;

static const size_t max_name_length = NVS_KEY_NAME_MAX_SIZE - 1;
static const uint32_t max_value_length = 1984; // NonVolatileStore.MaxValueLength

HRESULT NonVolatileStore::Open___STATIC__I4__STRING__STRING(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();
    {
        const char *partition = stack.Arg0().RecoverString();
        const char *name = stack.Arg1().RecoverString();
        FAULT_ON_NULL_ARG(partition);
        FAULT_ON_NULL_ARG(name);

        size_t partition_length = hal_strlen_s(partition);
        size_t name_length = hal_strlen_s(name);

        if (partition_length == 0 || partition_length > max_name_length || name_length == 0 || name_length > max_name_length)
        {
            NANOCLR_SET_AND_LEAVE(CLR_E_INVALID_PARAMETER);
        }

        // Harmless when it is open. Never erased here, whatever is wrong with it: identity cannot be made again in the field.
        nvs_handle_t handle = 0;

        if (nvs_flash_init_partition(partition) != ESP_OK ||
            nvs_open_from_partition(partition, name, NVS_READWRITE, &handle) != ESP_OK)
        {
            NANOCLR_SET_AND_LEAVE(CLR_E_INVALID_OPERATION);
        }

        stack.SetResult_I4((CLR_INT32)handle);
    }
    NANOCLR_NOCLEANUP();
}

static HRESULT find_handle(CLR_RT_StackFrame &stack, nvs_handle_t *handle)
{
    CLR_RT_HeapBlock *self = stack.This();

    if (self == NULL)
    {
        return CLR_E_NULL_REFERENCE;
    }

    *handle = (nvs_handle_t)self[NonVolatileStore::FIELD___handle].NumericByRefConst().s4;
    return S_OK;
}

HRESULT NonVolatileStore::Get___I4__STRING__SZARRAY_U1(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();
    {
        const char *key = stack.Arg1().RecoverString();
        nvs_handle_t handle = 0;
        uint8_t *bytes = NULL;
        uint32_t room = 0;
        FAULT_ON_NULL_ARG(key);
        NANOCLR_CHECK_HRESULT(jb_esp_bytes(stack.Arg2(), &bytes, &room));
        NANOCLR_CHECK_HRESULT(find_handle(stack, &handle));

        size_t length = room;
        int32_t result = -1;

        if (nvs_get_blob(handle, key, bytes, &length) == ESP_OK)
        {
            result = (int32_t)length;
        }
        else
        {
            // The bench may have written a string. Its length counts the final zero, for which there must be room here too.
            length = room;

            if (nvs_get_str(handle, key, (char *)bytes, &length) == ESP_OK && length > 0)
            {
                result = (int32_t)length - 1;
            }
        }

        stack.SetResult_I4(result);
    }
    NANOCLR_NOCLEANUP();
}

HRESULT NonVolatileStore::Set___BOOLEAN__STRING__SZARRAY_U1__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();
    {
        const char *key = stack.Arg1().RecoverString();
        int32_t count = stack.Arg3().NumericByRef().s4;
        nvs_handle_t handle = 0;
        uint8_t *bytes = NULL;
        uint32_t length = 0;
        FAULT_ON_NULL_ARG(key);
        NANOCLR_CHECK_HRESULT(jb_esp_bytes(stack.Arg2(), &bytes, &length));
        NANOCLR_CHECK_HRESULT(find_handle(stack, &handle));

        if (count < 0 || (uint32_t)count > length || (uint32_t)count > max_value_length)
        {
            NANOCLR_SET_AND_LEAVE(CLR_E_OUT_OF_RANGE);
        }

        esp_err_t result =
            count == 0 ? nvs_erase_key(handle, key) : nvs_set_blob(handle, key, bytes, (size_t)count);
        stack.SetResult_Boolean(result == ESP_OK || (count == 0 && result == ESP_ERR_NVS_NOT_FOUND));
    }
    NANOCLR_NOCLEANUP();
}

HRESULT NonVolatileStore::Commit___BOOLEAN(CLR_RT_StackFrame &stack)
{
    nvs_handle_t handle = 0;
    HRESULT hr = find_handle(stack, &handle);

    if (SUCCEEDED(hr))
    {
        stack.SetResult_Boolean(nvs_commit(handle) == ESP_OK);
    }

    return hr;
}
