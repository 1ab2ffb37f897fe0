namespace JamBox.Modem;

/// <summary>What happened since the box booted, for the log. Every number only grows.</summary>
public sealed class ModemCounters
{
    /// <summary>Gets the times that the modem restarted by itself.</summary>
    public int Restarts { get; internal set; }

    /// <summary>Gets the restarts that we ordered with AT+CFUN=1,1.</summary>
    public int OrderedRestarts { get; internal set; }

    /// <summary>Gets the resets by the reset line.</summary>
    public int HardwareResets { get; internal set; }

    /// <summary>Gets the times that the network closed unexpectedly.</summary>
    public int NetworkLosses { get; internal set; }

    /// <summary>Gets the times that we closed and opened the network to recover.</summary>
    public int NetworkReopens { get; internal set; }

    /// <summary>Gets the commands that got no final answer in time.</summary>
    public int Timeouts { get; internal set; }

    /// <summary>Gets the prompts that did not come.</summary>
    public int MissedPrompts { get; internal set; }

    /// <summary>Gets the times that the modem took fewer bytes than it was given.</summary>
    public int ShortWrites { get; internal set; }

    /// <summary>Gets the bytes of payload that were lost, for want of room or of an open link.</summary>
    public int DroppedBytes { get; internal set; }

    /// <summary>Gets the blocks of payload that broke off.</summary>
    public int BrokenBlocks { get; internal set; }

    /// <summary>Gets the lines that were longer than the line buffer.</summary>
    public int TruncatedLines { get; internal set; }

    /// <summary>Gets the lines that nothing matched: echoes and garbage.</summary>
    public int UnknownLines { get; internal set; }
}
