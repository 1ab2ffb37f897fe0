namespace JamBox.Twin.Modem;

/// <summary>Hears what happens to a connection.</summary>
internal interface INetworkSink
{
    /// <summary>It is open.</summary>
    void Opened();

    /// <summary>It could not be opened.</summary>
    /// <param name="code">Error code of the modem, see <see cref="NetworkError"/>.</param>
    void Failed(int code);

    /// <summary>Bytes came.</summary>
    /// <param name="bytes">The bytes, owned by the sink from now on.</param>
    void Received(byte[] bytes);

    /// <summary>The peer closed it.</summary>
    void Closed();
}
