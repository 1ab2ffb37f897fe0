namespace JamBox.Twin.Modem;

/// <summary>The modem's error codes that the twin uses (docs/modem.md).</summary>
internal static class NetworkError
{
    /// <summary>Network failure.</summary>
    public const int NetworkFailure = 1;

    /// <summary>The network, or the connection, is not open.</summary>
    public const int NotOpened = 2;

    /// <summary>Not supported in this state.</summary>
    public const int NotSupported = 4;

    /// <summary>No answer in time.</summary>
    public const int Timeout = 10;

    /// <summary>The name is not known.</summary>
    public const int Dns = 11;
}
