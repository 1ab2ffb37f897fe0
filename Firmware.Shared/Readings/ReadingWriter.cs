using JamBox.Text;

namespace JamBox.Readings;

/// <summary>
/// Writes a reading as the JSON of the wire: the predecessor's fields in the predecessor's order, then ours. Nothing but bytes.
/// </summary>
public sealed class ReadingWriter
{
    /// <summary>The longest reading there can be, bytes: all counts at their limit, a version of 15 characters.</summary>
    public const int MaxLength = 900;

    private readonly byte[] _deviceId;
    private readonly byte[] _version;

    /// <param name="deviceId">The box's id, ASCII, such as <c>JBNB0001</c>.</param>
    /// <param name="version">Version of the firmware, ASCII, at most 15 characters.</param>
    public ReadingWriter(byte[] deviceId, byte[] version)
    {
        _deviceId = deviceId;
        _version = version;
    }

    /// <summary>Writes a reading.</summary>
    /// <param name="writer">Where to; the caller looks at <see cref="ByteWriter.HasOverflowed"/>.</param>
    /// <param name="row">Its fields, see <see cref="ReadingField"/>.</param>
    /// <param name="state">How things stand at the moment of sending.</param>
    public void Write(ByteWriter writer, int[] row, SendState state)
    {
        bool dated = row[ReadingField.ClosedUtcSeconds] != 0;
        writer.Text(Texts.All, Texts.Device);
        writer.Bytes(_deviceId);
        writer.Text(Texts.All, Texts.Time);
        UtcTime.Write(writer, LastSecond(row, dated));
        writer.Byte((byte)'"');
        WriteFields(writer, row, ReadingField.Impressions, ReadingField.Dwell);
        WriteNumber(writer, Texts.CellRssi, state.CellRssiDbm);
        WriteFields(writer, row, ReadingField.Dwell, ReadingField.DwellOverflow);
        WriteNumber(writer, Texts.Depth, state.Depth);
        WriteNumber(writer, Texts.Failures, state.Failures);
        WriteNumber(writer, Texts.Age, state.AgeSeconds);
        WriteNumber(writer, Texts.TimeIsSet, dated ? 1 : 0);
        WriteNumber(writer, Texts.BootTime, state.BootUtcSeconds);
        WriteField(writer, ReadingField.BootId, row[ReadingField.BootId] & 0xFFFFFFFFL);
        WriteFields(writer, row, ReadingField.Number, ReadingField.Number + 1);
        writer.Text(Texts.All, Texts.Version);
        writer.Bytes(_version);
        writer.Byte((byte)'"');
        state.WriteAck(writer);
        WriteNumber(writer, Texts.Dropped, state.Dropped);
        WriteFields(writer, row, ReadingField.DwellOverflow, ReadingField.Number);
        WriteFields(writer, row, ReadingField.Later, ReadingField.Count);
        writer.Byte((byte)'}');
    }

    /// <summary>Gives the time that a reading bears.</summary>
    /// <param name="row">Its fields, see <see cref="ReadingField"/>.</param>
    /// <param name="dated">Whether it has a date.</param>
    /// <returns>Seconds since 1970; of one without a date its uptime, s.</returns>
    internal static long LastSecond(int[] row, bool dated)
    {
        // A reading closed at 10:05:00 bears 10:04:59, so that its period is the one it was taken in. One that could not be dated
        // bears its uptime, counted from 1970.
        long closed = dated
            ? (long)UtcTime.SecondsTo2000 + row[ReadingField.ClosedUtcSeconds]
            : row[ReadingField.ClosedUptimeSeconds];
        return closed > 0 ? closed - 1 : 0;
    }

    private static void WriteFields(ByteWriter writer, int[] row, int from, int to)
    {
        for (int field = from; field < to; field++)
        {
            if (field < ReadingField.Later || row[field] != ReadingField.NotKnown)
            {
                WriteField(writer, field, row[field]);
            }
        }
    }

