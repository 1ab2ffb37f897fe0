namespace JamBox.Ports;

/// <summary>
/// The flash that an update lives in, and the boot record by which the firmware and the boot copies talk. The copies (deploy → previous,
/// stage → deploy, and back) run before the firmware, at the next boot; nothing is decided there about which image is good. Every
/// call that writes returns once the record is in flash and read back; a loss of power leaves the old record or the new one.
/// </summary>
public interface IFirmwareSlots
{
    /// <summary>Gets what runs: the deployment image. It is only ever read here.</summary>
    IFlashRegion Deploy { get; }

    /// <summary>Gets where the new image is made.</summary>
    IFlashRegion Stage { get; }

    /// <summary>Gets where the patch is collected.</summary>
    IFlashRegion Patch { get; }

    /// <summary>Gets where the installation stands.</summary>
    SlotState State { get; }

    /// <summary>Gets why it stands there: with <see cref="SlotState.Refused"/>, roll-backs and <see cref="SlotState.Failed"/>.</summary>
    SlotReason Reason { get; }

    /// <summary>Gets the boots of the trial so far, this one included: 1…3; 0 when there is no trial.</summary>
    int TrialBoots { get; }

    /// <summary>Reads the SHA-256 of the image of the last installation; zeros when there was none.</summary>
    /// <param name="hash">The first 32 bytes are filled.</param>
    void GetNewHash(byte[] hash);

    /// <summary>Reads the SHA-256 of the image before it; zeros when there was none.</summary>
    /// <param name="hash">The first 32 bytes are filled.</param>
    void GetOldHash(byte[] hash);

    /// <summary>
    /// Asks for the installation of the image in stage at the next boot. The boot copies check both hashes again before they touch
    /// anything, and refuse if one is wrong.
    /// </summary>
    /// <param name="newLength">Length of the image in stage, bytes, 1…length of deploy.</param>
    /// <param name="newHash">SHA-256 of those bytes, 32 bytes.</param>
    /// <param name="oldLength">Length of the image in deploy, bytes, 1…length of deploy.</param>
    /// <param name="oldHash">SHA-256 of those bytes, 32 bytes.</param>
    /// <returns><c>false</c> when an installation is under way or on trial, or the flash refused: the old record still holds.</returns>
    bool Install(int newLength, byte[] newHash, int oldLength, byte[] oldHash);

    /// <summary>Ends the trial: the running image stays. Without a trial nothing is done.</summary>
    /// <returns><c>false</c> when the flash refused: the trial goes on. <c>true</c> when there is no trial (any more).</returns>
    bool Confirm();

    /// <summary>Asks for the old image at the next boot, from a trial or after a confirmation.</summary>
    /// <param name="reason">Kept with the record: <see cref="SlotReason.Requested"/> or <see cref="SlotReason.NoSend"/>.</param>
    /// <returns><c>false</c> when there is no old image to go back to, or the flash refused.</returns>
    bool RollBack(SlotReason reason);
}

/// <summary>
/// Where the installation of an image stands: see <see cref="IFirmwareSlots.State"/>. The numbers are those of the boot record in flash.
/// </summary>
public enum SlotState
{
    /// <summary>Nothing was ever installed by the boot copies: the image came over serial.</summary>
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

/// <summary>Why an installation was refused, rolled back or failed. The numbers are those of the boot record in flash.</summary>
public enum SlotReason
{
    /// <summary>No reason: all is well.</summary>
    None = 0,

    /// <summary>Asked for by the backend or an operator.</summary>
    Requested = 1,

    /// <summary>The trial ended without a reading that the backend took (the loop's decision: 24 h).</summary>
    NoSend = 2,

    /// <summary>The image was booted three times and never confirmed.</summary>
    TrialBoots = 3,

    /// <summary>A length in the record is impossible for this flash.</summary>
    BadLength = 4,

    /// <summary>Stage is not the image that the record announces.</summary>
    StageHash = 5,

    /// <summary>Deploy was not the image that the record says is running.</summary>
    DeployHash = 6,

    /// <summary>Previous is not the old image.</summary>
    PreviousHash = 7,

    /// <summary>The flash refused, or did not keep what was written.</summary>
    Flash = 8,

    /// <summary>Another image was flashed over the one on trial, over serial, and ended it.</summary>
    Replaced = 9,
}

/// <summary>What an image is called: on the board by its source and its board, in the twin by the image that it runs.</summary>
public sealed class FirmwareInfo
{
    /// <param name="version">1…15 characters out of <c>0-9 A-Z a-z . + -</c>.</param>
    /// <param name="sequence">1…2,147,483,647; grows with every release for the same hardware.</param>
    /// <param name="hardwareId">1…15 ASCII characters: the board that the image is for.</param>
    public FirmwareInfo(string version, int sequence, string hardwareId)
    {
        Version = version;
        Sequence = sequence;
        HardwareId = hardwareId;
    }

    /// <summary>Gets the version, as every reading and heartbeat names it.</summary>
    public string Version { get; }

    /// <summary>Gets the place of the release among those for the same hardware.</summary>
    public int Sequence { get; }

    /// <summary>Gets the board that the image is for.</summary>
    public string HardwareId { get; }
}
