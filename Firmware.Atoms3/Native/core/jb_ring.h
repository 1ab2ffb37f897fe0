// Ring of 16-byte records between one producer (the Wi-Fi callback) and one consumer (the loop), without a lock. When it is full the
// newest record is dropped and counted: the producer must never touch what the consumer may be reading.
#ifndef JB_RING_H
#define JB_RING_H

#include <stdbool.h>
#include <stdint.h>

#include "jb_export.h"

#ifdef __cplusplus
extern "C"
{
#endif

#define JB_RECORD_BYTES 16u

// Capacity in records: a power of two in this range.
#define JB_RING_MIN_RECORDS 2u
#define JB_RING_MAX_RECORDS 65536u

// Memory that jb_ring_init needs, a constant expression. It must be aligned to JB_RING_ALIGNMENT.
#define JB_RING_HEADER_BYTES 192u
#define JB_RING_ALIGNMENT 64u
#define JB_RING_BYTES(records) (JB_RING_HEADER_BYTES + JB_RECORD_BYTES * (records))

typedef struct jb_ring jb_ring;

// The layout is JamBox.Ports.RadioRecord's. It is written with memcpy, so the bytes in the ring are little-endian where the CPU is:
// on the ESP32-S3 and every PC of today.
typedef struct jb_record
{
    uint8_t mac[6];
    int8_t rssi_dbm;
    uint8_t channel;
    uint32_t time_ms;
    uint16_t sequence;
    uint8_t flags;
    uint8_t reserved;
} jb_record;

// Makes an empty ring in the caller's memory. Returns NULL when the capacity is no power of two or out of range, the memory is NULL
// or not aligned. Nothing is ever allocated, and there is nothing to free.
JB_API jb_ring *jb_ring_init(void *memory, uint32_t records);

// Producer only. Copies the record in; returns false when the ring was full: the record is dropped and counted.
JB_API bool jb_ring_push(jb_ring *ring, const jb_record *record);

// Consumer only. Moves whole records, oldest first, into `buffer`; returns how many. What does not fit stays.
JB_API uint32_t jb_ring_drain(jb_ring *ring, uint8_t *buffer, uint32_t buffer_bytes);

// Records dropped since jb_ring_init, modulo 2^32. Any thread.
JB_API uint32_t jb_ring_dropped(const jb_ring *ring);

#ifdef __cplusplus
}
#endif

#endif
