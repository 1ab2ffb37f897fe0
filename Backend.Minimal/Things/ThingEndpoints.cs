using System.Globalization;

using JamBox.Backend.Devices;
using JamBox.Backend.Firmware;
using JamBox.Backend.Mqtt;
using JamBox.Backend.Operation;
using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Telemetry;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Things;

/// <summary>Things and gateways: what people see of them, and what they are told to do.</summary>
internal static class ThingEndpoints
{
    private static readonly ApiParameter[] s_filters =
    [
        ApiParameter.Place,
        new TextParameter("tag", "Only those with this tag."),
        new TextParameter("q", "Only those with this text in their id, name, product, platform, place or tags."),
        new TextParameter("kind", [DeviceKind.Thing, DeviceKind.Gateway], "Only devices of this kind; both unless said."),
        new TextParameter("status", ThingStatus.All, "Only those that are so."),
    ];

    /// <summary>Adds things.</summary>
    public static void AddThings(this IServiceCollection services)
    {
        services.AddJson(ThingJson.Default);
        services.AddSingleton<ThingCalls>();
        services.AddSingleton<IJob, ThingStatusJob>();
    }

    /// <summary>The route table.</summary>
    public static void MapThings(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Things");
        viewers.MapGet("/things", ListThings).WithName("ListThings").TakesPage(s_filters).Refuses(StatusCodes.Status404NotFound);
        viewers.MapGet("/things/{device_id}", GetThing).WithName("GetThing").Refuses(StatusCodes.Status404NotFound);
        viewers.MapGet("/devices/{device_id}/events", ListEvents).WithName("ListThingEvents")
            .TakesPage(new TextParameter("type", "Only events of this type.")).Refuses(StatusCodes.Status404NotFound);
        viewers.MapGet("/devices/{device_id}/snapshot", GetSnapshot).WithName("GetThingSnapshot").Refuses(StatusCodes.Status404NotFound);

        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("Things");
        operators.MapPut("/things/{device_id}/name", PutName).WithName("PutThingName")
            .TakesBody(ThingNameChange.Fields, """{"name":"Clock in the hall"}""")
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        operators.MapPut("/things/{device_id}/config", PutConfig).WithName("PutThingConfig")
            .TakesBytes("""The values by their names, such as {"temp_offset":-2.0}, at most 4096 bytes; {} = nothing is wanted any more.""")
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        operators.MapGet("/things/{device_id}/connection", GetConnection).WithName("GetThingConnection")
            .Refuses(StatusCodes.Status404NotFound);
        operators.MapPost("/things/{device_id}/commands", PostCommand).WithName("PostThingCommand")
            .TakesBody(ThingCommandRequest.Fields, """{"command":"restart"}""")
            .Refuses(StatusCodes.Status404NotFound, StatusCodes.Status409Conflict);
        routes.MapThingCalls();
    }

