namespace JamBox.Twin.Modem;

/// <summary>What is behind the modem: a network in which only the backend can be reached.</summary>
internal interface INetworkBridge
{
    /// <summary>Begins a connection.</summary>
    /// <param name="host">Name as the box dials it.</param>
    /// <param name="port">TCP port.</param>
    /// <param name="sink">Told how it went and what comes; on the clock's thread, and never before this call returns.</param>
    /// <returns>The connection, which takes bytes once the sink was told that it is open.</returns>
    INetworkConnection Open(string host, int port, INetworkSink sink);
}
