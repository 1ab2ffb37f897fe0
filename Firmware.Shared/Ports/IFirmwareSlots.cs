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
    /// Asks for the installation of the image in stage at the next boot. The boot copies check both hashes again before they touch anything,
    /// and refuse if one is wrong.
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