    private static void WriteField(ByteWriter writer, int field, long value)
    {
        writer.Byte((byte)',');
        writer.Byte((byte)'"');
        writer.Cell(ReadingField.Keys, field * ReadingField.KeyWidth, ReadingField.KeyWidth);
        writer.Byte((byte)'"');
        writer.Byte((byte)':');
        writer.Number(value);
    }

    private static void WriteNumber(ByteWriter writer, int text, long value)
    {
        writer.Text(Texts.All, text);
        writer.Number(value);
    }

    /// <summary>What a reading says beside its own fields, in the order of the wire and in one string: see <see cref="Ascii"/>.</summary>
    private static class Texts
    {
        public const int Device = 0x00_06;
        public const int Time = 0x07_07;
        public const int CellRssi = 0x0F_0D;
        public const int Depth = 0x1D_06;
        public const int Failures = 0x24_06;
        public const int Age = 0x2B_07;
        public const int TimeIsSet = 0x33_06;
        public const int BootTime = 0x3A_06;
        public const int Version = 0x41_06;
        public const int Dropped = 0x48_06;

        public static readonly string All =
            "{\"d\":\"|\",\"t\":\"|,\"cell_rssi\":|,\"cd\":|,\"sf\":|,\"age\":|,\"ts\":|,\"bt\":|,\"v\":\"|,\"dr\":|";
    }
}

/// <summary>What a request says about the moment in which it is sent, and not about the interval in which a reading was taken.</summary>
public sealed class SendState
{
    /// <summary>Signal strength of the cell is not known (the predecessor's word for it).</summary>
    public const int UnknownDbm = -999;

    /// <summary>No command waits for its acknowledgement.</summary>
    public const int NoCommand = -1;

    /// <summary>Gets or sets the signal strength of the cell, dBm, or <see cref="UnknownDbm"/> (<c>cell_rssi</c>).</summary>
    public int CellRssiDbm { get; set; } = UnknownDbm;

    /// <summary>Gets or sets the readings that wait behind this one (<c>cd</c>).</summary>
    public int Depth { get; set; }

    /// <summary>Gets or sets the sends that failed in a row before this one (<c>sf</c>).</summary>
    public int Failures { get; set; }

    /// <summary>Gets or sets the seconds since the reading was closed; 0 = live (<c>age</c>).</summary>
    public int AgeSeconds { get; set; }

    /// <summary>Gets or sets when the box booted, seconds since 1970; 0 = not known (<c>bt</c>).</summary>
    public long BootUtcSeconds { get; set; }

    /// <summary>Gets or sets the readings lost or set aside so far in this boot (<c>dr</c>).</summary>
    public int Dropped { get; set; }

    /// <summary>Gets or sets the id of the command to be acknowledged, or <see cref="NoCommand"/> (<c>ack</c>).</summary>
    public int AckId { get; set; } = NoCommand;

    /// <summary>Gets or sets its result, ASCII (<c>ar</c>); read only when there is a command.</summary>
    public string AckResult { get; set; }

    /// <summary>Gets or sets the state of the update, ASCII; <c>null</c> for a box without OTA (<c>ob</c>).</summary>
    public ByteWriter Update { get; set; }

    /// <summary>Gets or sets what there is to say of keys and floor; <c>null</c> for a box without OTA (<c>ks</c>, <c>fl</c>).</summary>
    public IFleetNames Fleet { get; set; }

    /// <summary>Writes the members <c>ack</c> and <c>ar</c>, with a comma before them; nothing when no command waits.</summary>
    /// <param name="writer">Where to.</param>
    public void WriteAck(ByteWriter writer)
    {
        if (AckId == NoCommand)
        {
            return;
        }

        writer.Text(",\"ack\":");
        writer.Number(AckId);
        writer.Text(",\"ar\":\"");
        writer.Text(AckResult);
        writer.Byte((byte)'"');
    }
}
