using System.Text.Json.Serialization;

using JamBox.Backend.Devices;
using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Deployments;

/// <summary>Keys of gateways: made here, or brought from the server that they had before.</summary>
internal static class GatewayKeyEndpoints
{
    /// <summary>The route table.</summary>
    public static void MapGatewayKeys(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder admins = routes.MapFor(Role.Admin);
        admins.WithTags("Deployments");
        admins.MapPost("/gateways/{gateway}/key", MakeKey).WithName("MakeGatewayKey").TakesPath(GatewayText.Parameter)
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        admins.MapPut("/gateways/{gateway}/key", PutKey).WithName("PutGatewayKey").TakesPath(GatewayText.Parameter)
            .TakesBody(GatewayKeyChange.Fields, """{"key":"rv_2f7c1c0e9b5a4f3d8e6a7b90c1d2e3f4"}""")
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
    }

    /// <summary>Makes a key of a gateway and shows it, once. The old one is good until the new one is first used.</summary>
    internal static async Task<Results<Ok<GatewayKey>, ProblemHttpResult>> MakeKey(
        HttpContext http, string gateway, Store store, ISecretSource secrets, DeviceGate gate, TimeProvider clock)
    {
        string key = Token.NewFor(DeviceKind.Gateway, secrets);
        Refusal? refusal = await store.WriteAsync(
            (gateway, Token.Hash(key), Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), GatewayKeySql.Offer)
            .ConfigureAwait(false);
        gate.Invalidate();
        return refusal is not null ? refusal.ToProblem() : TypedResults.Ok(new GatewayKey(
            gateway, key, "Keep the key: it is shown only this once. The old one is good until this one is first used."));
    }

    /// <summary>
    /// Takes the key that a gateway has from the server before: the computer there need not be touched. Only its hash is kept; the old one
    /// is good until this one is first used.
    /// </summary>
    internal static async Task<Results<Ok<GatewayKey>, ProblemHttpResult>> PutKey(
        HttpContext http, string gateway, Store store, DeviceGate gate, TimeProvider clock)
    {
        (GatewayKeyChange change, ProblemHttpResult? problem) = await AdminBody.ReadAsync(http.Request, GatewayKeyChange.Fields)
            .ConfigureAwait(false);
        problem ??= change.FindFault() is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        if (problem is not null)
        {
            return problem;
        }

        Refusal? refusal = await store.WriteAsync(
            (gateway, Token.Hash(change.Key!), Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), GatewayKeySql.Offer)
            .ConfigureAwait(false);
        gate.Invalidate();
        return refusal is not null ? refusal.ToProblem() : TypedResults.Ok(new GatewayKey(
            gateway, null, "The key is taken. The one before is good until this one is first used."));
    }
}

/// <summary>The SQL of keys of gateways.</summary>
internal static class GatewayKeySql
{
    /// <summary>Puts a key beside the one that a gateway has.</summary>
    public static Refusal? Offer(SqlSession session, (string Gateway, string Hash, string Who, long At) change)
    {
        if (DeviceSql.KindOf(session, change.Gateway) != DeviceKind.Gateway)
        {
            return GatewayText.Unknown;
        }

        if (PlacementSql.FindFault(session, change.Gateway) is { } retired)
        {
            return retired;
        }

        // A key that opens two doors would open the wrong one.
        using (SqlStatement row = session.Query(
            """
            SELECT 1 FROM devices WHERE (token_hash = $1 OR next_token_hash = $1) AND device_id <> $2
            UNION ALL SELECT 1 FROM api_keys WHERE key_hash = $1
            """, change.Hash, change.Gateway))
        {
            if (row.Read())
            {
                return Refusal.Conflict("key: is another device's or a person's already; each gateway needs one of its own");
            }
        }

        return TokenSql.Offer(session, (change.Gateway, change.Hash, change.Who, change.At)) ? null : GatewayText.Unknown;
    }
}

/// <summary>A key that a gateway has already.</summary>
internal sealed class GatewayKeyChange
{
    /// <summary>A shorter key can be guessed.</summary>
    private const int MinChars = 16;

    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<GatewayKeyChange> Fields = new(
        new LongTextField<GatewayKeyChange>("key", Token.MaxChars, static (c, v) => c.Key = v) { IsRequired = true });

    /// <summary>16 to 256 visible ASCII characters, no blanks.</summary>
    [JsonPropertyName("key")]
    public string? Key { get; set; }

    /// <summary>What is wrong; null = nothing.</summary>
    public string? FindFault() =>
        Key is { Length: >= MinChars } key && key.All(static c => c is > ' ' and <= '~')
            ? null
            : "key: must be 16 to 256 visible characters (ASCII) without blanks, as it stands in the gateway's settings";
}

/// <summary>The key of a gateway.</summary>
/// <param name="Gateway">The gateway.</param>
/// <param name="Key">The key; null = it was brought.</param>
/// <param name="Message">What to do now.</param>
internal sealed record GatewayKey(
    [property: JsonPropertyName("gateway")] string Gateway,
    [property: JsonPropertyName("key")] string? Key,
    [property: JsonPropertyName("message")] string Message);
