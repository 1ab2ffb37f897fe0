namespace JamBox.Interop;

/// <summary>Why an installation was refused, rolled back or failed. The numbers are those in flash.</summary>
public enum BootReason
{
    /// <summary>No reason: all is well.</summary>
    None = 0,

    /// <summary>Asked for by the backend or an operator.</summary>
    Requested = 1,

    /// <summary>The trial ended without a successful send (the loop's decision: 24 h).</summary>
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
