namespace JamBox.Twin.Modem;

/// <summary>A connection through <see cref="INetworkBridge"/>, the modem's end.</summary>
internal interface INetworkConnection
{
    /// <summary>Sends bytes.</summary>
    /// <param name="bytes">Copied before the call returns.</param>
    void Send(ReadOnlySpan<byte> bytes);

    /// <summary>Closes it, or gives it up while it is being made. The sink hears nothing any more.</summary>
    void Close();
}
