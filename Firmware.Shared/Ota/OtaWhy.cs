namespace JamBox.Ota;

/// <summary>Why an update failed or was rolled back. The numbers are stored: they must not change. <see cref="OtaWords"/> has the words.</summary>
public enum OtaWhy
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
}
