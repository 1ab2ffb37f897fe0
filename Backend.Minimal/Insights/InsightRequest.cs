using JamBox.Backend.Devices;
using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

using NodaTime;

namespace JamBox.Backend.Insights;

/// <summary>
/// Whose figures are wanted: of a device, of a place with all the boxes that stood there while they did, or of everything that the caller
/// may see.
/// </summary>
/// <param name="Device">The device; null = more than one.</param>
/// <param name="Place">The place; null = all.</param>
/// <param name="Scope">The caller's scope.</param>
/// <param name="Zone">The zone that the days are of.</param>
/// <param name="ZoneId">Its IANA id.</param>
/// <param name="Spans">Which box counts from when until when.</param>
internal sealed record InsightRequest(
    string? Device, PlaceRow? Place, string? Scope, DateTimeZone Zone, string ZoneId, IReadOnlyList<BoxSpan> Spans)
{
    private static readonly string s_ofPlace =
        $"SELECT s.device_id, s.from_at, s.to_at, NULL FROM place_devices s WHERE s.place_id = $1 AND {DeviceKind.CountsSql("s.device_id")}";

    /// <summary>
    /// A box counts from its registration until it is retired; what it counted before that (its history may have come with the old fleet's
    /// file) it was there for. The virtual box is in no sum of all.
    /// </summary>
    private const string AllSql = """
        SELECT d.device_id, CASE WHEN d.first < d.registered_at THEN d.first ELSE d.registered_at END, d.retired_at,
            coalesce(p.timezone, d.timezone)
        FROM (SELECT b.*, (SELECT min(start_at) FROM quarters WHERE device_id = b.device_id) AS first FROM devices b) d
        LEFT JOIN places p ON p.id = d.place_id WHERE ($1 IS NULL AND d.is_demo = 0 AND d.kind = 'box') OR d.device_id = $1
        """;

    /// <summary>What stands there now last: its zone counts.</summary>
    private static readonly string s_scoped = $"""
        SELECT s.device_id, s.from_at, s.to_at, p.timezone FROM place_devices s JOIN places p ON p.id = s.place_id
        WHERE (($1 IS NULL AND p.is_demo = 0 AND {DeviceKind.CountsSql("s.device_id")}) OR s.device_id = $1)
            AND {Caller.ScopePlaceSql("s.place_id", "$2")}
        ORDER BY s.from_at
        """;

    /// <summary>Finds the boxes and their zone. Boxes in several zones are summed by UTC days.</summary>
    /// <param name="http">The request.</param>
    /// <param name="store">The storage.</param>
    /// <param name="device">The device that is asked for; null or empty = none in particular.</param>
    /// <param name="place">The id of the place that is asked for; null or empty = none in particular.</param>
    /// <returns>What is wanted; or 404, or 400.</returns>
    public static async Task<(InsightRequest? Request, ProblemHttpResult? Problem)> OfAsync(
        HttpContext http, Store store, string? device, string? place)
    {
        device = string.IsNullOrEmpty(device) ? null : device;
        if (device is not null && !string.IsNullOrEmpty(place))
        {
            return (null, AdminProblem.Of(StatusCodes.Status400BadRequest, "device or place: not both"));
        }

        if (device is not null && await DeviceAccess.CheckHistoryAsync(http, store, device).ConfigureAwait(false) is { } unknown)
        {
            return (null, unknown);
        }

        string? scope = Caller.Of(http).Scope;
        if (!string.IsNullOrEmpty(place))
        {
            return await PlaceAccess.FindAsync(http, store, place).ConfigureAwait(false) is { } known
                ? (
                    new InsightRequest(null, known, scope, PlaceDay.Zone(known.Timezone), known.Timezone,
                        (await store.ReadAsync(known.Id, OfPlace).ConfigureAwait(false)).Spans), null)
                : (null, PlaceAccess.Unknown.ToProblem());
        }

        (List<BoxSpan> spans, List<string> zones) = await store.ReadAsync((device, scope), All).ConfigureAwait(false);
        string id = device is not null && zones.Count > 0 ? zones[^1] : zones.Distinct().Count() == 1 ? zones[0] : "UTC";
        return (new InsightRequest(device, null, scope, PlaceDay.Zone(id), id, spans), null);
    }

    /// <summary>How many boxes counted in a span of time, milliseconds since 1970.</summary>
    public int Devices(long start, long end) =>
        Spans.Where(span => span.From < end && span.Until > start).Select(static span => span.DeviceId).Distinct().Count();

    /// <summary>Seconds that the boxes could have listened: what lies ahead was not missed.</summary>
    public double BoxSeconds(long start, long end, DateTimeOffset now)
    {
        long until = Math.Min(end, now.ToUnixTimeMilliseconds());
        double ms = 0;
        foreach (BoxSpan span in Spans)
        {
            ms += Math.Max(0, Math.Min(until, span.Until) - Math.Max(start, span.From));
        }

        return ms / 1000;
    }

    private static (List<BoxSpan> Spans, List<string> Zones) OfPlace(SqlSession session, long placeId) =>
        Rows(session.Query(s_ofPlace, placeId));

    private static (List<BoxSpan> Spans, List<string> Zones) All(SqlSession session, (string? Device, string? Scope) wanted) =>
        Rows(wanted.Scope is null ? session.Query(AllSql, wanted.Device) : session.Query(s_scoped, wanted.Device, wanted.Scope));

    private static (List<BoxSpan> Spans, List<string> Zones) Rows(SqlStatement statement)
    {
        using SqlStatement row = statement;
        List<BoxSpan> spans = [];
        List<string> zones = [];
        while (row.Read())
        {
            spans.Add(new BoxSpan(row.Text(0), row.Int64(1), row.Int64OrNull(2) ?? long.MaxValue));
            zones.Add(row.Text(3));
        }

        return (spans, zones);
    }
}

/// <summary>A box that counts from when until when, milliseconds since 1970.</summary>
/// <param name="DeviceId">The box.</param>
/// <param name="From">The first moment.</param>
/// <param name="Until">The first moment after it.</param>
internal readonly record struct BoxSpan(string DeviceId, long From, long Until);
