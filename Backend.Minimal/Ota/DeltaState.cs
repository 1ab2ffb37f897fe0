namespace JamBox.Backend.Ota;

/// <summary>The names of a patch's states, as they are stored and shown.</summary>
internal static class DeltaState
{
    /// <summary>It is to be made.</summary>
    public const string Waiting = "waiting";

    /// <summary>It is being made.</summary>
    public const string Making = "making";

    /// <summary>It was made, applied and compared.</summary>
    public const string Ready = "ready";

    /// <summary>It is not smaller than the full image, which is offered instead.</summary>
    public const string Useless = "useless";

    /// <summary>It could not be made; the full image is offered instead.</summary>
    public const string Failed = "failed";
}
