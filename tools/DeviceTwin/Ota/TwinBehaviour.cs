namespace JamBox.Twin.Ota;

/// <summary>What is wrong with a twin image.</summary>
internal enum TwinBehaviour
{
    /// <summary>Nothing.</summary>
    Sound,

    /// <summary>It hangs soon after each boot, until the watchdog bites.</summary>
    Hangs,

    /// <summary>It counts, but not a byte of it gets to the modem.</summary>
    CannotSend,
}
