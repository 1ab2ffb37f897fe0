using System.Globalization;

using JamBox.Backend.Devices;
using JamBox.Backend.Operation;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Traffic;

/// <summary>What devices cost on their way over the air.</summary>
internal static class TrafficEndpoints
{
    /// <summary>Adds the counting.</summary>
    public static void AddTraffic(this IServiceCollection services)
    {
        services.AddJson(TrafficJson.Default);
        services.AddSingleton<DeviceTraffic>();
        services.AddSingleton<IJob, TrafficJob>();
    }

    /// <summary>The route table.</summary>
    public static void MapTraffic(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Traffic");
        viewers.MapGet("/traffic", ListTraffic).WithName("ListTraffic")
            .TakesPage(
                ApiParameter.DeviceId, new DayParameter("from", "Only this UTC day and later ones."),
                new DayParameter("until", "Only this UTC day and earlier ones."))
            .Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>
    /// Lists the bytes of each device and UTC day, up to a minute ago, newest days first. The Link header (rel=next) leads to older ones.
    /// </summary>
    /// <param name="http">The request.</param>
    /// <param name="store">The storage.</param>
    /// <param name="device_id">Only this device's.</param>
    /// <param name="from">Only this UTC day and later ones.</param>
    /// <param name="until">Only this UTC day and earlier ones.</param>
    /// <param name="limit">Rows at most: 1 to 1,000, 100 unless said.</param>
    /// <param name="cursor">From the Link header.</param>
    internal static async Task<Results<Ok<List<TrafficRow>>, ProblemHttpResult>> ListTraffic(
        HttpContext http, Store store, string? device_id, string? from, string? until, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        if (!TryDay(from, DateOnly.MinValue, out DateOnly first) || !TryDay(until, new DateOnly(9000, 1, 1), out DateOnly last))
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, "from, until: must be days such as 2026-01-29");
        }

        string? deviceId = string.IsNullOrEmpty(device_id) ? null : device_id;
        if (deviceId is not null && await DeviceAccess.CheckAsync(http, store, deviceId).ConfigureAwait(false) is { } unknown)
        {
            return unknown;
        }

        List<TrafficRow> rows = await store.ReadAsync(
            (before, page.Limit + 1, deviceId, Start(first), Start(last.AddDays(1)), Caller.Of(http).Scope), TrafficSql.List)
            .ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    private static bool TryDay(string? text, DateOnly otherwise, out DateOnly day)
    {
        day = otherwise;
        return string.IsNullOrEmpty(text)
            || (DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day) && day.Year < 9000);
    }

    private static long Start(DateOnly day) => new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero).ToUnixTimeMilliseconds();
}
