namespace JamBox.Twin.Radio;

/// <summary>Which source address a phone's probe requests have.</summary>
internal enum AddressPolicy
{
    /// <summary>A new random one for every burst.</summary>
    PerBurst,

    /// <summary>A random one kept for some minutes.</summary>
    Kept,

    /// <summary>The global one it was made with.</summary>
    Global,
}
