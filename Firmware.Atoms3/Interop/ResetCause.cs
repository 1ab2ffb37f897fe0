namespace JamBox.Interop;

/// <summary>Why the chip started.</summary>
public enum ResetCause
{
    /// <summary>Not known to this version.</summary>
    Unknown = 0,

    /// <summary>Power came, or the reset line was released (the side button).</summary>
    Power = 1,

    /// <summary>Software asked for it.</summary>
    Software = 2,

    /// <summary>A watchdog.</summary>
    Watchdog = 3,

    /// <summary>An exception or abort in native code.</summary>
    Crash = 4,

    /// <summary>The supply voltage fell too low.</summary>
    BrownOut = 5,

    /// <summary>Deep sleep ended.</summary>
    Wake = 6,
}