    /// <summary>Lists things and gateways by id. The Link header (rel=next) leads to the next ones.</summary>
    /// <param name="http">The request.</param>
    /// <param name="store">The storage.</param>
    /// <param name="clock">Says how long one has been silent.</param>
    /// <param name="options">Says for how long one may be.</param>
    /// <param name="place">Only those at this place (its id).</param>
    /// <param name="tag">Only those with this tag.</param>
    /// <param name="q">Only those with this text in their id, name, product, platform, place or tags.</param>
    /// <param name="kind">thing or gateway; both unless said.</param>
    /// <param name="status">online, degraded, offline or never.</param>
    /// <param name="limit">Rows at most: 1 to 1,000, 100 unless said.</param>
    /// <param name="cursor">From the Link header.</param>
    internal static async Task<Results<Ok<List<ThingRow>>, ProblemHttpResult>> ListThings(
        HttpContext http, Store store, TimeProvider clock, TelemetryOptions options, string? place, string? tag, string? q, string? kind,
        string? status, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page))
        {
            return PageRequest.Problem;
        }

        long? placeId = null;
        if (!string.IsNullOrEmpty(place))
        {
            if (await PlaceAccess.FindAsync(http, store, place).ConfigureAwait(false) is not { } known)
            {
                return PlaceAccess.Unknown.ToProblem();
            }

            placeId = known.Id;
        }

        List<ThingRow> rows = await store.ReadAsync(
            new WantedThings(
                page.Cursor ?? "", page.Limit + 1, Caller.Of(http).Scope, Said(kind), placeId, Said(tag), Said(q), Said(status),
                JudgeOf(clock, options)),
            ThingSql.List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.DeviceId);
        return TypedResults.Ok(rows);
    }

    /// <summary>Shows a thing or gateway with all that is known of it.</summary>
    internal static async Task<Results<Ok<ThingDetail>, ProblemHttpResult>> GetThing(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, TimeProvider clock, TelemetryOptions options)
    {
        return await DeviceAccess.CheckAsync(http, store, id).ConfigureAwait(false) is { } unknown ? unknown
            : await store.ReadAsync((id, JudgeOf(clock, options)), ThingSql.One).ConfigureAwait(false) is { } thing ? TypedResults.Ok(thing)
            : DeviceAccess.Unknown.ToProblem();
    }

    /// <summary>Tells how a thing or gateway gets to the server over MQTT: where the broker is, and the device's own topics.</summary>
    internal static async Task<Results<Ok<ThingConnection>, ProblemHttpResult>> GetConnection(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, TimeProvider clock, TelemetryOptions options,
        MqttOptions mqtt, TopicMap topics)
    {
        return await DeviceAccess.CheckAsync(http, store, id).ConfigureAwait(false) is { } unknown
            ? unknown
            : await store.ReadAsync((id, JudgeOf(clock, options)), ThingSql.One).ConfigureAwait(false) is { } thing
            ? TypedResults.Ok(new ThingConnection(thing.DeviceId, MqttDoor.Of(mqtt, topics, thing.DeviceId, thing.Environment)))
            : DeviceAccess.Unknown.ToProblem();
    }

    /// <summary>Names a thing or gateway; an empty name takes it away.</summary>
    internal static async Task<Results<Ok<ThingDetail>, ProblemHttpResult>> PutName(
        HttpContext http, [FromRoute(Name = "device_id")] string named, Store store, TimeProvider clock, TelemetryOptions options)
    {
        (ThingNameChange change, ProblemHttpResult? problem) = await AdminBody.ReadAsync(http.Request, ThingNameChange.Fields)
            .ConfigureAwait(false);
        problem ??= change.Name is null ? AdminProblem.Of(StatusCodes.Status400BadRequest, "name: text of at most 64 characters") : null;
        problem ??= await DeviceAccess.CheckAsync(http, store, named).ConfigureAwait(false);
        if (problem is not null)
        {
            return problem;
        }

        bool isThing = await store.WriteAsync(
            (named, change.Name!, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()), ThingSql.Rename).ConfigureAwait(false);
        return isThing && await store.ReadAsync((named, JudgeOf(clock, options)), ThingSql.One).ConfigureAwait(false) is { } thing
            ? TypedResults.Ok(thing)
            : DeviceAccess.Unknown.ToProblem();
    }

    /// <summary>
    /// Wants a configuration of a thing or gateway, instead of the one before. It is sent at once and at each connection until the device
    /// tells in its info that it has these values; what else it has is left to it.
    /// </summary>
    internal static async Task<Results<Ok<ThingDetail>, ProblemHttpResult>> PutConfig(
        HttpContext http, [FromRoute(Name = "device_id")] string configured, Store store, TimeProvider clock, TelemetryOptions options,
        IEnumerable<IThingCommandListener> listeners)
    {
        if (await RequestBody.ReadAsync(http.Request).ConfigureAwait(false) is not { } body)
        {
            return AdminProblem.Of(DeviceResponse.TooLarge.Status, DeviceResponse.TooLarge.Error);
        }

        if (ThingConfig.Parse(body, out string? fault) is not { } config)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, fault!);
        }

        if (await DeviceAccess.CheckAsync(http, store, configured).ConfigureAwait(false) is { } problem)
        {
            return problem;
        }

        bool isThing = await store.WriteAsync(
            (configured, config == "{}" ? null : config, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()),
            ThingSql.WantConfig).ConfigureAwait(false);
        if (!isThing
            || await store.ReadAsync((configured, JudgeOf(clock, options)), ThingSql.One).ConfigureAwait(false) is not { } thing)
        {
            return DeviceAccess.Unknown.ToProblem();
        }

        foreach (IThingCommandListener listener in listeners)
        {
            listener.Queued(configured);
        }

        return TypedResults.Ok(thing);
    }

    /// <summary>Tells a thing or gateway to do something, as soon as it can be reached over MQTT: within an hour, or not at all.</summary>
    internal static async Task<Results<Accepted<ThingCommandAnswer>, ProblemHttpResult>> PostCommand(
        HttpContext http, [FromRoute(Name = "device_id")] string told, Store store, TimeProvider clock,
        IEnumerable<IThingCommandListener> listeners)
    {
        (ThingCommandRequest request, ProblemHttpResult? problem) = await AdminBody.ReadAsync(http.Request, ThingCommandRequest.Fields)
            .ConfigureAwait(false);
        problem ??= FindFault(request) is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null;
        problem ??= await DeviceAccess.CheckAsync(http, store, told).ConfigureAwait(false);
        if (problem is not null)
        {
            return problem;
        }

        long? number = await store.WriteAsync(
            (told, request.Command!, request.TargetVersion, Caller.Of(http).Name, clock.GetUtcNow().ToUnixTimeMilliseconds()),
            ThingCommandSql.Add).ConfigureAwait(false);
        if (number is not > 0)
        {
            return number is null
                ? DeviceAccess.Unknown.ToProblem()
                : AdminProblem.Of(StatusCodes.Status409Conflict, "Too many commands wait for this device");
        }

        foreach (IThingCommandListener listener in listeners)
        {
            listener.Queued(told);
        }

        return TypedResults.Accepted((string?)null, new ThingCommandAnswer(number.Value, told, request.Command!));
    }

    /// <summary>Lists what happened to a device, in its own words, newest first. The Link header (rel=next) leads to older ones.</summary>
    internal static async Task<Results<Ok<List<ThingEvent>>, ProblemHttpResult>> ListEvents(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, string? type, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        if (await DeviceAccess.CheckHistoryAsync(http, store, id).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        List<ThingEvent> rows = await store.ReadAsync(
            (id, before, Said(type), page.Limit + 1, Caller.Of(http).Scope), ThingEventSql.List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>Gives what a device shows: the newest that it has sent.</summary>
    internal static async Task<Results<Ok<ThingSnapshot>, ProblemHttpResult>> GetSnapshot(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store)
    {
        return await DeviceAccess.CheckAsync(http, store, id).ConfigureAwait(false) is { } unknown
            ? unknown
            : TypedResults.Ok(await store.ReadAsync(id, ThingEventSql.Shown).ConfigureAwait(false));
    }

    private static string? FindFault(ThingCommandRequest request) =>
        request.Command is null ? $"command: must be {string.Join(" or ", ThingCommandRequest.Words)}"
        : request.TargetVersion is null ? null
        : request.Command != ThingCommandRequest.Rollback ? "target_version: goes with rollback only"
        : ReleaseVersion.Parse(request.TargetVersion) is null ? $"target_version: {ReleaseVersion.Rule}"
        : null;

    private static Judge JudgeOf(TimeProvider clock, TelemetryOptions options) =>
        new(options.OfflineAfterSeconds * 1000L, clock.GetUtcNow().ToUnixTimeMilliseconds());

    private static string? Said(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
