namespace JamBox.Twin.Run;

/// <summary>
/// The box stops here: its power is gone, its watchdog bit, or it restarts itself. Thrown by the ports, through the firmware, which
/// catches nothing, to whoever runs the box and boots it again.
/// </summary>
/// <param name="reason">The word that the next boot finds as its reset reason.</param>
/// <param name="detail">What happened, for people.</param>
internal sealed class BoxDiedException(string reason, string detail) : Exception(detail)
{
    /// <summary>The power was gone.</summary>
    public const string Power = "power";

    /// <summary>The watchdog bit.</summary>
    public const string Watchdog = "watchdog";

    /// <summary>The word that the next boot finds.</summary>
    public string Reason => reason;
}
