namespace JamBox.Ota;

/// <summary>The words for states, reasons and results on the wire.</summary>
public static class OtaWords
{
    /// <summary>How many states there are.</summary>
    public const int StateCount = (int)OtaState.Failed + 1;

    /// <summary>How many reasons there are.</summary>
    public const int ReasonCount = (int)OtaWhy.Memory + 1;

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
    /// <param name="why">The reason.</param>
    /// <returns>ASCII; empty for none.</returns>
    public static string Of(OtaWhy why)
    {
        switch (why)
        {
            case OtaWhy.Requested:
                return "requested";
            case OtaWhy.NoSend:
                return "no_send";
            case OtaWhy.TrialBoots:
                return "trial_boots";
            case OtaWhy.Signature:
                return "signature";
            case OtaWhy.Hardware:
                return "hardware";
            case OtaWhy.Native:
                return "native";
            case OtaWhy.Sequence:
                return "sequence";
            case OtaWhy.Base:
                return "base";
            case OtaWhy.Size:
                return "size";
            case OtaWhy.PatchHash:
                return "patch_hash";
            case OtaWhy.ImageHash:
                return "image_hash";
            case OtaWhy.BadPatch:
                return "bad_patch";
            case OtaWhy.Flash:
                return "flash";
            case OtaWhy.Refused:
                return "refused";
            case OtaWhy.Previous:
                return "previous";
            case OtaWhy.NoKey:
                return "no_key";
            case OtaWhy.Manifest:
                return "manifest";
            case OtaWhy.Withdrawn:
                return "withdrawn";
            case OtaWhy.Memory:
                return "memory";
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
