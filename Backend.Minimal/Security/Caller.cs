namespace JamBox.Backend.Security;

/// <summary>Who sends an admin or portal request: a named key.</summary>
/// <param name="Name">Name of the key; it goes into the audit log.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Places">The places that it may see; null = all.</param>
internal sealed record Caller(string Name, Role Role, IReadOnlyList<string>? Places)
{
    /// <summary>For SQL: the key's name when it is limited to places, else null. See <see cref="ScopeSql"/>.</summary>
    public string? Scope => Places is null ? null : Name;

    /// <summary>The condition that limits a query to a caller's devices; the parameter is <see cref="Scope"/>.</summary>
    /// <param name="column">The column with the device's id.</param>
    /// <param name="parameter">Such as <c>$4</c>.</param>
    /// <param name="of">The column of devices that it holds: <c>id</c> for a <c>device_key</c>.</param>
    public static string ScopeSql(string column, string parameter, string of = "device_id") =>
        $"({parameter} IS NULL OR {column} IN (SELECT {of} FROM devices WHERE location_name IN (SELECT place FROM api_key_places WHERE name = {parameter})))";

    /// <summary>The caller of this request; set by <see cref="ApiKeyHandler"/>.</summary>
    public static Caller Of(HttpContext http) => http.Features.Get<Caller>() ?? throw new InvalidOperationException("Not behind the gate.");

    /// <summary>Whether a place is this caller's.</summary>
    public bool Sees(string? place) => Places is null || (place is not null && Places.Contains(place));
}

/// <summary>What a key may do; each may what the ones before it may.</summary>
internal enum Role
{
    /// <summary>Look.</summary>
    Viewer,

    /// <summary>Look after the boxes: commands, configuration, places, PINs, alerts.</summary>
    Operator,

    /// <summary>Everything: devices, tokens, keys, releases, import, backup, audit.</summary>
    Admin,
}
