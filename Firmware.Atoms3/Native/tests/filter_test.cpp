#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <set>

#include "filter_text.h"
#include "pcap.h"

namespace
{
    std::vector<uint8_t> make_frame(size_t length = 40)
    {
        std::vector<uint8_t> frame(length, 0xEE);
        const uint8_t header[JB_FILTER_HEADER_BYTES] = {0x40, 0,    0,    0,    0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xDA, 0xA1,
                                                        0x19, 0x01, 0x02, 0x03, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x50, 0xAB};
        std::copy_n(header, std::min<size_t>(length, sizeof(header)), frame.begin());
        return frame;
    }

    bool accepts(const std::vector<uint8_t> &frame)
    {
        // On the heap and of exactly this length, so that the sanitizer sees a byte too many.
        std::unique_ptr<uint8_t[]> exact(new uint8_t[frame.size()]);
        std::copy(frame.begin(), frame.end(), exact.get());
        uint8_t mac[6];
        uint16_t sequence;
        return jb_filter_probe(exact.get(), static_cast<uint32_t>(frame.size()), mac, &sequence);
    }

    std::string captures()
    {
        const char *folder = std::getenv("JB_CAPTURES");
        return folder != nullptr ? folder : JB_CAPTURES;
    }

    void expect_capture(const std::string &name, size_t frames, size_t accepted, size_t addresses)
    {
        PcapFile file = read_pcap(captures() + "/" + name);

        if (!file.error.empty())
        {
            GTEST_SKIP() << file.error << " (set JB_CAPTURES to the folder of the captures)";
        }

        std::set<std::string> seen;
        size_t count = 0;

        for (size_t i = 0; i < file.frames.size(); i++)
        {
            std::string line = filter_line(i, file.frames[i]);

            if (line.find(" 1 ") != std::string::npos)
            {
                count++;
                seen.insert(line.substr(line.find(':') - 2, 17));
            }
        }

        EXPECT_EQ(file.frames.size(), frames);
        EXPECT_EQ(count, accepted);
        EXPECT_EQ(seen.size(), addresses);
    }
}

TEST(Filter, TakesAddressAndSequence)
{
    EXPECT_EQ(filter_line(7, make_frame()), "7 1 da:a1:19:01:02:03 2741\n");
}

TEST(Filter, IsBoundsChecked)
{
    for (size_t length = 0; length <= 40; length++)
    {
        EXPECT_EQ(accepts(make_frame(length)), length >= JB_FILTER_HEADER_BYTES) << length;
    }
}

TEST(Filter, OnlyProbeRequests)
{
    for (int first = 0; first < 256; first++)
    {
        std::vector<uint8_t> frame = make_frame();
        frame[0] = static_cast<uint8_t>(first);
        EXPECT_EQ(accepts(frame), first == 0x40) << first;
    }
}

TEST(Filter, OnlyLocalUnicastSources)
{
    for (int first = 0; first < 256; first++)
    {
        std::vector<uint8_t> frame = make_frame();
        frame[10] = static_cast<uint8_t>(first);
        EXPECT_EQ(accepts(frame), (first & 3) == 2) << first;
    }
}

TEST(Filter, LeavesOutputAloneWhenItRefuses)
{
    uint8_t mac[6] = {1, 2, 3, 4, 5, 6};
    uint16_t sequence = 7;
    std::vector<uint8_t> frame = make_frame();
    frame[10] = 0x00;
    EXPECT_FALSE(jb_filter_probe(frame.data(), 40, mac, &sequence));
    EXPECT_EQ(mac[0], 1);
    EXPECT_EQ(mac[5], 6);
    EXPECT_EQ(sequence, 7);
}

// The figures are those that tshark gives.
TEST(FilterOnCaptures, Brno2023_03_16)
{
    expect_capture("brno-2023-03-16.pcap", 5924, 2757, 1162);
}

TEST(FilterOnCaptures, Brno2023_04_17HasOnlyGlobalAddresses)
{
    expect_capture("brno-2023-04-17.pcap", 511, 0, 0);
}
