using System.Text.Json.Serialization;

using JamBox.Backend.Wire;
using JamBox.Deployments;

namespace JamBox.Backend.Deployments;

/// <summary>How a module is connected: which of a package's images is for it.</summary>
internal static class ModuleConnection
{
    /// <summary>By a cable.</summary>
    public const string Wired = "wired";

    /// <summary>By radio.</summary>
    public const string Wireless = "wireless";

    /// <summary>Both.</summary>
    public static readonly string[] All = [Wired, Wireless];
}

/// <summary>A module behind a gateway.</summary>
/// <param name="Hostname">Its name in its network.</param>
/// <param name="Type">Which image it takes.</param>
/// <param name="DisplayName">What people call that type; the type itself where nobody has said.</param>
/// <param name="Name">What people call the module.</param>
/// <param name="Enabled">Whether deployments write to it.</param>
/// <param name="Address">Where it is; null = its name says it.</param>
/// <param name="Connection">wired or wireless.</param>
/// <param name="Version">The version that it was last seen with.</param>
/// <param name="VersionAt">When.</param>
internal sealed record ModuleRow(
    [property: JsonPropertyName("hostname")] string Hostname,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("displayName")] string DisplayName,
    [property: JsonPropertyName("name")] string? Name,
    [property: JsonPropertyName("enabled")] bool Enabled,
    [property: JsonPropertyName("address")] string? Address,
    [property: JsonPropertyName("connection"), Words(ModuleConnection.Wired, ModuleConnection.Wireless)] string Connection,
    [property: JsonPropertyName("version")] string? Version,
    [property: JsonPropertyName("versionAt")] DateTime? VersionAt);

/// <summary>The modules of a gateway, as it is told itself.</summary>
/// <param name="Modules">The modules, by name.</param>
internal sealed record ModulesOfGateway([property: JsonPropertyName("modules")] IReadOnlyList<ModuleOfGateway> Modules);

/// <summary>A module, as its gateway is told.</summary>
/// <param name="Hostname">Its name in its network.</param>
/// <param name="Type">Which image it takes.</param>
/// <param name="DisplayName">What people call that type.</param>
/// <param name="Name">What people call the module.</param>
/// <param name="Enabled">Whether deployments write to it.</param>
/// <param name="Address">Where it is; null = its name says it.</param>
/// <param name="Connection">wired or wireless.</param>
internal sealed record ModuleOfGateway(
    [property: JsonPropertyName("hostname")] string Hostname,
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("displayName")] string DisplayName,
    [property: JsonPropertyName("name")] string? Name,
    [property: JsonPropertyName("enabled")] bool Enabled,
    [property: JsonPropertyName("address")] string? Address,
    [property: JsonPropertyName("connection"), Words(ModuleConnection.Wired, ModuleConnection.Wireless)] string Connection);

/// <summary>What is to be known of a module; what is left out stays.</summary>
internal sealed class ModuleChange
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<ModuleChange> Fields = new(
        new TextField<ModuleChange>("type", static (c, v) => c.Type = v),
        new TextField<ModuleChange>("name", static (c, v) => c.Name = v) { MayBeEmpty = true },
        new BoolField<ModuleChange>("enabled", static (c, v) => c.Enabled = v),
        new LongTextField<ModuleChange>("address", ModuleName.MaxAddressLength, static (c, v) => c.Address = v),
        new TextField<ModuleChange>("connection", ModuleConnection.All, static (c, v) => c.Connection = v));

    /// <summary>Which image it takes: the name of a folder of the package. A new module needs it.</summary>
    [JsonPropertyName("type")]
    public string? Type { get; set; }

    /// <summary>What people call it, at most 64 characters; empty = nothing.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; set; }

    /// <summary>Whether deployments write to it; true unless said.</summary>
    [JsonPropertyName("enabled")]
    public bool? Enabled { get; set; }

    /// <summary>Where it is, where its name does not say it: an address or a name; empty = its name says it.</summary>
    [JsonPropertyName("address")]
    public string? Address { get; set; }

    /// <summary>wired or wireless; wireless unless said.</summary>
    [JsonPropertyName("connection")]
    public string? Connection { get; set; }

    /// <summary>What is wrong; null = nothing.</summary>
    /// <param name="isNew">Whether there is no such module yet.</param>
    public string? FindFault(bool isNew) =>
        Type is null && isNew ? "type: is required, such as power-control: the name of its folder in packages"
        : Type is not null && !ModuleName.IsType(Type) ? "type: " + ModuleName.TypeRule
        : Address is { Length: > 0 } && !ModuleName.IsAddress(Address)
            ? $"address: {ModuleName.AddressRule}; empty = none"
        : null;
}

/// <summary>What people call a type of modules.</summary>
/// <param name="Type">The type.</param>
/// <param name="DisplayName">Its name.</param>
internal sealed record ModuleType(
    [property: JsonPropertyName("type")] string Type,
    [property: JsonPropertyName("displayName")] string DisplayName);

/// <summary>A name for a type of modules.</summary>
internal sealed class ModuleTypeChange
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<ModuleTypeChange> Fields = new(
        new TextField<ModuleTypeChange>("displayName", static (c, v) => c.DisplayName = v) { IsRequired = true });

    /// <summary>At most 64 characters.</summary>
    [JsonPropertyName("displayName")]
    public string? DisplayName { get; set; }
}
