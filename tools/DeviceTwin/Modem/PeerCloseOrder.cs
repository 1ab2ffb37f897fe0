namespace JamBox.Twin.Modem;

/// <summary>When the report of the peer's closing comes.</summary>
internal enum PeerCloseOrder
{
    /// <summary>After the last byte.</summary>
    AfterLastByte,

    /// <summary>Before the last segment of data.</summary>
    BeforeLastByte,
}
