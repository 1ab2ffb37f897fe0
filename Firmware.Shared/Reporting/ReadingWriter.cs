using JamBox.Counting;
using JamBox.Text;
using JamBox.Uplink;

namespace JamBox.Reporting;

/// <summary>
/// Writes a reading as the JSON of WIRE.md: the predecessor's fields in the predecessor's order, then ours. Nothing but bytes.
/// </summary>
public sealed class ReadingWriter
{
    /// <summary>The longest reading there can be, bytes: all counts at their limit, a version of 15 characters.</summary>
    public const int MaxLength = 900;

    // Name and place of the fields that are written as they are, in the order of the wire.
    private static readonly byte[][] s_countNames =
    [
        Ascii.Bytes(",\"i\":"), Ascii.Bytes(",\"u\":"),
        Ascii.Bytes(",\"probe_rssi_avg\":"), Ascii.Bytes(",\"probe_rssi_min\":"), Ascii.Bytes(",\"probe_rssi_max\":"),
    ];

    private static readonly byte[][] s_classNames =
    [
        Ascii.Bytes(",\"dwell_0_1\":"), Ascii.Bytes(",\"dwell_1_5\":"), Ascii.Bytes(",\"dwell_5_10\":"), Ascii.Bytes(",\"dwell_10plus\":"),
        Ascii.Bytes(",\"rssi_immediate\":"), Ascii.Bytes(",\"rssi_near\":"), Ascii.Bytes(",\"rssi_far\":"), Ascii.Bytes(",\"rssi_remote\":"),
        Ascii.Bytes(",\"ble_i\":"), Ascii.Bytes(",\"ble_u\":"), Ascii.Bytes(",\"ble_apple\":"), Ascii.Bytes(",\"ble_other\":"), Ascii.Bytes(",\"ble_rssi_avg\":"),
        Ascii.Bytes(",\"of\":"),
    ];

    private static readonly byte[][] s_closingNames =
    [
        Ascii.Bytes(",\"do\":"), Ascii.Bytes(",\"rl\":"), Ascii.Bytes(",\"ls\":"), Ascii.Bytes(",\"iv\":"), Ascii.Bytes(",\"cv\":"),
    ];

    private static readonly byte[] s_device = Ascii.Bytes("{\"d\":\"");
    private static readonly byte[] s_time = Ascii.Bytes("\",\"t\":\"");
    private static readonly byte[] s_quote = Ascii.Bytes("\"");
    private static readonly byte[] s_cellRssi = Ascii.Bytes(",\"cell_rssi\":");
    private static readonly byte[] s_depth = Ascii.Bytes(",\"cd\":");
    private static readonly byte[] s_failures = Ascii.Bytes(",\"sf\":");
    private static readonly byte[] s_age = Ascii.Bytes(",\"age\":");
    private static readonly byte[] s_timeIsSet = Ascii.Bytes(",\"ts\":");
    private static readonly byte[] s_bootTime = Ascii.Bytes(",\"bt\":");
    private static readonly byte[] s_bootId = Ascii.Bytes(",\"b\":");
    private static readonly byte[] s_number = Ascii.Bytes(",\"n\":");
    private static readonly byte[] s_version = Ascii.Bytes(",\"v\":\"");
    private static readonly byte[] s_dropped = Ascii.Bytes(",\"dr\":");

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
        writer.Bytes(s_device);
        writer.Bytes(_deviceId);
        writer.Bytes(s_time);
        UtcTime.Write(writer, LastSecond(rows, row, dated));
        writer.Bytes(s_quote);
        WriteFields(writer, s_countNames, rows, row + ReadingField.Impressions);
        WriteField(writer, s_cellRssi, state.CellRssiDbm);
        WriteFields(writer, s_classNames, rows, row + ReadingField.Dwell);
        WriteField(writer, s_depth, state.Depth);
        WriteField(writer, s_failures, state.Failures);
        WriteField(writer, s_age, state.AgeSeconds);
        WriteField(writer, s_timeIsSet, dated ? 1 : 0);
        WriteField(writer, s_bootTime, state.BootUtcSeconds);
        WriteField(writer, s_bootId, rows[row + ReadingField.BootId] & 0xFFFFFFFFL);
        WriteField(writer, s_number, rows[row + ReadingField.Number]);
        writer.Bytes(s_version);
        writer.Bytes(_version);
        writer.Bytes(s_quote);
        state.WriteAck(writer);
        writer.Bytes(s_dropped);
        writer.Number(state.Dropped);
        WriteFields(writer, s_closingNames, rows, row + ReadingField.DwellOverflow);
        writer.Byte((byte)'}');
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

    private static void WriteFields(ByteWriter writer, byte[][] names, int[] rows, int field)
    {
        for (int i = 0; i < names.Length; i++)
        {
            WriteField(writer, names[i], rows[field + i]);
        }
    }

    private static void WriteField(ByteWriter writer, byte[] name, long value)
    {
        writer.Bytes(name);
        writer.Number(value);
    }
}
