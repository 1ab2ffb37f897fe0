using JamBox.Reporting;
using JamBox.Text;

namespace JamBox.Readings;

/// <summary>
/// Writes a reading as the JSON of WIRE.md: the predecessor's fields in the predecessor's order, then ours. Nothing but bytes.
/// </summary>
public sealed class ReadingWriter
{
    /// <summary>The longest reading there can be, bytes: all counts at their limit, a version of 15 characters.</summary>
    public const int MaxLength = 900;

    private readonly byte[] _deviceId;
    private readonly byte[] _version;

    /// <summary>Initializes a new instance of the <see cref="ReadingWriter"/> class.</summary>
    /// <param name="deviceId">The box's id, ASCII, such as <c>JBNB0001</c>.</param>
    /// <param name="version">Version of the firmware, ASCII, at most 15 characters.</param>
    public ReadingWriter(byte[] deviceId, byte[] version)
    {
        _deviceId = deviceId;
        _version = version;
    }

    /// <summary>Writes a reading.</summary>
    /// <param name="writer">Where to; the caller looks at <see cref="ByteWriter.IsOverflown"/>.</param>
    /// <param name="rows">Fields of readings, see <see cref="ReadingField"/>.</param>
    /// <param name="row">Index of this reading's first field.</param>
    /// <param name="state">How things stand at the moment of sending.</param>
    public void Write(ByteWriter writer, int[] rows, int row, SendState state)
    {
        bool dated = rows[row + ReadingField.ClosedUtcSeconds] != 0;
        writer.Text(Texts.All, Texts.Device);
        writer.Bytes(_deviceId);
        writer.Text(Texts.All, Texts.Time);
        UtcTime.Write(writer, LastSecond(rows, row, dated));
        writer.Byte((byte)'"');
        WriteField(writer, Texts.Impressions, rows[row + ReadingField.Impressions]);
        WriteField(writer, Texts.Unique, rows[row + ReadingField.Unique]);
        WriteField(writer, Texts.ProbeRssiAvg, rows[row + ReadingField.ProbeRssiAvg]);
        WriteField(writer, Texts.ProbeRssiStrongest, rows[row + ReadingField.ProbeRssiStrongest]);
        WriteField(writer, Texts.ProbeRssiWeakest, rows[row + ReadingField.ProbeRssiWeakest]);
        WriteField(writer, Texts.CellRssi, state.CellRssiDbm);
        WriteClasses(writer, rows, row);
        WriteState(writer, rows, row, state, dated);
        writer.Byte((byte)'}');
    }

    private static void WriteClasses(ByteWriter writer, int[] rows, int row)
    {
        WriteField(writer, Texts.DwellShort, rows[row + ReadingField.Dwell]);
        WriteField(writer, Texts.DwellMedium, rows[row + ReadingField.Dwell + 1]);
        WriteField(writer, Texts.DwellLong, rows[row + ReadingField.Dwell + 2]);
        WriteField(writer, Texts.DwellVeryLong, rows[row + ReadingField.Dwell + 3]);
        WriteField(writer, Texts.ZoneImmediate, rows[row + ReadingField.Zone]);
        WriteField(writer, Texts.ZoneNear, rows[row + ReadingField.Zone + 1]);
        WriteField(writer, Texts.ZoneFar, rows[row + ReadingField.Zone + 2]);
        WriteField(writer, Texts.ZoneRemote, rows[row + ReadingField.Zone + 3]);
        WriteField(writer, Texts.BleImpressions, rows[row + ReadingField.BleImpressions]);
        WriteField(writer, Texts.BleUnique, rows[row + ReadingField.BleUnique]);
        WriteField(writer, Texts.BleApple, rows[row + ReadingField.BleApple]);
        WriteField(writer, Texts.BleOther, rows[row + ReadingField.BleOther]);
        WriteField(writer, Texts.BleRssiAvg, rows[row + ReadingField.BleRssiAvg]);
        WriteField(writer, Texts.Overflow, rows[row + ReadingField.Overflow]);
    }

