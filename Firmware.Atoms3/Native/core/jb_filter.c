#include "jb_filter.h"

#include <string.h>

#define FRAME_CONTROL_PROBE_REQUEST 0x40u
#define OFFSET_SOURCE 10u
#define OFFSET_SEQUENCE_CONTROL 22u
#define ADDRESS_KIND_MASK 0x03u
#define ADDRESS_LOCAL_UNICAST 0x02u

bool jb_filter_probe(const uint8_t *frame, uint32_t length, uint8_t *mac, uint16_t *sequence)
{
    if (length < JB_FILTER_HEADER_BYTES || frame[0] != FRAME_CONTROL_PROBE_REQUEST ||
        (frame[OFFSET_SOURCE] & ADDRESS_KIND_MASK) != ADDRESS_LOCAL_UNICAST)
    {
        return false;
    }

    memcpy(mac, frame + OFFSET_SOURCE, 6);

    // The low four bits are the fragment number.
    uint32_t control = frame[OFFSET_SEQUENCE_CONTROL] | ((uint32_t)frame[OFFSET_SEQUENCE_CONTROL + 1] << 8);
    *sequence = (uint16_t)(control >> 4);
    return true;
}
