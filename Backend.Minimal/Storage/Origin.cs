namespace JamBox.Backend.Storage;

/// <summary>
/// From where the change comes that is being asked for: the address of a person or tool, for the audit log. It flows with the request, so
/// that no feature has to hand it on, and none can forget it.
/// </summary>
internal static class Origin
{
    private static readonly AsyncLocal<string?> s_address = new();

    /// <summary>The address; null for devices, jobs and the start.</summary>
    public static string? Address
    {
        get => s_address.Value;
        set => s_address.Value = value;
    }
}
