// The filter against its definition, on frames of any length, each in memory of exactly that length.
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "jb_filter.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    std::unique_ptr<uint8_t[]> frame(new uint8_t[size]);

    if (size != 0)
    {
        std::memcpy(frame.get(), data, size);
    }

    uint8_t mac[6] = {};
    uint16_t sequence = 0;
    bool is_accepted = jb_filter_probe(frame.get(), static_cast<uint32_t>(size), mac, &sequence);
    bool is_expected = size >= 24 && data[0] / 4 == 16 && data[0] % 4 == 0 && data[10] % 4 == 2;

    if (is_accepted != is_expected)
    {
        std::abort();
    }

    if (is_accepted && (std::memcmp(mac, data + 10, 6) != 0 || sequence != data[23] * 16 + data[22] / 16))
    {
        std::abort();
    }

    return 0;
}
