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

/// <summary>
/// Why an update failed or was rolled back. The numbers are stored: they must not change. <see cref="OtaWords"/> has the words.
/// </summary>
public enum OtaReason
{
    /// <summary>Nothing is wrong.</summary>
    None = 0,

    /// <summary>Rolled back because the backend or an operator asked for it.</summary>
    Requested = 1,

    /// <summary>Rolled back: the backend took no reading within 24 h of the trial.</summary>
    NoSend = 2,

    /// <summary>Rolled back: three boots, and never confirmed.</summary>
    TrialBoots = 3,

    /// <summary>The manifest's signature is not by the key that the box has.</summary>
    Signature = 4,

    /// <summary>The image is for other hardware.</summary>
    Hardware = 5,

    /// <summary>The image needs another nanoCLR.</summary>
    Native = 6,

    /// <summary>The image is not newer than what runs.</summary>
    Sequence = 7,

    /// <summary>The patch is for another image than the one that runs.</summary>
    Base = 8,

    /// <summary>Image or patch do not fit, or are not of the size said.</summary>
    Size = 9,

    /// <summary>The patch is not the one that the manifest announces.</summary>
    PatchHash = 10,

    /// <summary>The image that the patch makes is not the one that was signed.</summary>
    ImageHash = 11,

    /// <summary>The patch is damaged, or its chunks never arrived whole.</summary>
    BadPatch = 12,

    /// <summary>The flash refused, or did not keep what was written.</summary>
    Flash = 13,

    /// <summary>The boot copies refused the image before they touched what ran.</summary>
    Refused = 14,

    /// <summary>The way back was lost: previous is damaged.</summary>
    Previous = 15,

    /// <summary>The box has no key to check signatures with.</summary>
    NoKey = 16,

    /// <summary>The manifest is none of ours.</summary>
    Manifest = 17,

    /// <summary>The backend no longer has it.</summary>
    Withdrawn = 18,

    /// <summary>The box has no memory for it, not even after a reboot.</summary>
    Memory = 19,

    /// <summary>The image is below the floor of the fleet.</summary>
    Floor = 20,

    /// <summary>Another image was flashed over the one on trial, over serial: that one stays.</summary>
    Replaced = 21,
}

/// <summary>The end of an update that the backend has not been told yet. The numbers are stored: they must not change.</summary>
public enum OtaResult
{
    /// <summary>It knows all there is to know.</summary>
    None = 0,

    /// <summary>The new image was confirmed.</summary>
    Success = 1,

    /// <summary>The old image is back.</summary>
    RolledBack = 2,

    /// <summary>It came to nothing.</summary>
    Failed = 3,
}

/// <summary>The words for states, reasons and results on the wire.</summary>
public static class OtaWords
{
    /// <summary>How many states there are.</summary>
    public const int StateCount = (int)OtaState.Failed + 1;

    /// <summary>How many reasons there are.</summary>
    public const int ReasonCount = (int)OtaReason.Replaced + 1;

    /// <summary>How many results there are.</summary>
    public const int ResultCount = (int)OtaResult.Failed + 1;

    /// <summary>Gives the word of a state.</summary>
    /// <param name="state">The state.</param>
    /// <returns>ASCII.</returns>
    public static string Of(OtaState state)
    {
        switch (state)
        {
            case OtaState.Offered:
                return "offered";
            case OtaState.Downloading:
                return "downloading";
            case OtaState.Verifying:
                return "verifying";
            case OtaState.Applying:
                return "applying";
            case OtaState.Staged:
                return "staged";
            case OtaState.Trial:
                return "trial";
            case OtaState.Confirmed:
                return "confirmed";
            case OtaState.RolledBack:
                return "rolled_back";
            case OtaState.Failed:
                return "failed";
            default:
                return "idle";
        }
    }

    /// <summary>Gives the word of a reason.</summary>
    /// <param name="reason">The reason.</param>
    /// <returns>ASCII; empty for none.</returns>
    public static string Of(OtaReason reason)
    {
        switch (reason)
        {
            case OtaReason.Requested:
                return "requested";
            case OtaReason.NoSend:
                return "no_send";
            case OtaReason.TrialBoots:
                return "trial_boots";
            case OtaReason.Signature:
                return "signature";
            case OtaReason.Hardware:
                return "hardware";
            case OtaReason.Native:
                return "native";
            case OtaReason.Sequence:
                return "sequence";
            case OtaReason.Base:
                return "base";
            case OtaReason.Size:
                return "size";
            case OtaReason.PatchHash:
                return "patch_hash";
            case OtaReason.ImageHash:
                return "image_hash";
            case OtaReason.BadPatch:
                return "bad_patch";
            case OtaReason.Flash:
                return "flash";
            case OtaReason.Refused:
                return "refused";
            case OtaReason.Previous:
                return "previous";
            case OtaReason.NoKey:
                return "no_key";
            case OtaReason.Manifest:
                return "manifest";
            case OtaReason.Withdrawn:
                return "withdrawn";
            case OtaReason.Memory:
                return "memory";
            case OtaReason.Floor:
                return "floor";
            case OtaReason.Replaced:
                return "replaced";
            default:
                return "";
        }
    }

    /// <summary>Gives the word of a result.</summary>
    /// <param name="result">The result.</param>
    /// <returns>ASCII; empty for none.</returns>
    public static string Of(OtaResult result)
    {
        switch (result)
        {
            case OtaResult.Success:
                return "success";
            case OtaResult.RolledBack:
                return "rolled_back";
            case OtaResult.Failed:
                return "failed";
            default:
                return "";
        }
    }
}
