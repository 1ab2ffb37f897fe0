using System.Text.Json.Serialization;
using System.Text.RegularExpressions;

using JamBox.Backend.Firmware;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Security;

/// <summary>What an admin sends to make a key.</summary>
internal sealed partial class ApiKeyRequest
{
    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<ApiKeyRequest> Fields = new(
        new TextField<ApiKeyRequest>("name", static (r, v) => r.Name = v) { IsRequired = true, Pattern = "^[A-Za-z0-9 ._-]{1,40}$" },
        new TextField<ApiKeyRequest>("role", Roles.Names, static (r, v) => r.Role = v) { IsRequired = true },
        new NumbersField<ApiKeyRequest>("places", 1, int.MaxValue, static (r, v) => r.Places = v) { IsNullRefused = true },
        new BoolField<ApiKeyRequest>("everywhere", static (r, v) => r.IsEverywhere = v),
        new ListField<ApiKeyRequest>("products", MaxLimits, static (r, v) => r.Products = v) { IsNullRefused = true },
        new ListField<ApiKeyRequest>("platforms", MaxLimits, static (r, v) => r.Platforms = v) { IsNullRefused = true });

    /// <summary>Products, and platforms, that a key may be limited to.</summary>
    private const int MaxLimits = 20;

    /// <summary>Who else is named in the audit log and in histories: keys of the server's own, its jobs, gateways by themselves.</summary>
    private static readonly HashSet<string> s_own = new(
        [
            ApiKeys.ConfiguredKeyName, ApiKeys.FirstKeyName, FirstKey.Who, Geolocation.GeolocationJob.QueueName, "migration", "server",
            "import", Deployments.DeploymentIntake.ByItself,
        ],
        StringComparer.OrdinalIgnoreCase);

    /// <summary>Its name: 1 to 40 of A-Z, a-z, 0-9, blank, dot, underscore, hyphen.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; set; }

    /// <summary>viewer, operator, admin, owner, maker, uploader or downloader.</summary>
    [JsonPropertyName("role")]
    public string? Role { get; set; }

    /// <summary>The ids of the places that it is for; absent = all. (An admin of some places is their operator.)</summary>
    [JsonPropertyName("places")]
    public IReadOnlyList<int>? Places { get; set; }

    /// <summary>Whether it is for all places, which it is as well when nothing is said; not together with places.</summary>
    [JsonPropertyName("everywhere")]
    public bool IsEverywhere { get; set; }

    /// <summary>The products whose firmware an uploader or downloader is for; absent = all.</summary>
    [JsonPropertyName("products")]
    public IReadOnlyList<string>? Products { get; set; }

    /// <summary>The platforms whose firmware an uploader or downloader is for; absent = all.</summary>
    [JsonPropertyName("platforms")]
    public IReadOnlyList<string>? Platforms { get; set; }

    /// <summary>Checks what the fields alone cannot. A name that looks like a device or a user would lie in the audit log.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? FindFault() =>
        Name is null || Role is null ? "name and role are required"
        : !NameRule().IsMatch(Name) || Name.Trim().Length < Name.Length || Name is "." or ".."
            ? "name: must be 1 to 40 of A-Z, a-z, 0-9, blank, dot, underscore and hyphen, and not be . or .."
        : OthersLike().IsMatch(Name) ? "name: looks like a device, a user or another key"
        : s_own.Contains(Name) ? "name: this one is the server's own"
        : Places is null && Role == "owner" ? "places: an owner is one of named places"
        : Places is not null && IsEverywhere ? "everywhere: not together with places"
        : Places is not null && Role is "maker" or "uploader" or "downloader" ? $"places: a {Role} is of no place"
        : (Products ?? Platforms) is not null && Role is not ("uploader" or "downloader")
        ? "products, platforms: are for an uploader or a downloader"
        : Products?.Count == 0 || Products?.All(FirmwareText.IsProduct) == false ? FirmwareText.ProductRule
        : Platforms?.Count == 0 || Platforms?.All(FirmwareText.IsName) == false ? "platforms: must be names such as esp32c3"
        : null;

    /// <summary>Which firmware the key is for.</summary>
    public FirmwareLimits Limits() => new(Products, Platforms, IsOwn: false);

    /// <summary>What the key may do.</summary>
    public IReadOnlyList<Grant> Grants() => new GrantChange(Enum.Parse<Role>(Role!, ignoreCase: true), Places, IsEverywhere).OfNew();

    [GeneratedRegex(@"^[A-Za-z0-9 ._-]{1,40}\z")]
    private static partial Regex NameRule();

    /// <summary>What the audit log calls devices, users and keys: <c>device JBNB0001</c>, <c>pin of JBNB0001</c>, <c>user 1</c>.</summary>
    [GeneratedRegex(@"^((device|user|key|place|pin of)\b|JBNB\d|[A-Z]{2}-\d{2}[A-L]\d{2}-)", RegexOptions.IgnoreCase)]
    private static partial Regex OthersLike();
}

/// <summary>A key as <c>GET /api/keys</c> lists it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Role">viewer, operator, admin, owner, maker, uploader or downloader.</param>
/// <param name="Places">The ids of the places that it is for; null = all.</param>
/// <param name="Products">The products whose firmware it is for; null = all.</param>
/// <param name="Platforms">The platforms whose firmware it is for; null = all.</param>
/// <param name="CreatedAt">When it was made.</param>
/// <param name="CreatedBy">By whom.</param>
/// <param name="LastUsedAt">When it was last used, to ten minutes; null = not since that is noted.</param>
internal sealed record ApiKeyRow(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("role"), Words(typeof(Role))] string Role,
    [property: JsonPropertyName("places")] IReadOnlyList<long>? Places,
    [property: JsonPropertyName("products")] IReadOnlyList<string>? Products,
    [property: JsonPropertyName("platforms")] IReadOnlyList<string>? Platforms,
    [property: JsonPropertyName("created_at")] DateTime CreatedAt,
    [property: JsonPropertyName("created_by")] string? CreatedBy,
    [property: JsonPropertyName("last_used_at")] DateTime? LastUsedAt);

/// <summary>A new key: the only time that it is shown.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Key">The key, 43 characters.</param>
internal sealed record CreatedApiKey(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("key")] string Key);

/// <summary>A key that is about to be made.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Grants">What it may do, and where.</param>
/// <param name="Hash">SHA-256 of the key, hex.</param>
/// <param name="CreatedBy">Who makes it.</param>
/// <param name="CreatedAt">Milliseconds since 1970.</param>
internal sealed record NewApiKey(string Name, IReadOnlyList<Grant> Grants, string Hash, string CreatedBy, long CreatedAt)
{
    /// <summary>Which firmware it is for.</summary>
    public FirmwareLimits Firmware { get; init; } = FirmwareLimits.None;
}

/// <summary>Serializers of keys and the audit log, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(ApiKeyRequest))]
[JsonSerializable(typeof(CreatedApiKey))]
[JsonSerializable(typeof(List<ApiKeyRow>))]
[JsonSerializable(typeof(List<AuditRow>))]
internal sealed partial class SecurityJson : JsonSerializerContext;
