using System.Globalization;

using JamBox.Backend.Commands;
using JamBox.Backend.Config;
using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Places;

/// <summary>Many boxes at once: those of a place, or with a tag, or a list of ids. The answer says for each what became of it.</summary>
internal static class FleetEndpoints
{
    /// <summary>Boxes in one request; who wants more says place and tag, or asks again.</summary>
    private const int MaxBoxes = 1000;

    /// <summary>Boxes in one transaction, so that no reading waits for all of them.</summary>
    private const int SliceBoxes = 50;

    private static readonly ApiParameter s_tag = new TextParameter("tag", "Only boxes with this tag.");

    private static readonly string s_find = $"""
        SELECT device_id FROM devices
        WHERE kind = 'box' AND retired_at IS NULL AND ($1 IS NULL OR place_id = $1)
            AND ($2 IS NULL OR device_id IN (SELECT device_id FROM device_tags WHERE tag = $2)) AND {Caller.ScopeSql("device_id", "$3")}
        ORDER BY device_id LIMIT $4
        """;

    /// <summary>The route table.</summary>
    public static void MapFleet(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("Places");
        operators.MapPut("/device/{device_id}/tags", PutTags).WithName("PutDeviceTags")
            .TakesBody(TagsChange.Fields, """{"tags":["pilot","window"]}""").Refuses(
                StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        operators.MapPost("/devices/command", QueueCommands).WithName("QueueCommands").TakesQuery(ApiParameter.Place, s_tag)
            .TakesBody(CommandRequest.ManyFields, """{"command":"send_now"}""").Refuses(StatusCodes.Status404NotFound);
        operators.MapPut("/devices/config", PutConfigs).WithName("PutConfigs").TakesQuery(ApiParameter.Place, s_tag)
            .TakesBody(ConfigChange.ManyFields, """{"report_interval_ms":300000}""").Refuses(StatusCodes.Status404NotFound);
        operators.MapPut("/devices/tags", PutTagsOfMany).WithName("PutTagsOfMany").TakesQuery(ApiParameter.Place, s_tag)
            .TakesBody(TagsForMany.Fields, """{"devices":["JBNB0001","JBNB0002"],"add":["pilot"]}""").Refuses(
                StatusCodes.Status404NotFound);
    }

    /// <summary>Replaces the tags of a device.</summary>
    internal static async Task<Results<Ok<TagsChange>, ProblemHttpResult>> PutTags(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, TimeProvider clock)
    {
        if (await DeviceAccess.CheckAsync(http, store, id).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        (TagsChange change, ProblemHttpResult? problem) = await AdminBody.ReadAsync(http.Request, TagsChange.Fields).ConfigureAwait(false);
        problem ??= change.Tags is null || !change.Tags.All(TagSql.IsTag)
            ? AdminProblem.Of(StatusCodes.Status400BadRequest, $"tags: must be {TagSql.Rule}")
            : null;
        if (problem is not null)
        {
            return problem;
        }

        await store.WriteAsync((id, change.Tags!, Caller.Of(http).Name, Now(clock)), TagSql.Set).ConfigureAwait(false);
        return TypedResults.Ok(new TagsChange { Tags = await store.ReadAsync(id, TagSql.Of).ConfigureAwait(false) });
    }

    /// <summary>Queues a command for each box of a place, or with a tag, or both; or for those of a list.</summary>
    /// <param name="http">The request.</param>
    /// <param name="store">The storage.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="place">The place's id.</param>
    /// <param name="tag">The tag.</param>
    internal static async Task<Results<Ok<List<BulkRow>>, ProblemHttpResult>> QueueCommands(
        HttpContext http, Store store, TimeProvider clock, string? place, string? tag)
    {
        (CommandRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, CommandRequest.ManyFields).ConfigureAwait(false);
        problem ??= request.FindFault() is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        if (problem is not null)
        {
            return problem;
        }

        (List<string> boxes, problem) = await FindAsync(http, store, place, tag, request.Devices).ConfigureAwait(false);
        return problem is not null ? problem : TypedResults.Ok(await EachAsync(http, store, clock, boxes, request, static (session, one) =>
        {
            int id = CommandEndpoints.Queue(session, (one.DeviceId, one.Request, one.Who, one.At));
            return id == 0
                ? new BulkRow(one.DeviceId, false, null, "Too many commands wait for this device")
                : new BulkRow(one.DeviceId, true, id, null);
        }).ConfigureAwait(false));
    }

    /// <summary>
    /// Changes the configuration of each box of a place, or with a tag, or both; or of those of a list: absent fields keep their values.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="store">The storage.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="place">The place's id.</param>
    /// <param name="tag">The tag.</param>
    internal static async Task<Results<Ok<List<BulkRow>>, ProblemHttpResult>> PutConfigs(
        HttpContext http, Store store, TimeProvider clock, string? place, string? tag)
    {
        (ConfigChange change, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, ConfigChange.ManyFields).ConfigureAwait(false);
        if (problem is not null)
        {
            return problem;
        }

        (List<string> boxes, problem) = await FindAsync(http, store, place, tag, change.Devices).ConfigureAwait(false);
        return problem is not null ? problem : TypedResults.Ok(await EachAsync(http, store, clock, boxes, change, static (session, one) =>
        {
            (DeviceConfig? config, string? fault) = ConfigSql.Change(session, (one.DeviceId, one.Request, one.Who, one.At));
            return new BulkRow(one.DeviceId, config is not null, config?.Version, fault);
        }).ConfigureAwait(false));
    }

    /// <summary>Puts tags on each box of a place, or with a tag, or both, or of those of a list, and takes others off.</summary>
    /// <param name="http">The request.</param>
    /// <param name="store">The storage.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="place">The place's id.</param>
    /// <param name="tag">The tag.</param>
    internal static async Task<Results<Ok<List<BulkRow>>, ProblemHttpResult>> PutTagsOfMany(
        HttpContext http, Store store, TimeProvider clock, string? place, string? tag)
    {
        (TagsForMany change, ProblemHttpResult? problem) = await AdminBody.ReadAsync(
            http.Request, TagsForMany.Fields).ConfigureAwait(false);
        problem ??= change.FindFault() is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        if (problem is not null)
        {
            return problem;
        }

        (List<string> boxes, problem) = await FindAsync(http, store, place, tag, change.Devices).ConfigureAwait(false);
        return problem is not null ? problem : TypedResults.Ok(await EachAsync(http, store, clock, boxes, change, static (session, one) =>
        {
            string? refused = TagSql.Change(session, (one.DeviceId, one.Request, one.Who, one.At));
            return new BulkRow(one.DeviceId, refused is null, null, refused);
        }).ConfigureAwait(false));
    }

    /// <summary>Never the whole fleet by mistake: a place, a tag or a list must be said.</summary>
    private static async Task<(List<string> Boxes, ProblemHttpResult? Problem)> FindAsync(
        HttpContext http, Store store, string? place, string? tag, IReadOnlyList<string>? devices)
    {
        bool isListed = devices is { Count: > 0 };
        if (string.IsNullOrEmpty(place) && string.IsNullOrEmpty(tag))
        {
            // What of a list is not there, not the caller's, or retired is refused box by box.
            return isListed ? ([.. devices!.Distinct()], null)
                : ([], AdminProblem.Of(StatusCodes.Status400BadRequest, "place, tag or devices: say whose boxes"));
        }

        if (isListed)
        {
            return ([], AdminProblem.Of(StatusCodes.Status400BadRequest, "devices: not together with place or tag"));
        }

        long? placeId = null;
        if (!string.IsNullOrEmpty(place))
        {
            if (await PlaceAccess.FindAsync(http, store, place).ConfigureAwait(false) is not { } known)
            {
                return ([], PlaceAccess.Unknown.ToProblem());
            }

            placeId = known.Id;
        }

        List<string> boxes = await store.ReadAsync(
            (placeId, string.IsNullOrEmpty(tag) ? null : tag, Caller.Of(http).Scope), Boxes).ConfigureAwait(false);
        return boxes.Count <= MaxBoxes ? (boxes, null)
            : (
                [],
                AdminProblem.Of(
                    StatusCodes.Status400BadRequest,
                    string.Create(CultureInfo.InvariantCulture, $"More than {MaxBoxes} boxes: say place and tag")));
    }

    private static List<string> Boxes(SqlSession session, (long? Place, string? Tag, string? Scope) wanted)
    {
        using SqlStatement row = session.Query(s_find, wanted.Place, wanted.Tag, wanted.Scope, MaxBoxes + 1);
        List<string> boxes = [];
        while (row.Read())
        {
            boxes.Add(row.Text(0));
        }

        return boxes;
    }

    private static async Task<List<BulkRow>> EachAsync<T>(
        HttpContext http, Store store, TimeProvider clock, List<string> boxes, T request, Func<SqlSession, One<T>, BulkRow> work)
    {
        Caller caller = Caller.Of(http);
        List<BulkRow> rows = [];
        foreach (string[] slice in boxes.Chunk(SliceBoxes))
        {
            rows.AddRange(await store.WriteAsync((slice, request, caller, work, Now(clock)), RunSlice).ConfigureAwait(false));
        }

        return rows;
    }

    private static List<BulkRow> RunSlice<T>(
        SqlSession session, (string[] Boxes, T Request, Caller Caller, Func<SqlSession, One<T>, BulkRow> Work, long At) wanted) =>
        [.. wanted.Boxes.Select(box => FindFault(session, box, wanted.Caller) is { } refused
            ? new BulkRow(box, false, null, refused.Error)
            : wanted.Work(session, new One<T>(box, wanted.Request, wanted.Caller.Name, wanted.At)))];

    private static Refusal? FindFault(SqlSession session, string box, Caller caller) =>
        DeviceSql.IsVisible(session, (box, caller.Scope)) ? PlacementSql.FindFault(session, box) : DeviceAccess.Unknown;

    private static long Now(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds();

    private sealed record One<T>(string DeviceId, T Request, string Who, long At);
}
