namespace JamBox.Twin.Modem;

/// <summary>The state of one of the modem's two connections.</summary>
internal enum TcpLinkState
{
    /// <summary>There is none.</summary>
    Closed,

    /// <summary>It is being made.</summary>
    Opening,

    /// <summary>Both sides may send.</summary>
    Open,

    /// <summary>The peer has closed; what it sent before can still be read.</summary>
    PeerClosed,
}
