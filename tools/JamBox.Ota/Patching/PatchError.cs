namespace JamBox.Ota.Patching;

/// <summary>Why a patch was refused.</summary>
public enum PatchError
{
    /// <summary>It was applied.</summary>
    None,

    /// <summary>The patch ends before the image does.</summary>
    Truncated,

    /// <summary>Not a sequential patch with a compression of ours, or its compression's header is not one of ours.</summary>
    UnknownFormat,

    /// <summary>The esp header names another base.</summary>
    WrongBase,

    /// <summary>The image would be larger than allowed.</summary>
    TooLarge,

    /// <summary>A number has more than five bytes, or more than 31 bits.</summary>
    BadNumber,

    /// <summary>The patch wants a data format transformation.</summary>
    DataFormat,

    /// <summary>A length is negative, or goes past the end of the image.</summary>
    BadLength,

    /// <summary>It reads outside the base.</summary>
    OutsideBase,

    /// <summary>More than <see cref="PatchFormat.MaxEmptyRecords"/> records in a row make nothing.</summary>
    NoProgress,

    /// <summary>The compressed stream is damaged.</summary>
    BadStream,

    /// <summary>Something follows the end.</summary>
    TrailingData,

    /// <summary>The map of references has too many steps, or steps or groups that do not follow on each other.</summary>
    BadMap,
}
