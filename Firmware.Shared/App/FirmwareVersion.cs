namespace JamBox.App;

/// <summary>The version of this firmware, as every reading and heartbeat names it.</summary>
public static class FirmwareVersion
{
    /// <summary>Major.minor.patch, at most 15 characters (the predecessor's buffer). The predecessor ended at 5.5.</summary>
    public const string Text = "6.0.0";
}
