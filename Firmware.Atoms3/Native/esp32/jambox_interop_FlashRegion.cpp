#include <string.h>

#include <esp_partition.h>

#include "jb_esp.h"

typedef Library_jambox_interop_JamBox_Interop_FlashRegion FlashRegion;

struct flash_region
{
    const char *name;
    bool is_writable; // see FlashRegion.cs
    const esp_partition_t *partition;
};

static flash_region regions[] = {
    {"stage", true, NULL},
    {"patch", true, NULL},
    {"log", true, NULL},
    {"deploy", false, NULL},
    {"previous", false, NULL},
    {"ident", false, NULL},
};

static const int32_t region_count = sizeof(regions) / sizeof(regions[0]);

HRESULT FlashRegion::Find___STATIC__I4__STRING(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();
    {
        const char *name = stack.Arg0().RecoverString();
        FAULT_ON_NULL_ARG(name);

        int32_t found = 0;

        while (found < region_count && strcmp(regions[found].name, name) != 0)
        {
            found++;
        }

        if (found == region_count)
        {
            NANOCLR_SET_AND_LEAVE(CLR_E_INVALID_PARAMETER);
        }

        regions[found].partition =
            esp_partition_find_first(ESP_PARTITION_TYPE_DATA, ESP_PARTITION_SUBTYPE_ANY, regions[found].name);

        if (regions[found].partition == NULL)
        {
            NANOCLR_SET_AND_LEAVE(CLR_E_INVALID_OPERATION);
        }

        stack.SetResult_I4(found);
    }
    NANOCLR_NOCLEANUP();
}

// The region of `this`, and [address, address + count) within it.
static HRESULT find_region(CLR_RT_StackFrame &stack, int32_t address, uint32_t count, bool for_writing, flash_region **region)
{
    CLR_RT_HeapBlock *self = stack.This();

    if (self == NULL)
    {
        return CLR_E_NULL_REFERENCE;
    }

    int32_t index = self[FlashRegion::FIELD___region].NumericByRefConst().s4;

    if (index < 0 || index >= region_count || regions[index].partition == NULL)
    {
        return CLR_E_INVALID_OPERATION;
    }

    *region = &regions[index];
    uint32_t size = (*region)->partition->size;

    if (address < 0 || count > size || (uint32_t)address > size - count)
    {
        return CLR_E_OUT_OF_RANGE;
    }

    return for_writing && !(*region)->is_writable ? CLR_E_INVALID_OPERATION : S_OK;
}

HRESULT FlashRegion::get_Length___I4(CLR_RT_StackFrame &stack)
{
    flash_region *region = NULL;
    HRESULT hr = find_region(stack, 0, 0, false, &region);

    if (SUCCEEDED(hr))
    {
        stack.SetResult_I4((CLR_INT32)region->partition->size);
    }

    return hr;
}

HRESULT FlashRegion::Read___BOOLEAN__I4__SZARRAY_U1__I4__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();
    {
        int32_t address = stack.Arg1().NumericByRef().s4;
        flash_region *region = NULL;
        uint8_t *bytes = NULL;
        uint32_t count = 0;
        NANOCLR_CHECK_HRESULT(jb_esp_piece(stack.Arg2(), stack.Arg3(), stack.Arg4(), &bytes, &count));
        NANOCLR_CHECK_HRESULT(find_region(stack, address, count, false, &region));
        stack.SetResult_Boolean(esp_partition_read(region->partition, (size_t)address, bytes, count) == ESP_OK);
    }
    NANOCLR_NOCLEANUP();
}

HRESULT FlashRegion::Write___BOOLEAN__I4__SZARRAY_U1__I4__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();
    {
        int32_t address = stack.Arg1().NumericByRef().s4;
        flash_region *region = NULL;
        uint8_t *bytes = NULL;
        uint32_t count = 0;
        NANOCLR_CHECK_HRESULT(jb_esp_piece(stack.Arg2(), stack.Arg3(), stack.Arg4(), &bytes, &count));
        NANOCLR_CHECK_HRESULT(find_region(stack, address, count, true, &region));
        stack.SetResult_Boolean(esp_partition_write(region->partition, (size_t)address, bytes, count) == ESP_OK);
    }
    NANOCLR_NOCLEANUP();
}

HRESULT FlashRegion::Erase___BOOLEAN__I4__I4(CLR_RT_StackFrame &stack)
{
    NANOCLR_HEADER();
    {
        int32_t address = stack.Arg1().NumericByRef().s4;
        int32_t count = stack.Arg2().NumericByRef().s4;
        flash_region *region = NULL;

        if (count < 0)
        {
            NANOCLR_SET_AND_LEAVE(CLR_E_OUT_OF_RANGE);
        }

        NANOCLR_CHECK_HRESULT(find_region(stack, address, (uint32_t)count, true, &region));
        uint32_t sector = region->partition->erase_size;

        if ((uint32_t)address % sector != 0 || (uint32_t)count % sector != 0)
        {
            NANOCLR_SET_AND_LEAVE(CLR_E_OUT_OF_RANGE);
        }

        stack.SetResult_Boolean(
            count == 0 || esp_partition_erase_range(region->partition, (size_t)address, (size_t)count) == ESP_OK);
    }
    NANOCLR_NOCLEANUP();
}
