using System.Globalization;

using JamBox.Backend.Devices;
using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Telemetry;

/// <summary>What devices send: in from them, out to people and tools.</summary>
internal static class TelemetryEndpoints
{
    private const string Example = """{"data":{"temperature":25.5,"v0":1}}""";

    private const long HourMs = 60 * 60 * 1000L;

    /// <summary>Nothing is asked for that was before 2000, or will be in a thousand years.</summary>
    private const long MaxSpanMs = 100L * 365 * 24 * HourMs;

    private static readonly ApiParameter s_token = new TextParameter(
        "device_token", "The device's token, where the Authorization header does not say it.");

    private static readonly ApiParameter s_key = new TextParameter("key", "The key.") { Example = "temperature" };

    private static readonly ApiParameter[] s_range =
    [
        new TextParameter("period", "How far back: a number with m, h, d, w or y behind it, 24h unless said.") { Example = "24h" },
        new TimeParameter("from", "From when on, instead of a period: ISO 8601."),
        new TimeParameter("to", "Until when; now unless said."),
        new NumberParameter("points", 1, HistorySql.MaxPoints, "Points at most, all keys together: 2000 unless said.")
        {
            IsCapped = true, Default = HistorySql.MaxPoints,
        },
    ];

    /// <summary>Adds telemetry.</summary>
    public static void AddTelemetry(this IServiceCollection services)
    {
        services.AddFeatureOptions<TelemetryOptions>(TelemetryOptions.Section);
        services.AddJson(TelemetryJson.Default);
        services.AddSingleton<TelemetryRules>();
        services.AddSingleton<TelemetryIntake>();
        services.AddSingleton<TelemetryCalls>();
        services.AddSingleton<WsTickets>();
        services.AddHostedService<NewsOfOthers>();
        services.AddSingleton<IJob, SummaryJob>();
        services.AddSingleton<IJob, HistoryRetentionJob>();
        services.AddSingleton<IJob, RuleJob>();
        services.AddSingleton<IJob, HookJob>();
    }

    /// <summary>The route table.</summary>
    public static void MapTelemetry(this IEndpointRouteBuilder routes)
    {
        MapDevices(routes);
        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Telemetry");
        viewers.MapGet("/telemetry/history", GetHistory).WithName("GetTelemetryHistory")
            .TakesQuery([ApiParameter.DeviceId, s_key, .. s_range]).Refuses(StatusCodes.Status404NotFound);
        routes.MapGet("/telemetry/history", GetHistory).WithName("GetTelemetryHistoryOldPath").WithTags("Telemetry")
            .RequireAuthorization(Role.Viewer.ToString()).WithMetadata(new AskedRole(Role.Viewer)).ForKeys(Roles.Name(Role.Viewer))
            .IsOldPathOf("GetTelemetryHistory")
            .TakesQuery([ApiParameter.DeviceId, s_key, .. s_range]).Refuses(StatusCodes.Status404NotFound);
        viewers.MapGet("/devices/{device_id}/telemetry/keys", ListKeys).WithName("ListTelemetryKeys").Refuses(
            StatusCodes.Status404NotFound);
        viewers.MapGet("/devices/{device_id}/telemetry", GetSeries).WithName("GetTelemetrySeries")
            .TakesQuery([new ListParameter("key", "A key; may be there up to 16 times. All of the device unless said."), .. s_range])
            .Refuses(StatusCodes.Status404NotFound);
        routes.MapState();
        routes.MapRules();
        routes.MapHooks();
        routes.MapWebSocket();
    }

    private static void MapDevices(IEndpointRouteBuilder routes)
    {
        Describe(routes.MapPost("/api/telemetry", PostOwnTelemetry).WithName("PostTelemetry"))
            .Produces<TelemetryLedAck>(StatusCodes.Status200OK);
        Describe(routes.MapPost("/telemetry", PostOwnTelemetry).WithName("PostTelemetryOldPath")).IsOldPathOf("PostTelemetry")
            .Produces<TelemetryLedAck>(StatusCodes.Status200OK);
        Describe(routes.MapPost("/api/devices/{device_id}/telemetry", PostTelemetry).WithName("PostDeviceTelemetry"))
            .Produces<TelemetryAck>(StatusCodes.Status200OK);
        Describe(routes.MapPost("/devices/{device_id}/telemetry", PostTelemetry).WithName("PostDeviceTelemetryOldPath"))
            .IsOldPathOf("PostDeviceTelemetry").Produces<TelemetryAck>(StatusCodes.Status200OK);
        routes.MapGet("/api/telemetry/latest", GetLatest).WithName("GetLatestTelemetry").WithTags("Telemetry").ForDevices()
            .TakesTokenElsewhere()
            .TakesQuery(s_token).Refuses(StatusCodes.Status403Forbidden).Produces<LatestTelemetry>(StatusCodes.Status200OK);
        routes.MapGet("/telemetry/latest", GetLatest).WithName("GetLatestTelemetryOldPath").WithTags("Telemetry").ForDevices()
            .IsOldPathOf("GetLatestTelemetry").TakesTokenElsewhere()
            .TakesQuery(s_token).Refuses(StatusCodes.Status403Forbidden).Produces<LatestTelemetry>(StatusCodes.Status200OK);
    }

