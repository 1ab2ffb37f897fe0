namespace JamBox.Edge.Modules;

/// <summary>A module behind this gateway, as its list says.</summary>
/// <param name="Hostname">Its name in the network, <c>esp32-XXXXXX</c>: letters, digits and hyphens, at most 63.</param>
/// <param name="Type">Which image it takes: the name of a folder in packages.</param>
/// <param name="DisplayName">The type as people call it; may be null.</param>
/// <param name="Name">The module as people call it; may be null.</param>
/// <param name="Enabled">Whether deployments reach it.</param>
/// <param name="Address">Its address when it is not to be looked up by name: an IP address or a name; may be null.</param>
/// <param name="IsWired">Whether it takes the images of <c>firmware/wired</c>; else those of <c>firmware/wireless</c>.</param>
public sealed record ModuleEntry(
    string Hostname, string Type, string? DisplayName, string? Name, bool Enabled, string? Address, bool IsWired)
{
    /// <summary>The word of packages for how it is connected.</summary>
    public string Connection => IsWired ? "wired" : "wireless";

    /// <summary>How it is called in messages: by its name and its hostname.</summary>
    public string Shown => string.IsNullOrEmpty(Name) ? Hostname : $"{Name} ({Hostname})";
}

/// <summary>The list of modules behind this gateway.</summary>
public interface IModuleList
{
    /// <summary>The list as the server last gave it; from the last one stored while the server is away.</summary>
    /// <param name="cancel">Ends the wait.</param>
    Task<IReadOnlyList<ModuleEntry>> ListAsync(CancellationToken cancel);
}
