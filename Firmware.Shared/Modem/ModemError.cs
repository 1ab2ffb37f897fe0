namespace JamBox.Modem;

/// <summary>Why something with the modem failed.</summary>
public enum ModemError
{
    /// <summary>Nothing failed.</summary>
    None,

    /// <summary>The modem does not answer AT: no power, wrong pins, or hung.</summary>
    NoReply,

    /// <summary>No SIM, or it wants a PIN, or it is broken.</summary>
    SimNotReady,

    /// <summary>The modem refused the bands.</summary>
    BandsRefused,

    /// <summary>The modem refused to restart, or did not come back.</summary>
    RestartFailed,

    /// <summary>No network registered it in time: coverage, antenna, bands.</summary>
    NotRegistered,

    /// <summary>The network denied registration: SIM not active, or no roaming here.</summary>
    RegistrationDenied,

    /// <summary>The modem refused the APN.</summary>
    ApnRefused,

    /// <summary>No attachment to the packet service.</summary>
    AttachFailed,

    /// <summary>AT+NETOPEN failed.</summary>
    NetworkOpenFailed,

    /// <summary>The network gave no address, or 0.0.0.0.</summary>
    NoAddress,

    /// <summary>There is no connection: <see cref="Sim7028.BringUp"/> comes first.</summary>
    NotConnected,

    /// <summary>The server could not be reached; <see cref="Sim7028.LastCode"/> says more.</summary>
    OpenFailed,

    /// <summary>No link is open.</summary>
    LinkNotOpen,

    /// <summary>The peer closed the link.</summary>
    PeerClosed,

    /// <summary>The modem did not take the bytes, or did not say so in time.</summary>
    SendFailed,

    /// <summary>The prompt for payload did not come.</summary>
    MissedPrompt,

    /// <summary>Bytes of the link were lost: what remains of its stream is of no use.</summary>
    DataLost,

    /// <summary>The network closed unexpectedly.</summary>
    NetworkClosed,

    /// <summary>The modem restarted by itself.</summary>
    Restarted,

    /// <summary>An argument is too long for a command.</summary>
    BadArgument,
}
