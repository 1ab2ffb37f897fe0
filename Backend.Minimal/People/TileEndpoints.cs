using System.Text.Json.Serialization;

using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.People;

/// <summary>The values of things that a user has pinned: shown at the top of the list, before all others.</summary>
internal static class TileEndpoints
{
    /// <summary>The route table.</summary>
    public static void MapTiles(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder users = routes.MapForUsers();
        users.WithTags("People");
        users.MapGet("/tiles", GetTiles).WithName("GetTiles");
        users.MapPut("/tiles", PutTiles).WithName("PutTiles")
            .TakesBody(Tiles.Fields, """{"tiles":[{"device_id":"clock-hall","key":"temperature"}]}""")
            .Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>Lists what one has pinned, in one's own order. What has left one's places is not among it.</summary>
    internal static async Task<Ok<Tiles>> GetTiles(HttpContext http, Store store) =>
        TypedResults.Ok(new Tiles { Items = await store.ReadAsync(WhoseOf(http), TileSql.Of).ConfigureAwait(false) });

    /// <summary>
    /// Pins values, in the place of those that were pinned before. What has left one's places stays pinned where it was, and is there again
    /// when it is back. It changes nothing but what this user sees first, so the audit log has no line of it.
    /// </summary>
    internal static async Task<Results<Ok<Tiles>, ProblemHttpResult>> PutTiles(HttpContext http, Store store)
    {
        (Tiles wanted, ProblemHttpResult? problem) = await AdminBody.ReadAsync(http.Request, Tiles.Fields).ConfigureAwait(false);
        problem ??= wanted.FindFault() is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        if (problem is not null)
        {
            return problem;
        }

        (long userId, string? scope) = WhoseOf(http);
        Refusal? refusal = await store.WriteAsync((userId, scope, wanted.Items!), TileSql.Set).ConfigureAwait(false);
        return refusal is not null
            ? refusal.ToProblem()
            : TypedResults.Ok(new Tiles { Items = await store.ReadAsync((userId, scope), TileSql.Of).ConfigureAwait(false) });
    }

    private static (long UserId, string? Scope) WhoseOf(HttpContext http)
    {
        Caller caller = Caller.Of(http);
        return (caller.UserId!.Value, caller.ScopeAs(Role.Viewer));
    }
}

/// <summary>What a user has pinned.</summary>
internal sealed class Tiles
{
    /// <summary>Values that a user can pin.</summary>
    public const int Most = 24;

    /// <summary>The fields of the body.</summary>
    public static readonly FieldTable<Tiles> Fields = new(new TilesField("tiles", static (tiles, items) => tiles.Items = items)
    {
        IsRequired = true,
    })
    {
        SchemaName = "TilesChange",
    };

    /// <summary>The pinned values, in the order in which they are shown.</summary>
    [JsonPropertyName("tiles")]
    public IReadOnlyList<Tile>? Items { get; set; }

    /// <summary>Checks what the fields alone cannot.</summary>
    /// <returns>What is wrong, or null.</returns>
    public string? FindFault() => Items is null ? "tiles: is required"
        : Items.Distinct().Count() < Items.Count ? "tiles: one is there twice"
        : null;
}

/// <summary>A pinned value.</summary>
/// <param name="DeviceId">The thing that sends it.</param>
/// <param name="Key">Its key in what the thing sends, such as <c>temperature</c>.</param>
internal sealed record Tile(
    [property: JsonPropertyName("device_id")] string DeviceId,
    [property: JsonPropertyName("key")] string Key);

/// <summary>The SQL of what users have pinned.</summary>
internal static class TileSql
{
    private static readonly string s_of =
        $"SELECT device_id, key FROM tiles WHERE user_id = $1 AND {Caller.ScopeSql("device_id", "$2")} ORDER BY rank";

    private static readonly string s_hidden =
        $"SELECT rank, device_id, key FROM tiles WHERE user_id = $1 AND NOT {Caller.ScopeSql("device_id", "$2")} ORDER BY rank LIMIT $3";

    /// <summary>What a user has pinned of what they may see.</summary>
    public static IReadOnlyList<Tile> Of(SqlSession session, (long UserId, string? Scope) whose)
    {
        using SqlStatement row = session.Query(s_of, whose.UserId, whose.Scope);
        List<Tile> tiles = [];
        while (row.Read())
        {
            tiles.Add(new Tile(row.Text(0), row.Text(1)));
        }

        return tiles;
    }

    /// <summary>
    /// Pins values in the place of all that were pinned and are seen. What is not seen keeps its rank, as many as can be pinned: whoever
    /// asks has not left them out, but was not told of them.
    /// </summary>
    /// <returns>Why nothing was done: a device that the user does not see.</returns>
    public static Refusal? Set(SqlSession session, (long UserId, string? Scope, IReadOnlyList<Tile> Tiles) wanted)
    {
        if (wanted.Tiles.Any(tile => !DeviceSql.IsVisible(session, (tile.DeviceId, wanted.Scope))))
        {
            return DeviceAccess.Unknown;
        }

        // The user's row is what two browsers that pin at once wait for each other at.
        session.Execute("UPDATE users SET email = email WHERE id = $1", wanted.UserId);
        List<Tile> all = [.. wanted.Tiles];
        foreach ((int rank, Tile tile) in HiddenOf(session, wanted.UserId, wanted.Scope))
        {
            all.Insert(Math.Min(rank, all.Count), tile);
        }

        session.Execute("DELETE FROM tiles WHERE user_id = $1", wanted.UserId);
        for (int rank = 0; rank < all.Count; rank++)
        {
            session.Execute(
                "INSERT INTO tiles (user_id, rank, device_id, key) VALUES ($1, $2, $3, $4)", wanted.UserId, rank, all[rank].DeviceId,
                all[rank].Key);
        }

        return null;
    }

    private static List<(int Rank, Tile Tile)> HiddenOf(SqlSession session, long userId, string? scope)
    {
        using SqlStatement row = session.Query(s_hidden, userId, scope, Tiles.Most);
        List<(int Rank, Tile Tile)> hidden = [];
        while (row.Read())
        {
            hidden.Add((row.Int32(0), new Tile(row.Text(1), row.Text(2))));
        }

        return hidden;
    }
}
