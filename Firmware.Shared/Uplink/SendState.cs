using JamBox.Text;

namespace JamBox.Uplink;

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
