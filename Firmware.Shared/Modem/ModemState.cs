namespace JamBox.Modem;

/// <summary>How far the modem is. The order counts: a later state includes the earlier ones.</summary>
public enum ModemState
{
    /// <summary>It has not answered since the start, or it restarted by itself.</summary>
    Off,

    /// <summary>It is being started, or asked whether it is there.</summary>
    Starting,

    /// <summary>It answers, and looks for a network.</summary>
    Searching,

    /// <summary>Registered, at home or roaming, but without a connection for data.</summary>
    Registered,

    /// <summary>The network is open and has given an address: links can be opened.</summary>
    Connected,

    /// <summary>A link to a server is open.</summary>
    LinkOpen,
}
