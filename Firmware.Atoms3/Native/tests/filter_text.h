// What the filter makes of a frame, as a line that another implementation can be compared by: see README.md.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

#include "jb_filter.h"

inline std::string filter_line(size_t index, const std::vector<uint8_t> &frame)
{
    uint8_t mac[6];
    uint16_t sequence;
    char line[64];

    if (jb_filter_probe(frame.data(), static_cast<uint32_t>(frame.size()), mac, &sequence))
    {
        std::snprintf(line, sizeof(line), "%zu 1 %02x:%02x:%02x:%02x:%02x:%02x %u\n", index, mac[0], mac[1], mac[2], mac[3], mac[4],
                      mac[5], sequence);
    }
    else
    {
        std::snprintf(line, sizeof(line), "%zu 0 - -\n", index);
    }

    return line;
}