    private static RouteHandlerBuilder Describe(RouteHandlerBuilder endpoint) => endpoint.WithTags("Telemetry").ForDevices()
        .TakesTokenElsewhere().TakesBody(TelemetryRequest.Fields, Example)
        .TakesHeaders(new TextParameter("Content-Encoding", ["gzip", "identity"], "gzip, when the body is packed."))
        .Refuses(StatusCodes.Status403Forbidden, StatusCodes.Status404NotFound);

    /// <summary>Takes what a device says of itself, by its token. 200 means: it is on the disk.</summary>
    internal static Task<DeviceResponse> PostOwnTelemetry(HttpContext http, TelemetryCalls calls) => calls.TakeAsync(http, null);

    /// <summary>Takes what a device says of itself. 200 means: it is on the disk.</summary>
    internal static Task<DeviceResponse> PostTelemetry(
        HttpContext http, [FromRoute(Name = "device_id")] string id, TelemetryCalls calls) => calls.TakeAsync(http, id);

    /// <summary>Tells a device its merged state: what is wanted of it, else what it has reported.</summary>
    internal static Task<DeviceResponse> GetLatest(HttpContext http, TelemetryCalls calls, string? device_token) =>
        calls.LatestAsync(http, device_token);

    /// <summary>Lists the values of one key, oldest first; where there are too many, the least and the greatest of each piece.</summary>
    internal static async Task<Results<Ok<List<HistoryPoint>>, ProblemHttpResult>> GetHistory(
        HttpContext http, Store store, TimeProvider clock, TelemetryOptions options, string? device_id, string? key, string? period,
        string? from, string? to, string? points)
    {
        if (string.IsNullOrEmpty(device_id) || string.IsNullOrEmpty(key))
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, "device_id and key: must be there");
        }

        // Two of each piece are shown.
        (HistoryQuery? wanted, ProblemHttpResult? problem) = Query(
            http, clock, options, device_id, [key], new HistoryRange(period, from, to, points), share: 2);
        if (wanted is null)
        {
            return problem!;
        }

        if (await DeviceAccess.CheckHistoryAsync(http, store, device_id).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        History? history = await store.ReadAsync(wanted, HistorySql.Read).ConfigureAwait(false);
        return history is null
            ? DeviceAccess.Unknown.ToProblem()
            : TypedResults.Ok(history.Series[0].Extremes().Select(static one =>
                new HistoryPoint(DateTime.UnixEpoch.AddMilliseconds(one.T), one.Value)).ToList());
    }

    /// <summary>Lists the keys of which a device has said something.</summary>
    internal static async Task<Results<Ok<List<TelemetryKey>>, ProblemHttpResult>> ListKeys(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, TimeProvider clock)
    {
        if (await DeviceAccess.CheckAsync(http, store, id).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        StoredState state = await store.ReadAsync((id, Now(clock)), StateSql.Read).ConfigureAwait(false);
        return TypedResults.Ok(state.Values.Entries
            .Where(static entry => entry.Reported.Kind != TelemetryKind.Null)
            .Select(static entry => new TelemetryKey(
                entry.Key, entry.Reported.KindName, entry.Reported, DateTime.UnixEpoch.AddMilliseconds(entry.ReportedAt),
                DateTime.UnixEpoch.AddMilliseconds(entry.FirstAt)))
            .ToList());
    }

    /// <summary>Gives time series of a device, in as many points as can be drawn: of each piece the least, mean and greatest.</summary>
    internal static async Task<Results<Ok<TelemetrySeries>, ProblemHttpResult>> GetSeries(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, TimeProvider clock, TelemetryOptions options,
        string[]? key, string? period, string? from, string? to, string? points)
    {
        if (await DeviceAccess.CheckHistoryAsync(http, store, id).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        string[] keys = key is { Length: > 0 } ? [.. key.Distinct()] : await KeysAsync(store, clock, id).ConfigureAwait(false);
        (HistoryQuery? wanted, ProblemHttpResult? problem) = Query(
            http, clock, options, id, keys, new HistoryRange(period, from, to, points), Math.Max(1, keys.Length));
        if (wanted is null)
        {
            return problem!;
        }

        if (await store.ReadAsync(wanted, HistorySql.Read).ConfigureAwait(false) is not { } history)
        {
            return DeviceAccess.Unknown.ToProblem();
        }

        return TypedResults.Ok(new TelemetrySeries(
            DateTime.UnixEpoch.AddMilliseconds(wanted.From), DateTime.UnixEpoch.AddMilliseconds(wanted.To), history.StepMs / 1000d,
            [.. history.Series.Select(static one => new TelemetrySeriesOfKey(one.Key, [.. one.Points()]))], history.Stored.Points,
            options.MaxPointsPerDevice));
    }

    private static async Task<string[]> KeysAsync(Store store, TimeProvider clock, string id)
    {
        StoredState state = await store.ReadAsync((id, Now(clock)), StateSql.Read).ConfigureAwait(false);
        return [.. state.Values.Entries.Where(static entry => entry.Reported.IsSeries).Select(static entry => entry.Key)
            .Take(HistorySql.MaxKeys)];
    }

    private static (HistoryQuery? Query, ProblemHttpResult? Problem) Query(
        HttpContext http, TimeProvider clock, TelemetryOptions options, string id, string[] keys, HistoryRange range, int share)
    {
        long now = Now(clock);
        string? fault = null;
        long to = now + 1;
        long from = to - (24 * HourMs);
        int points = HistorySql.MaxPoints;
        if (keys.Length > HistorySql.MaxKeys || !Array.TrueForAll(keys, KeyNames.IsKey))
        {
            fault = "key: must be at most 16 keys of 1 to 40 letters, digits, underscores, points and hyphens";
        }
        else if (range.Period is { Length: > 0 } && range.From is { Length: > 0 })
        {
            fault = "period or from: not both";
        }
        else
        {
            to = Moment.TryParse(range.To, out DateTimeOffset end) ? end.ToUnixTimeMilliseconds() : to;
            if (range.Period is { Length: > 0 } text)
            {
                fault = TryPeriod(text) is { } ms ? null : "period: must be a number with m, h, d, w or y behind it, from 1m to 100y";
                from = to - (TryPeriod(text) ?? 0);
            }
            else
            {
                from = Moment.TryParse(range.From, out DateTimeOffset begin) ? begin.ToUnixTimeMilliseconds() : to - (24 * HourMs);
            }

            fault ??= from < to && to - from <= MaxSpanMs ? null : "from: must be before to, and not more than 100 years";
        }

        points = int.TryParse(range.Points, NumberStyles.None, CultureInfo.InvariantCulture, out int said)
            ? Math.Min(said, HistorySql.MaxPoints)
            : points;
        return fault is not null
            ? (null, AdminProblem.Of(StatusCodes.Status400BadRequest, fault))
            : (new HistoryQuery(
                id, Caller.Of(http).Scope, keys, from, to, Math.Max(1, points / share), now - (options.RawDays * 24 * HourMs)), null);
    }

    /// <summary>Reads a period.</summary>
    /// <returns>Its length in ms; null when it is none.</returns>
    public static long? TryPeriod(string text)
    {
        long unit = text.Length < 2 ? 0 : text[^1] switch
        {
            'm' => HourMs / 60,
            'h' => HourMs,
            'd' => 24 * HourMs,
            'w' => 7 * 24 * HourMs,
            'y' => 365 * 24 * HourMs,
            _ => 0,
        };
        return unit > 0
            && int.TryParse(text.AsSpan(0, text.Length - 1), NumberStyles.None, CultureInfo.InvariantCulture, out int count)
            && count > 0 && count * (double)unit <= MaxSpanMs
            ? count * unit
            : null;
    }

    private static long Now(TimeProvider clock) => clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Which part of time is wanted, as the query says it.</summary>
    private readonly record struct HistoryRange(string? Period, string? From, string? To, string? Points);
}
