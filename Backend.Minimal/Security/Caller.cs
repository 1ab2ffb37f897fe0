namespace JamBox.Backend.Security;

/// <summary>
/// Who sends a request, key or user, and the one place that decides what they may: every endpoint of people names a role
/// (<see cref="AdminGate.MapFor"/>), and every query about a device or a place is limited by <see cref="Scope"/>.
/// </summary>
/// <param name="Name">Name of the key or address of the user; it goes into the audit log.</param>
/// <param name="Principal"><c>key NAME</c> or <c>user ID</c>: whose grants these are.</param>
/// <param name="Grants">What they may, and where.</param>
/// <param name="Asked">The role that the endpoint asks for.</param>
internal sealed record Caller(string Name, string Principal, IReadOnlyList<Grant> Grants, Role Asked)
{
    /// <summary>The user's id; null for a key.</summary>
    public long? UserId { get; init; }

    /// <summary>The device, where devices may call too, and it is one; it has no grants.</summary>
    public DeviceIdentity? Device { get; init; }

    /// <summary>Whose firmware the caller may have, or upload.</summary>
    public FirmwareLimits Firmware { get; init; } = FirmwareLimits.None;

    /// <summary>For SQL: null when the caller may do what the endpoint does everywhere, else what <see cref="ScopeSql"/> takes.</summary>
    public string? Scope => ScopeAs(Asked);

    /// <summary>The same for another role than the endpoint asks for: where the endpoint is for whoever is signed in.</summary>
    /// <param name="role">The role.</param>
    public string? ScopeAs(Role role) => MayEverywhere(role) ? null : ScopeOf(Principal, role);

    /// <summary>The caller of this request; set by <see cref="CallerHandler"/>.</summary>
    public static Caller Of(HttpContext http) => http.Features.Get<Caller>() ?? throw new InvalidOperationException("Not behind the gate.");

    /// <summary>The row of <c>scopes</c> that says where a principal may act as a role.</summary>
    public static string ScopeOf(string principal, Role role) => $"{principal} {role}";

    /// <summary>Limits a query to devices that stand at a place of the caller's now.</summary>
    /// <param name="column">The column with the device's id.</param>
    /// <param name="parameter">Such as <c>$4</c>; its value is <see cref="Scope"/>.</param>
    /// <param name="of">The column of devices that it holds: <c>id</c> for a <c>device_key</c>.</param>
    public static string ScopeSql(string column, string parameter, string of = "device_id") =>
        $"({parameter} IS NULL OR {column} IN (SELECT {of} FROM devices WHERE place_id IN (SELECT place_id FROM scopes WHERE scope = {parameter})))";

    /// <summary>Limits a query to what happened while the device stood at a place of the caller's.</summary>
    /// <param name="column">The column with the device's id.</param>
    /// <param name="time">The column that says when, milliseconds since 1970.</param>
    /// <param name="parameter">Such as <c>$4</c>; its value is <see cref="Scope"/>.</param>
    public static string ScopeAtSql(string column, string time, string parameter) => $"""
        ({parameter} IS NULL OR EXISTS (SELECT 1 FROM place_devices stood WHERE stood.device_id = {column} AND stood.from_at <= {time}
            AND (stood.to_at IS NULL OR stood.to_at > {time})
                AND stood.place_id IN (SELECT place_id FROM scopes WHERE scope = {parameter})))
        """;

    /// <summary>Limits a query to places of the caller's.</summary>
    /// <param name="column">The column with the place's id.</param>
    /// <param name="parameter">Such as <c>$4</c>; its value is <see cref="Scope"/>.</param>
    public static string ScopePlaceSql(string column, string parameter) =>
        $"({parameter} IS NULL OR {column} IN (SELECT place_id FROM scopes WHERE scope = {parameter}))";

    /// <summary>Whether the caller may act as a role somewhere at least.</summary>
    public bool May(Role role) =>
        (role == Role.Downloader && Firmware.IsOwn) || Grants.Any(grant => Roles.Includes(grant.Role, role, grant.PlaceId is null));

    /// <summary>
    /// Whether the caller may upload or download the firmware of a product for a platform: an admin all of it, a key with that role what it
    /// was made for, a user the platforms that an admin has named, a device what is for it.
    /// </summary>
    /// <param name="role">Uploader or downloader.</param>
    /// <param name="product">The product.</param>
    /// <param name="platform">The canonical name of the platform.</param>
    public bool MayHaveFirmware(Role role, string product, string platform) =>
        MayEverywhere(Role.Admin) || (May(role) && Firmware.Hold(product, platform));

    /// <summary>Whether the caller may act as a role at every place.</summary>
    public bool MayEverywhere(Role role) =>
        Grants.Any(grant => grant.PlaceId is null && Roles.Includes(grant.Role, role, everywhere: true));

    /// <summary>Whether the caller may act as a role at a place.</summary>
    public bool MayAt(Role role, long placeId) =>
        Grants.Any(grant => (grant.PlaceId is null || grant.PlaceId == placeId) && Roles.Includes(grant.Role, role, grant.PlaceId is null));
}
