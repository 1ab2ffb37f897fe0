// Which 802.11 frames count, and what of them is kept.
#ifndef JB_FILTER_H
#define JB_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "jb_export.h"

#ifdef __cplusplus
extern "C"
{
#endif

// Bytes of an 802.11 management header: frame control 2, duration 2, three addresses of 6, sequence control 2. A shorter frame is
// not a probe request, whatever its first byte says.
#define JB_FILTER_HEADER_BYTES 24u

// Accepts a probe request (first byte 0x40) whose source address is locally administered and unicast (first byte & 0x03 == 0x02).
// `frame` begins with frame control: no radiotap before it; what follows the header is not looked at. Returns true and fills `mac`
// (6 bytes, first byte on air first) and `sequence` (0…4095), or returns false and leaves both alone. Reads nothing beyond `length`.
JB_API bool jb_filter_probe(const uint8_t *frame, uint32_t length, uint8_t *mac, uint16_t *sequence);

#ifdef __cplusplus
}
#endif

#endif
