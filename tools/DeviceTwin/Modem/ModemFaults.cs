namespace JamBox.Twin.Modem;

/// <summary>
/// What shall go wrong next. Numbers are how many times it still will; they are set from outside at virtual times of its choosing.
/// What happens at a moment of its own (restart, loss of the network, garbage) are methods of <see cref="ModemSimulator"/>.
/// </summary>
internal sealed class ModemFaults
{
    private readonly SortedDictionary<string, int> _happened = new(StringComparer.Ordinal);

    /// <summary>Gets or sets how many prompts are not sent, though the modem waits for the payload.</summary>
    public int MissedPrompts { get; set; }

    /// <summary>Gets or sets how many sends confirm only a part.</summary>
    public int ShortWrites { get; set; }

    /// <summary>Gets or sets how many sends fail.</summary>
    public int FailedSends { get; set; }

    /// <summary>Gets or sets the code of their <c>+CIPERROR</c>.</summary>
    public int SendErrorCode { get; set; } = 12;

    /// <summary>Gets or sets how many connections fail.</summary>
    public int FailedOpens { get; set; }

    /// <summary>Gets or sets the code of their <c>+CIPOPEN</c>.</summary>
    public int OpenErrorCode { get; set; } = 10;

    /// <summary>Gets or sets how many commands are answered <c>ERROR</c>.</summary>
    public int FailedCommands { get; set; }

    /// <summary>Gets or sets how many times the modem restarts in the middle of a payload.</summary>
    public int RestartsInSend { get; set; }

    /// <summary>Gets or sets how many times the modem restarts in the middle of handing over what it received.</summary>
    public int RestartsInReceive { get; set; }

    /// <summary>Gets or sets at how many connections received bytes are reported and never given, until the connection is closed.</summary>
    public int StuckReceives { get; set; }

    /// <summary>Gets or sets what every answer takes longer, ms.</summary>
    public int ExtraReplyMs { get; set; }

    /// <summary>Gets or sets the world time until which the modem neither hears nor speaks.</summary>
    public long SilentUntilMs { get; set; }

    /// <summary>Gets or sets a value indicating whether it is so until it is reset by its line or loses power.</summary>
    public bool IsSilentUntilReset { get; set; }

    /// <summary>Gets how often each kind really happened, by name.</summary>
    public IReadOnlyDictionary<string, int> Happened => _happened;

    /// <summary>Notes that a fault happened.</summary>
    /// <param name="kind">Its name.</param>
    internal void Note(string kind)
    {
        _happened[kind] = _happened.GetValueOrDefault(kind) + 1;
    }

    /// <summary>Takes one of a number of faults.</summary>
    /// <param name="left">The number.</param>
    /// <param name="kind">Its name.</param>
    /// <returns>The number left and whether it happens now.</returns>
    internal (int Left, bool Happens) Take(int left, string kind)
    {
        if (left <= 0)
        {
            return (0, false);
        }

        Note(kind);
        return (left - 1, true);
    }
}
