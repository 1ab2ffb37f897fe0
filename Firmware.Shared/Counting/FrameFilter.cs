using JamBox.Ports;

namespace JamBox.Counting;

/// <summary>
/// Decides which 802.11 frames count: probe requests whose source address is locally administered (randomised) and unicast. Everything
/// else is dropped at once (docs/counting.md). The board does the same in native code; this is the reference that it is compared with.
/// </summary>
public static class FrameFilter
{
    /// <summary>First byte of a probe request: protocol version 0, type 0 (management), subtype 4.</summary>
    public const byte ProbeRequest = 0x40;

    /// <summary>The shortest frame that is looked at: an 802.11 management header, bytes.</summary>
    public const int HeaderLength = 24;

    private const int SourceAddress = 10;
    private const int SequenceControl = 22;
    private const int AddressLength = 6;

    // Of the first byte of an address: bit 0 = group (multicast), bit 1 = locally administered.
    private const int AddressKindMask = 0x03;
    private const int LocallyAdministeredUnicast = 0x02;

    /// <summary>Takes the address and the sequence number out of a frame that counts.</summary>
    /// <param name="frame">The frame, beginning with frame control; no radiotap header.</param>
    /// <param name="length">Its bytes; those behind the header are not looked at.</param>
    /// <param name="record">Where the record goes, see <see cref="RadioRecord"/>. Only <see cref="RadioRecord.Address"/> and
    /// <see cref="RadioRecord.Sequence"/> are written, and only for a frame that counts.</param>
    /// <param name="recordOffset">First index of the record.</param>
    /// <returns><c>false</c> for a frame that does not count, one that is cut off included.</returns>
    public static bool TryAccept(byte[] frame, int length, byte[] record, int recordOffset)
    {
        if (length < HeaderLength || length > frame.Length || frame[0] != ProbeRequest)
        {
            return false;
        }

        if ((frame[SourceAddress] & AddressKindMask) != LocallyAdministeredUnicast)
        {
            return false;
        }

        for (int i = 0; i < AddressLength; i++)
        {
            record[recordOffset + RadioRecord.Address + i] = frame[SourceAddress + i];
        }

        int sequence = (frame[SequenceControl] | (frame[SequenceControl + 1] << 8)) >> 4;
        record[recordOffset + RadioRecord.Sequence] = (byte)sequence;
        record[recordOffset + RadioRecord.Sequence + 1] = (byte)(sequence >> 8);
        return true;
    }
}