    private void WriteState(ByteWriter writer, int[] rows, int row, SendState state, bool dated)
    {
        WriteField(writer, Texts.Depth, state.Depth);
        WriteField(writer, Texts.Failures, state.Failures);
        WriteField(writer, Texts.Age, state.AgeSeconds);
        WriteField(writer, Texts.TimeIsSet, dated ? 1 : 0);
        WriteField(writer, Texts.BootTime, state.BootUtcSeconds);
        WriteField(writer, Texts.BootId, rows[row + ReadingField.BootId] & 0xFFFFFFFFL);
        WriteField(writer, Texts.Number, rows[row + ReadingField.Number]);
        writer.Text(Texts.All, Texts.Version);
        writer.Bytes(_version);
        writer.Byte((byte)'"');
        state.WriteAck(writer);
        WriteField(writer, Texts.Dropped, state.Dropped);
        WriteField(writer, Texts.DwellOverflow, rows[row + ReadingField.DwellOverflow]);
        WriteField(writer, Texts.RingLoss, rows[row + ReadingField.RingLoss]);
        WriteField(writer, Texts.ListenSeconds, rows[row + ReadingField.ListenSeconds]);
        WriteField(writer, Texts.IntervalSeconds, rows[row + ReadingField.IntervalSeconds]);
        WriteField(writer, Texts.ConfigVersion, rows[row + ReadingField.ConfigVersion]);
    }

    private static long LastSecond(int[] rows, int row, bool dated)
    {
        // A reading closed at 10:05:00 bears 10:04:59, so that its period is the one it was taken in. One that could not be dated
        // bears its uptime, counted from 1970.
        long closed = dated
            ? (long)UtcTime.SecondsTo2000 + rows[row + ReadingField.ClosedUtcSeconds]
            : rows[row + ReadingField.ClosedUptimeSeconds];
        return closed > 0 ? closed - 1 : 0;
    }

    private static void WriteField(ByteWriter writer, int name, long value)
    {
        writer.Text(Texts.All, name);
        writer.Number(value);
    }

    /// <summary>The texts, in the order of the wire and in one string: see <see cref="Ascii"/>.</summary>
    private static class Texts
    {
        public const int Device = 0x00_06;
        public const int Time = 0x07_07;
        public const int Impressions = 0x0F_05;
        public const int Unique = 0x15_05;
        public const int ProbeRssiAvg = 0x1B_12;
        public const int ProbeRssiStrongest = 0x2E_12;
        public const int ProbeRssiWeakest = 0x41_12;
        public const int CellRssi = 0x54_0D;
        public const int DwellShort = 0x62_0D;
        public const int DwellMedium = 0x70_0D;
        public const int DwellLong = 0x7E_0E;
        public const int DwellVeryLong = 0x8D_10;
        public const int ZoneImmediate = 0x9E_12;
        public const int ZoneNear = 0xB1_0D;
        public const int ZoneFar = 0xBF_0C;
        public const int ZoneRemote = 0xCC_0F;
        public const int BleImpressions = 0xDC_09;
        public const int BleUnique = 0xE6_09;
        public const int BleApple = 0xF0_0D;
        public const int BleOther = 0xFE_0D;
        public const int BleRssiAvg = 0x10C_10;
        public const int Overflow = 0x11D_06;
        public const int Depth = 0x124_06;
        public const int Failures = 0x12B_06;
        public const int Age = 0x132_07;
        public const int TimeIsSet = 0x13A_06;
        public const int BootTime = 0x141_06;
        public const int BootId = 0x148_05;
        public const int Number = 0x14E_05;
        public const int Version = 0x154_06;
        public const int Dropped = 0x15B_06;
        public const int DwellOverflow = 0x162_06;
        public const int RingLoss = 0x169_06;
        public const int ListenSeconds = 0x170_06;
        public const int IntervalSeconds = 0x177_06;
        public const int ConfigVersion = 0x17E_06;

        public static readonly string All =
            "{\"d\":\"|\",\"t\":\"|,\"i\":|,\"u\":|,\"probe_rssi_avg\":|,\"probe_rssi_min\":|,\"probe_rssi_max\":|" +
            ",\"cell_rssi\":|,\"dwell_0_1\":|,\"dwell_1_5\":|,\"dwell_5_10\":|,\"dwell_10plus\":|,\"rssi_immediate\":|" +
            ",\"rssi_near\":|,\"rssi_far\":|,\"rssi_remote\":|,\"ble_i\":|,\"ble_u\":|,\"ble_apple\":|,\"ble_other\":|" +
            ",\"ble_rssi_avg\":|,\"of\":|,\"cd\":|,\"sf\":|,\"age\":|,\"ts\":|,\"bt\":|,\"b\":|,\"n\":|,\"v\":\"|" +
            ",\"dr\":|,\"do\":|,\"rl\":|,\"ls\":|,\"iv\":|,\"cv\":|";
    }
}
