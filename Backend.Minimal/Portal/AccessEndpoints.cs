using System.Globalization;
using System.Text.Json.Serialization;

using JamBox.Backend.Firmware;
using JamBox.Backend.Notifications;
using JamBox.Backend.People;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.Portal;

/// <summary>What a page must know before it can show anything: who looks at it, what they may, and what this server can do.</summary>
internal static class AccessEndpoints
{
    private static readonly string[] s_allPlatforms = ["*"];

    /// <summary>The route table.</summary>
    public static void MapAccess(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder anybody = routes.MapGroup("/api");
        anybody.WithTags("People");
        anybody.ForAnybody();
        anybody.MapGet("/access", GetAccess).WithName("GetAccess").Refuses(
            StatusCodes.Status401Unauthorized, StatusCodes.Status429TooManyRequests);
    }

    /// <summary>
    /// Says who asks, by key or session, what they may, and what must be known before signing in. Nobody known is no error.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="parts">What is looked at.</param>
    internal static async Task<Results<Ok<Access>, ProblemHttpResult>> GetAccess(HttpContext http, [AsParameters] AccessParts parts)
    {
        http.Response.Headers.CacheControl = "no-store";
        Caller? caller = await parts.Watch.FindAsync(http).ConfigureAwait(false);
        int? wait = caller is not null ? parts.Limits.TryAcquireAdmin(caller.Name)
            : http.Request.Headers.ContainsKey(HeaderNames.Authorization) ? parts.Limits.TryAcquireFailure(http)
            : null;
        if (wait is { } seconds)
        {
            http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
            return AdminProblem.Of(StatusCodes.Status429TooManyRequests, "Rate limit exceeded: wait as Retry-After says");
        }

        if (caller is null && http.Request.Headers.ContainsKey(HeaderNames.Authorization))
        {
            return AdminProblem.Of(StatusCodes.Status401Unauthorized, "Invalid admin key");
        }

        (bool hasUsers, bool hasThings, bool hasGateways) = await parts.Store.ReadAsync(
            (IsKnown: caller is not null, Scope: caller?.ScopeAs(Role.Viewer)), AccessSql.Look).ConfigureAwait(false);
        bool hasTiles = !string.IsNullOrEmpty(parts.Portal.TileUrl);
        return TypedResults.Ok(new Access(
            caller?.Name, caller is null ? null : caller.UserId is null ? "key" : "user", caller?.UserId,
            [.. (caller?.Grants ?? []).Select(GrantRow.Of)], !hasUsers, parts.SignIn.IsSafeWay(http.Request),
            parts.Mail.SmtpHost is not null && parts.People.Address is not null, parts.Mail.SmtpHost is not null,
            hasTiles ? parts.Portal.TileUrl : null, hasTiles ? parts.Portal.TileAttribution : null,
            caller?.Firmware is { IsOwn: true } firmware ? firmware.Platforms ?? s_allPlatforms : [],
            parts.Mirror.Address is not null, hasThings, hasGateways));
    }
}

/// <summary>The SQL of what the portal must know before it shows anything.</summary>
internal static class AccessSql
{
    private static readonly string s_hasThings =
        $"SELECT 1 FROM devices d WHERE d.kind <> 'box' AND d.retired_at IS NULL AND {Caller.ScopeSql("d.device_id", "$1")} LIMIT 1";

    private static readonly string s_hasGateways =
        $"SELECT 1 FROM devices d WHERE d.kind = 'gateway' AND d.retired_at IS NULL AND {Caller.ScopeSql("d.device_id", "$1")} LIMIT 1";

    /// <summary>Whether there is a user, a thing or gateway that the caller sees, and a gateway among them.</summary>
    public static (bool HasUsers, bool HasThings, bool HasGateways) Look(SqlSession session, (bool IsKnown, string? Scope) who)
    {
        bool hasThings = who.IsKnown && Has(session, s_hasThings, who.Scope);
        return (HasUsers(session), hasThings, hasThings && Has(session, s_hasGateways, who.Scope));
    }

    private static bool HasUsers(SqlSession session)
    {
        using SqlStatement row = session.Query("SELECT 1 FROM users LIMIT 1");
        return row.Read();
    }

    private static bool Has(SqlSession session, string sql, string? scope)
    {
        using SqlStatement row = session.Query(sql, scope);
        return row.Read();
    }
}

/// <summary>What is looked at.</summary>
/// <param name="Watch">Who asks.</param>
/// <param name="Limits">How often.</param>
/// <param name="Store">The storage.</param>
/// <param name="SignIn">Whether a password may come this way.</param>
/// <param name="Portal">Settings of the portal.</param>
/// <param name="People">Settings of people.</param>
/// <param name="Mail">Settings of mail.</param>
/// <param name="Mirror">Settings of the mirror.</param>
internal sealed record AccessParts(
    [FromServices] AccessWatch Watch, [FromServices] RateLimits Limits, [FromServices] Store Store, [FromServices] SignIn SignIn,
    [FromServices] PortalOptions Portal, [FromServices] PeopleOptions People, [FromServices] NotificationOptions Mail,
    [FromServices] MirrorOptions Mirror);

/// <summary>Who looks at the portal, and what it must know before it shows anything.</summary>
/// <param name="Name">Name of the key or address of the user; null = nobody known.</param>
/// <param name="Kind">key or user; null = nobody known.</param>
/// <param name="UserId">The user's id; null for a key.</param>
/// <param name="Grants">What they may, and where.</param>
/// <param name="FirstRun">Whether there is no user yet: the first one is made with the first key.</param>
/// <param name="SafeWay">
/// Whether a password may come the way this request came: over TLS, from this machine, or where it was allowed.
/// </param>
/// <param name="Mail">Whether this server mails links: invitations, forgotten passwords.</param>
/// <param name="NotificationMail">Whether this server mails what users chose to be told by mail.</param>
/// <param name="TileUrl">Where map tiles come from; null = nowhere.</param>
/// <param name="TileAttribution">Whose they are.</param>
/// <param name="Platforms">
/// Platforms whose firmware a user may download; * = all. An admin may download all of it without being named here.
/// </param>
/// <param name="Mirror">Whether this server takes its firmware for things from another one: then none is uploaded here.</param>
/// <param name="Things">Whether a thing or a gateway stands at a place that they see.</param>
/// <param name="Gateways">Whether a gateway is among them.</param>
internal sealed record Access(
    [property: JsonPropertyName("name")] string? Name,
    [property: JsonPropertyName("kind"), Words("key", "user")] string? Kind,
    [property: JsonPropertyName("user_id")] long? UserId,
    [property: JsonPropertyName("grants")] IReadOnlyList<GrantRow> Grants,
    [property: JsonPropertyName("first_run")] bool FirstRun,
    [property: JsonPropertyName("safe_way")] bool SafeWay,
    [property: JsonPropertyName("mail")] bool Mail,
    [property: JsonPropertyName("notification_mail")] bool NotificationMail,
    [property: JsonPropertyName("tile_url")] string? TileUrl,
    [property: JsonPropertyName("tile_attribution")] string? TileAttribution,
    [property: JsonPropertyName("platforms")] IReadOnlyList<string> Platforms,
    [property: JsonPropertyName("mirror")] bool Mirror,
    [property: JsonPropertyName("things")] bool Things,
    [property: JsonPropertyName("gateways")] bool Gateways);

/// <summary>Serializers of what the portal asks first, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(Access))]
internal sealed partial class AccessJson : JsonSerializerContext;
