namespace JamBox.Ota;

/// <summary>Where an update stands (docs/ota.md). The numbers are stored: they must not change.</summary>
public enum OtaState
{
    /// <summary>There is none.</summary>
    Idle = 0,

    /// <summary>One was offered, and everything about its manifest is in order.</summary>
    Offered = 1,

    /// <summary>A part of its patch is in flash.</summary>
    Downloading = 2,

    /// <summary>The whole patch is in flash and is being hashed.</summary>
    Verifying = 3,

    /// <summary>The new image is being made.</summary>
    Applying = 4,

    /// <summary>The new image is whole, and its installation is asked for.</summary>
    Staged = 5,

    /// <summary>The new image runs, and has yet to bring a reading to the backend.</summary>
    Trial = 6,

    /// <summary>The new image runs for good.</summary>
    Confirmed = 7,

    /// <summary>The old image runs again.</summary>
    RolledBack = 8,

    /// <summary>The update came to nothing; what ran goes on running.</summary>
    Failed = 9,
}
