namespace JamBox.Ports;

/// <summary>Where the installation of an image stands: see <see cref="IFirmwareSlots.State"/>. The numbers are those of the boot record in flash.</summary>
public enum SlotState
{
    /// <summary>Nothing was ever installed by the boot copies: the image came by wire.</summary>
    None = 0,

    /// <summary>The image in deploy has been confirmed.</summary>
    Confirmed = 1,

    /// <summary>An image in stage is to be installed at the next boot.</summary>
    Install = 2,

    /// <summary>Deploy is being copied to previous. Seen by a running firmware only if the flash failed.</summary>
    BackingUp = 3,

    /// <summary>Stage is being copied to deploy. Seen by a running firmware only if the flash failed.</summary>
    Swapping = 4,

    /// <summary>The new image runs on trial.</summary>
    Trial = 5,

    /// <summary>The old image is to come back at the next boot.</summary>
    RollBack = 6,

    /// <summary>Previous is being copied to deploy. Seen by a running firmware only if the flash failed.</summary>
    Restoring = 7,

    /// <summary>The old image is back.</summary>
    RolledBack = 8,

    /// <summary>The installation was refused before deploy was touched: the old image runs.</summary>
    Refused = 9,

    /// <summary>The way back is lost (previous is damaged): what is in deploy runs.</summary>
    Failed = 10,
}
