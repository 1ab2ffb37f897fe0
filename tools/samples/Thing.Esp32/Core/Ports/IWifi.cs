namespace JamBox.Things.Ports;

/// <summary>How the station is.</summary>
public enum WifiState
{
    /// <summary>Not connected, and nothing is tried.</summary>
    Idle = 0,

    /// <summary>A connection is being made in the background.</summary>
    Connecting = 1,

    /// <summary>Connected, with an address.</summary>
    Connected = 2,

    /// <summary>The last try failed.</summary>
    Failed = 3,
}

/// <summary>Wi-Fi as a station.</summary>
public interface IWifi
{
    /// <summary>Gets how it is.</summary>
    WifiState State { get; }

    /// <summary>Gets the address, or <c>null</c>.</summary>
    string Address { get; }

    /// <summary>Gets the signal of the access point, dBm; 0 = unknown.</summary>
    int RssiDbm { get; }

    /// <summary>Begins to connect, in the background: the loop goes on meanwhile.</summary>
    /// <param name="ssid">Name of the network.</param>
    /// <param name="password">Its password; empty = an open network.</param>
    void Begin(string ssid, string password);

    /// <summary>Ends a connection, or the try to make one.</summary>
    void Disconnect();
}

/// <summary>The thing's own access point, and the HTTP port of its page.</summary>
public interface IAccessPoint
{
    /// <summary>Opens it.</summary>
    /// <param name="ssid">Name, 1 to 32 characters.</param>
    /// <param name="password">8 to 63 characters.</param>
    /// <returns><c>false</c> when the board has none.</returns>
    bool Start(string ssid, string password);

    /// <summary>Closes it.</summary>
    void Stop();

    /// <summary>Takes a browser that has called, without waiting.</summary>
    /// <returns><c>null</c> when none has.</returns>
    IConnection Accept();
}
