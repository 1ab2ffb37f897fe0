namespace JamBox.Interop;

/// <summary>Where an installation stands: see <see cref="BootRecord.State"/>. The numbers are those in flash.</summary>
public enum BootState
{
    /// <summary>Nothing was ever installed by the boot copies: the image came over serial.</summary>
    None = 0,

    /// <summary>The image in deploy has been confirmed.</summary>
    Confirmed = 1,

    /// <summary>An image in stage is to be installed at the next boot.</summary>
    Install = 2,

    /// <summary>Deploy is being copied to previous. Seen by managed code only if the flash failed.</summary>
    BackingUp = 3,

    /// <summary>Stage is being copied to deploy. Seen by managed code only if the flash failed.</summary>
    Swapping = 4,

    /// <summary>The new image runs on trial.</summary>
    Trial = 5,

    /// <summary>The old image is to come back at the next boot.</summary>
    RollBack = 6,

    /// <summary>Previous is being copied to deploy. Seen by managed code only if the flash failed.</summary>
    Restoring = 7,

    /// <summary>The old image is back.</summary>
    RolledBack = 8,

    /// <summary>The installation was refused before deploy was touched: the old image runs.</summary>
    Refused = 9,

    /// <summary>The way back is lost (previous is damaged): what is in deploy runs.</summary>
    Failed = 10,
}
