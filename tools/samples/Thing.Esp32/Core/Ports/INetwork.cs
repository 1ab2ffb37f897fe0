namespace JamBox.Things.Ports;

/// <summary>Connections to the server, plain or through TLS.</summary>
public interface INetwork
{
    /// <summary>Opens a connection. It blocks, ten seconds at most.</summary>
    /// <param name="host">Name or address.</param>
    /// <param name="port">TCP port.</param>
    /// <param name="rootCertificate">
    /// PEM of the certificate that the server's chain must end in: TLS. <c>null</c> = no TLS; a server without a certificate that can
    /// be checked is never spoken to through TLS.
    /// </param>
    /// <returns><c>null</c> when it could not be opened.</returns>
    IConnection Open(string host, int port, string rootCertificate);
}

/// <summary>A stream of bytes to somebody.</summary>
public interface IConnection
{
    /// <summary>Sends bytes. It blocks until they are handed over, ten seconds at most.</summary>
    /// <param name="buffer">Where they are.</param>
    /// <param name="offset">First index.</param>
    /// <param name="count">How many.</param>
    /// <returns><c>false</c> when the connection is broken.</returns>
    bool Send(byte[] buffer, int offset, int count);

    /// <summary>Waits for bytes.</summary>
    /// <param name="buffer">Where they go.</param>
    /// <param name="offset">First index.</param>
    /// <param name="count">How many at most, 1 or more.</param>
    /// <param name="timeoutMs">How long to wait; 0 = not at all.</param>
    /// <returns>How many came; 0 = none in that time; −1 = the connection is closed or broken.</returns>
    int Receive(byte[] buffer, int offset, int count, int timeoutMs);

    /// <summary>Closes it. Closing twice does nothing.</summary>
    void Close();
}
