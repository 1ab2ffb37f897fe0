// bench [CAPTURE]: records a second through the ring, ns a frame in the filter.
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "jb_filter.h"
#include "jb_hash.h"
#include "jb_ring.h"
#include "pcap.h"

namespace
{
    double seconds_since(std::chrono::steady_clock::time_point start)
    {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }

    alignas(JB_RING_ALIGNMENT) uint8_t memory[JB_RING_BYTES(512)];

    void bench_ring()
    {
        constexpr uint32_t count = 50000000;
        jb_ring *ring = jb_ring_init(memory, 512);
        auto start = std::chrono::steady_clock::now();

        std::thread producer([ring] {
            jb_record record = {};

            for (record.time_ms = 0; record.time_ms < count; record.time_ms++)
            {
                while (!jb_ring_push(ring, &record))
                {
                    std::this_thread::yield();
                }
            }
        });

        uint8_t buffer[256 * JB_RECORD_BYTES];
        uint32_t received = 0;

        while (received < count)
        {
            uint32_t drained = jb_ring_drain(ring, buffer, sizeof(buffer));
            received += drained;

            if (drained == 0)
            {
                std::this_thread::yield();
            }
        }

        producer.join();
        std::printf("ring, two threads: %.1f M records/s (512 records, 50 M moved)\n", count / seconds_since(start) / 1e6);

        jb_record record = {};
        constexpr uint32_t rounds = 400000;
        start = std::chrono::steady_clock::now();

        for (uint32_t round = 0; round < rounds; round++)
        {
            for (uint32_t i = 0; i < 256; i++)
            {
                jb_ring_push(ring, &record);
            }

            jb_ring_drain(ring, buffer, sizeof(buffer));
        }

        std::printf("ring, one thread: %.2f ns a record, in and out\n", seconds_since(start) * 1e9 / (256.0 * rounds));
    }

    void bench_filter(const char *path)
    {
        PcapFile file = read_pcap(path);

        if (!file.error.empty())
        {
            std::printf("filter: skipped, %s\n", file.error.c_str());
            return;
        }

        constexpr uint32_t rounds = 5000;
        uint64_t accepted = 0;
        auto start = std::chrono::steady_clock::now();

        for (uint32_t round = 0; round < rounds; round++)
        {
            for (const auto &frame : file.frames)
            {
                uint8_t mac[6];
                uint16_t sequence;
                accepted += jb_filter_probe(frame.data(), static_cast<uint32_t>(frame.size()), mac, &sequence) ? 1 : 0;
            }
        }

        double frames = static_cast<double>(rounds) * static_cast<double>(file.frames.size());
        std::printf("filter: %.2f ns a frame (%zu frames of the capture, %u times, %.1f %% accepted)\n",
                    seconds_since(start) * 1e9 / frames, file.frames.size(), rounds, 100.0 * static_cast<double>(accepted) / frames);
    }

    void bench_sha256()
    {
        std::vector<uint8_t> image(1024 * 1024, 0x5A);
        uint8_t hash[JB_SHA256_BYTES];
        auto start = std::chrono::steady_clock::now();
        jb_sha256 sha;
        jb_sha256_start(&sha);

        for (int i = 0; i < 32; i++)
        {
            jb_sha256_update(&sha, image.data(), image.size());
        }

        jb_sha256_finish(&sha, hash);
        std::printf("SHA-256: %.0f MB/s\n", 32 / seconds_since(start));
    }
}

int main(int count, char **arguments)
{
    bench_ring();

    if (count > 1)
    {
        bench_filter(arguments[1]);
    }

    bench_sha256();
    return 0;
}
