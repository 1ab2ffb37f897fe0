using JamBox.Text;

namespace JamBox.Ota;

/// <summary>The words for states, reasons and results on the wire.</summary>
public static class OtaWords
{
    // In the order of OtaState.
    private static readonly byte[][] s_states =
    [
        Ascii.Bytes("idle"), Ascii.Bytes("offered"), Ascii.Bytes("downloading"), Ascii.Bytes("verifying"), Ascii.Bytes("applying"),
        Ascii.Bytes("staged"), Ascii.Bytes("trial"), Ascii.Bytes("confirmed"), Ascii.Bytes("rolled_back"), Ascii.Bytes("failed"),
    ];

    // In the order of OtaWhy.
    private static readonly byte[][] s_reasons =
    [
        Ascii.Bytes(string.Empty), Ascii.Bytes("requested"), Ascii.Bytes("no_send"), Ascii.Bytes("trial_boots"), Ascii.Bytes("signature"),
        Ascii.Bytes("hardware"), Ascii.Bytes("native"), Ascii.Bytes("sequence"), Ascii.Bytes("base"), Ascii.Bytes("size"),
        Ascii.Bytes("patch_hash"), Ascii.Bytes("image_hash"), Ascii.Bytes("bad_patch"), Ascii.Bytes("flash"), Ascii.Bytes("refused"),
        Ascii.Bytes("previous"), Ascii.Bytes("no_key"), Ascii.Bytes("manifest"), Ascii.Bytes("withdrawn"),
    ];

    // In the order of OtaResult.
    private static readonly byte[][] s_results =
    [
        Ascii.Bytes(string.Empty), Ascii.Bytes("success"), Ascii.Bytes("rolled_back"), Ascii.Bytes("failed"),
    ];

    /// <summary>Gets how many states there are.</summary>
    public static int StateCount => s_states.Length;

    /// <summary>Gets how many reasons there are.</summary>
    public static int ReasonCount => s_reasons.Length;

    /// <summary>Gets how many results there are.</summary>
    public static int ResultCount => s_results.Length;

    /// <summary>Gives the word of a state.</summary>
    /// <param name="state">The state.</param>
    /// <returns>ASCII.</returns>
    public static byte[] Of(OtaState state)
    {
        return s_states[(int)state];
    }

    /// <summary>Gives the word of a reason.</summary>
    /// <param name="why">The reason.</param>
    /// <returns>ASCII; empty for none.</returns>
    public static byte[] Of(OtaWhy why)
    {
        return s_reasons[(int)why];
    }

    /// <summary>Gives the word of a result.</summary>
    /// <param name="result">The result.</param>
    /// <returns>ASCII; empty for none.</returns>
    public static byte[] Of(OtaResult result)
    {
        return s_results[(int)result];
    }
}
