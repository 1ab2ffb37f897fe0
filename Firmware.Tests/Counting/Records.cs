using JamBox.Ports;

namespace JamBox.Tests.Counting;

/// <summary>Makes radio records for tests.</summary>
internal static class Records
{
    /// <summary>Writes a record whose address follows from a number.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="index">Index of the record.</param>
    /// <param name="device">Number of the device.</param>
    /// <param name="timeMs">Uptime, low 32 bits.</param>
    /// <param name="rssiDbm">Signal strength, 0 = not known.</param>
    /// <param name="flags">Flags of <see cref="RadioRecord"/>.</param>
    public static void Write(byte[] buffer, int index, int device, uint timeMs, int rssiDbm, byte flags)
    {
        int offset = index * RadioRecord.Size;
        buffer[offset] = 0x02;
        buffer[offset + 1] = 0;
        buffer[offset + 2] = (byte)(device >> 24);
        buffer[offset + 3] = (byte)(device >> 16);
        buffer[offset + 4] = (byte)(device >> 8);
        buffer[offset + 5] = (byte)device;
        buffer[offset + RadioRecord.RssiDbm] = (byte)rssiDbm;
        buffer[offset + RadioRecord.Channel] = 6;
        buffer[offset + RadioRecord.TimeMs] = (byte)timeMs;
        buffer[offset + RadioRecord.TimeMs + 1] = (byte)(timeMs >> 8);
        buffer[offset + RadioRecord.TimeMs + 2] = (byte)(timeMs >> 16);
        buffer[offset + RadioRecord.TimeMs + 3] = (byte)(timeMs >> 24);
        buffer[offset + RadioRecord.Flags] = flags;
    }
}
