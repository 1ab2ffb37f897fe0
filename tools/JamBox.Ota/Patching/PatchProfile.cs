namespace JamBox.Ota.Patching;

/// <summary>The kinds of patch that a device can ask for by name. All but R are detools "sequential" containers.</summary>
public enum PatchProfile
{
    /// <summary>esp header and heatshrink 8/7: 0.5 KB of RAM to apply; real detools and esp_delta_ota apply it too.</summary>
    E,

    /// <summary>heatshrink 11/10 or 12/8, whichever is smaller: 2 or 4 KB of RAM to apply.</summary>
    H,

    /// <summary>LZMA-alone with a 4 KB dictionary and lc = lp = pb = 0: the smallest, some 8 KB of RAM to apply.</summary>
    L,

    /// <summary>
    /// L from a base whose references (places in heaps, numbers of methods, fields and types, in tables and in code) are numbered as in the
    /// new image: half of L, 3 KB of RAM more to apply.
    /// </summary>
    R,
}
