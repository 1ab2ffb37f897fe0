namespace JamBox.App;

/// <summary>The version of this firmware, as every reading and heartbeat names it, and its place among the releases.</summary>
public static class FirmwareVersion
{
    /// <summary>Major.minor.patch, at most 15 characters (the predecessor's buffer). The predecessor ended at 5.5.</summary>
    public const string Text = "6.0.0";

    /// <summary>1…2,147,483,647. It grows with every release for the same hardware: a box takes none that is not greater.</summary>
    public const int Sequence = 60000;
}
