namespace JamBox.Modem;

/// <summary>Numbers of the reports that <see cref="Sim7028"/> listens to.</summary>
internal static class SimReport
{
    /// <summary>Known, and of no interest.</summary>
    public const int Ignored = 0;

    /// <summary>State of the registration, as a report or as an answer.</summary>
    public const int Registration = 1;

    /// <summary>Payload waits in the modem.</summary>
    public const int DataWaits = 2;

    /// <summary>The peer closed a link.</summary>
    public const int PeerClosed = 3;

    /// <summary>The modem closed a link.</summary>
    public const int LinkClosed = 4;

    /// <summary>The network closed by itself.</summary>
    public const int NetworkLost = 5;

    /// <summary>The network is closed.</summary>
    public const int NetworkClosed = 6;

    /// <summary>A command for a link found no network.</summary>
    public const int NetworkNotOpened = 7;

    /// <summary>Payload was taken.</summary>
    public const int Sent = 8;

    /// <summary>A line that only a modem says which starts.</summary>
    public const int Boot = 9;

    /// <summary>A line that a starting modem says late, or another one as an answer: a restart only in mid-session.</summary>
    public const int BootLate = 10;
}
