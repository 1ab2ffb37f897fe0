#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <thread>
#include <vector>

#include "jb_ring.h"

namespace
{
    struct alignas(JB_RING_ALIGNMENT) Line
    {
        uint8_t bytes[JB_RING_ALIGNMENT];
    };

    std::vector<Line> ring_memory(uint32_t records)
    {
        return std::vector<Line>(JB_RING_BYTES(records) / sizeof(Line) + 1);
    }

    // Every byte follows from the number, so that a record made of two is seen.
    jb_record make_record(uint32_t number)
    {
        uint32_t mixed = number * 2654435761u;
        jb_record record = {};
        record.time_ms = number;
        record.sequence = static_cast<uint16_t>(mixed);
        record.rssi_dbm = static_cast<int8_t>(mixed >> 8);
        record.channel = static_cast<uint8_t>(mixed >> 16);
        record.flags = static_cast<uint8_t>(mixed >> 24);
        record.reserved = static_cast<uint8_t>(~mixed);

        for (uint32_t i = 0; i < 6; i++)
        {
            record.mac[i] = static_cast<uint8_t>((mixed >> (4 * i)) + number);
        }

        return record;
    }

    bool is_whole(const uint8_t *bytes, uint32_t *number)
    {
        jb_record record;
        std::copy_n(bytes, sizeof(record), reinterpret_cast<uint8_t *>(&record));
        *number = record.time_ms;
        jb_record expected = make_record(record.time_ms);
        return std::equal(bytes, bytes + sizeof(record), reinterpret_cast<const uint8_t *>(&expected));
    }

    struct Outcome
    {
        uint64_t received = 0;
        uint64_t torn = 0;
        uint64_t out_of_order = 0;
        uint64_t refused = 0; // as the producer counts
        uint32_t dropped = 0; // as the ring counts
        double seconds = 0;
    };

    // The producer offers `count` records; `is_patient` ones again and again until they are taken.
    Outcome race(uint32_t capacity, uint32_t count, uint32_t drain_records, bool is_patient)
    {
        auto memory = ring_memory(capacity);
        jb_ring *ring = jb_ring_init(memory.data(), capacity);
        Outcome outcome;
        std::atomic<bool> is_over{false};
        auto start = std::chrono::steady_clock::now();

        std::thread producer([&] {
            for (uint32_t i = 0; i < count; i++)
            {
                jb_record record = make_record(i);

                while (!jb_ring_push(ring, &record))
                {
                    outcome.refused++;

                    if (!is_patient)
                    {
                        break;
                    }

                    std::this_thread::yield();
                }
            }

            is_over.store(true);
        });

        std::vector<uint8_t> buffer(drain_records * JB_RECORD_BYTES);
        int64_t last = -1;

        for (;;)
        {
            bool was_over = is_over.load();
            uint32_t drained = jb_ring_drain(ring, buffer.data(), static_cast<uint32_t>(buffer.size()));

            for (uint32_t i = 0; i < drained; i++)
            {
                uint32_t number;
                outcome.torn += is_whole(buffer.data() + i * JB_RECORD_BYTES, &number) ? 0 : 1;
                outcome.out_of_order += static_cast<int64_t>(number) > last ? 0 : 1;
                last = number;
            }

            outcome.received += drained;

            if (drained == 0)
            {
                if (was_over)
                {
                    break;
                }

                std::this_thread::yield();
            }
        }

        producer.join();
        outcome.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
        outcome.dropped = jb_ring_dropped(ring);
        return outcome;
    }
}

TEST(Ring, RefusesBadCapacityAndMemory)
{
    auto memory = ring_memory(JB_RING_MAX_RECORDS);

    for (uint32_t bad : {0u, 1u, 3u, 1000u, 2 * JB_RING_MAX_RECORDS, 0x80000001u})
    {
        EXPECT_EQ(jb_ring_init(memory.data(), bad), nullptr) << bad;
    }

    EXPECT_EQ(jb_ring_init(nullptr, 8), nullptr);
    EXPECT_EQ(jb_ring_init(memory.data()->bytes + 1, 8), nullptr);
    EXPECT_NE(jb_ring_init(memory.data(), JB_RING_MAX_RECORDS), nullptr);
}

TEST(Ring, KeepsTheOldestAndCountsTheRest)
{
    auto memory = ring_memory(8);
    jb_ring *ring = jb_ring_init(memory.data(), 8);

    for (uint32_t i = 0; i < 11; i++)
    {
        jb_record record = make_record(i);
        EXPECT_EQ(jb_ring_push(ring, &record), i < 8);
    }

    EXPECT_EQ(jb_ring_dropped(ring), 3u);
    uint8_t buffer[16 * JB_RECORD_BYTES];
    ASSERT_EQ(jb_ring_drain(ring, buffer, sizeof(buffer)), 8u);

    for (uint32_t i = 0; i < 8; i++)
    {
        uint32_t number;
        EXPECT_TRUE(is_whole(buffer + i * JB_RECORD_BYTES, &number));
        EXPECT_EQ(number, i);
    }

    EXPECT_EQ(jb_ring_drain(ring, buffer, sizeof(buffer)), 0u);
}

TEST(Ring, DrainsOnlyWholeRecordsThatFit)
{
    auto memory = ring_memory(4);
    jb_ring *ring = jb_ring_init(memory.data(), 4);
    std::vector<uint8_t> exact(2 * JB_RECORD_BYTES); // the sanitizer sees a byte too many
    uint32_t next = 0;

    // Many rounds: the copy in two pieces where the ring wraps.
    for (uint32_t i = 0; i < 100; i++)
    {
        jb_record record = make_record(i);
        ASSERT_TRUE(jb_ring_push(ring, &record));

        if (i % 3 == 2)
        {
            EXPECT_EQ(jb_ring_drain(ring, exact.data(), 15), 0u);
            uint32_t drained = jb_ring_drain(ring, exact.data(), static_cast<uint32_t>(exact.size()));
            EXPECT_EQ(drained, 2u);
            drained += jb_ring_drain(ring, exact.data(), 31);
            uint32_t number;
            EXPECT_TRUE(is_whole(exact.data(), &number));
            EXPECT_EQ(number, next + 2);
            EXPECT_EQ(drained, 3u);
            next += 3;
        }
    }
}

TEST(Ring, TenMillionRecordsAcrossThreads)
{
    Outcome outcome = race(512, 10000000, 64, true);
    EXPECT_EQ(outcome.received, 10000000u);
    EXPECT_EQ(outcome.torn, 0u);
    EXPECT_EQ(outcome.out_of_order, 0u);
    EXPECT_EQ(outcome.dropped, outcome.refused);
    std::printf("          %.1f M records/s with checks on both sides\n", 10 / outcome.seconds);
}

TEST(Ring, DropsAreExactAcrossThreads)
{
    Outcome outcome = race(16, 10000000, 3, false);
    EXPECT_EQ(outcome.received + outcome.dropped, 10000000u);
    EXPECT_EQ(outcome.dropped, outcome.refused);
    EXPECT_EQ(outcome.torn, 0u);
    EXPECT_EQ(outcome.out_of_order, 0u);
    EXPECT_GT(outcome.dropped, 0u);
    std::printf("          %u of 10,000,000 dropped, all counted\n", outcome.dropped);
}
