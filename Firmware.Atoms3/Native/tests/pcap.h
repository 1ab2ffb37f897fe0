// Reads 802.11 frames out of a pcap file with radiotap headers: as much as the captures need.
#pragma once

#include <cstdint>
#include <cstdio>
#include <string>
#include <vector>

struct PcapFile
{
    std::string error; // empty when the file was read
    std::vector<std::vector<uint8_t>> frames; // without radiotap; empty where the radiotap header is broken
};

inline PcapFile read_pcap(const std::string &path)
{
    PcapFile file;
    std::vector<uint8_t> bytes;
    std::FILE *stream = std::fopen(path.c_str(), "rb");

    if (stream == nullptr)
    {
        file.error = "cannot open " + path;
        return file;
    }

    uint8_t block[65536];

    for (size_t got; (got = std::fread(block, 1, sizeof(block), stream)) != 0;)
    {
        bytes.insert(bytes.end(), block, block + got);
    }

    std::fclose(stream);
    auto little = [&](size_t at, int count) {
        uint32_t value = 0;

        for (int i = 0; i < count; i++)
        {
            value |= static_cast<uint32_t>(bytes[at + static_cast<size_t>(i)]) << (8 * i);
        }

        return value;
    };

    if (bytes.size() < 24 || (little(0, 4) != 0xA1B2C3D4u && little(0, 4) != 0xA1B23C4Du) || little(20, 4) != 127)
    {
        file.error = path + " is not a little-endian pcap of link type 127 (radiotap)";
        return file;
    }

    for (size_t at = 24; at + 16 <= bytes.size();)
    {
        size_t length = little(at + 8, 4);
        at += 16;

        if (length > bytes.size() - at)
        {
            break; // the capture was cut off
        }

        size_t header = length >= 4 ? little(at + 2, 2) : length;
        header = header > length ? length : header;
        auto first = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        file.frames.emplace_back(first + static_cast<std::ptrdiff_t>(header), first + static_cast<std::ptrdiff_t>(length));
        at += length;
    }

    return file;
}
