// filter_dump FILE: one line a frame, then the sum of all lines, for comparison with the C# filter. See README.md.
#include <cstdio>

#include "filter_text.h"
#include "jb_hash.h"
#include "pcap.h"

int main(int count, char **arguments)
{
    if (count != 2)
    {
        std::fprintf(stderr, "usage: filter_dump FILE.pcap\n");
        return 2;
    }

    PcapFile file = read_pcap(arguments[1]);

    if (!file.error.empty())
    {
        std::fprintf(stderr, "filter_dump: %s\n", file.error.c_str());
        return 2;
    }

    uint32_t crc = 0;
    size_t accepted = 0;

    for (size_t i = 0; i < file.frames.size(); i++)
    {
        std::string line = filter_line(i, file.frames[i]);
        crc = jb_crc32(crc, line.data(), line.size());
        accepted += line.find(" 1 ") != std::string::npos ? 1 : 0;
        std::fputs(line.c_str(), stdout);
    }

    std::printf("# frames %zu accepted %zu crc32 %08x\n", file.frames.size(), accepted, crc);
    return 0;
}
