#include "jb_ring.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>

// Head and tail only grow and wrap at 2^32, so that their difference is the fill and no slot is wasted. Each is stored by one side
// only; plain loads and stores with acquire and release are all it takes, no read-modify-write. They lie on cache lines of their own:
// on the board that costs 128 bytes, on a PC it is a factor of several.
struct jb_ring
{
    alignas(JB_RING_ALIGNMENT) atomic_uint_least32_t head; // next to write; the producer's
    atomic_uint_least32_t dropped;                         // the producer's
    uint32_t tail_seen;                                    // the producer's last look at tail
    alignas(JB_RING_ALIGNMENT) atomic_uint_least32_t tail; // next to read; the consumer's
    alignas(JB_RING_ALIGNMENT) uint32_t mask;              // never changes
    jb_record *records;
};

_Static_assert(sizeof(struct jb_ring) == JB_RING_HEADER_BYTES, "JB_RING_HEADER_BYTES");
_Static_assert(sizeof(jb_record) == JB_RECORD_BYTES, "JB_RECORD_BYTES");
_Static_assert(offsetof(jb_record, time_ms) == 8 && offsetof(jb_record, sequence) == 12, "RadioRecord.cs");

jb_ring *jb_ring_init(void *memory, uint32_t records)
{
    if (memory == NULL || ((uintptr_t)memory % JB_RING_ALIGNMENT) != 0 || records < JB_RING_MIN_RECORDS ||
        records > JB_RING_MAX_RECORDS || (records & (records - 1)) != 0)
    {
        return NULL;
    }

    jb_ring *ring = memory;
    atomic_init(&ring->head, 0);
    atomic_init(&ring->dropped, 0);
    ring->tail_seen = 0;
    atomic_init(&ring->tail, 0);
    ring->mask = records - 1;
    ring->records = (jb_record *)(void *)((uint8_t *)memory + JB_RING_HEADER_BYTES);
    return ring;
}

bool jb_ring_push(jb_ring *ring, const jb_record *record)
{
    uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);

    if (head - ring->tail_seen > ring->mask)
    {
        // Acquire: the consumer's copy out of the slot is over before this side writes it again.
        ring->tail_seen = atomic_load_explicit(&ring->tail, memory_order_acquire);

        if (head - ring->tail_seen > ring->mask)
        {
            uint32_t dropped = atomic_load_explicit(&ring->dropped, memory_order_relaxed);
            atomic_store_explicit(&ring->dropped, dropped + 1, memory_order_relaxed);
            return false;
        }
    }

    ring->records[head & ring->mask] = *record;
    atomic_store_explicit(&ring->head, head + 1, memory_order_release);
    return true;
}

uint32_t jb_ring_drain(jb_ring *ring, uint8_t *buffer, uint32_t buffer_bytes)
{
    uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
    uint32_t count = atomic_load_explicit(&ring->head, memory_order_acquire) - tail;
    uint32_t room = buffer_bytes / JB_RECORD_BYTES;

    if (count > room)
    {
        count = room;
    }

    // Two pieces where the ring wraps.
    uint32_t first = ring->mask + 1 - (tail & ring->mask);

    if (first > count)
    {
        first = count;
    }

    if (count != 0)
    {
        memcpy(buffer, &ring->records[tail & ring->mask], (size_t)first * JB_RECORD_BYTES);
        memcpy(buffer + (size_t)first * JB_RECORD_BYTES, ring->records, (size_t)(count - first) * JB_RECORD_BYTES);
        atomic_store_explicit(&ring->tail, tail + count, memory_order_release);
    }

    return count;
}

uint32_t jb_ring_dropped(const jb_ring *ring)
{
    return atomic_load_explicit(&ring->dropped, memory_order_relaxed);
}
