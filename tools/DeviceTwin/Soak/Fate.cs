namespace JamBox.Twin.Soak;

/// <summary>What became of a reading that was closed.</summary>
internal enum Fate
{
    /// <summary>It waits to be sent.</summary>
    Waits,

    /// <summary>The backend said yes.</summary>
    Sent,

    /// <summary>The backend refused it for good; counted in <c>dr</c>.</summary>
    SetAside,

    /// <summary>It was the oldest of a full ring; counted in <c>dr</c>.</summary>
    Overwritten,

    /// <summary>Power went while it was written.</summary>
    LostWithPower,

    /// <summary>Its sector of flash can no longer be read, or it stood in RAM because sectors were bad, and power went.</summary>
    LostWithSector,
}
