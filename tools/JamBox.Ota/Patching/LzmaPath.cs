namespace JamBox.Ota.Patching;

/// <summary>One way to have encoded everything up to a position: what it cost, how it ended, and what the coder knows then.</summary>
internal struct LzmaPath
{
    /// <summary>Price of the whole way, in 1/64 bit.</summary>
    public int Cost;

    /// <summary>Index of the path that this one continues.</summary>
    public int Before;

    /// <summary>The last packet: <see cref="LzmaPacket.Literal"/>, 0–3 for a repeated distance, 4 + distance for a match.</summary>
    public int Back;

    /// <summary>Bytes that the last packet covers.</summary>
    public int Length;

    /// <summary>The coder's state after it.</summary>
    public int State;

    /// <summary>The coder's last four distances (less one) after it.</summary>
    public int Rep0, Rep1, Rep2, Rep3;
}
