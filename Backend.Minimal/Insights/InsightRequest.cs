using System.Globalization;

using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

using NodaTime;

namespace JamBox.Backend.Insights;

/// <summary>Whose figures are wanted: of a device, of a place with all its boxes, or of everything that the caller may see.</summary>
/// <param name="Device">The device; null = more than one.</param>
/// <param name="Place">The place; null = all.</param>
/// <param name="Scope">The caller's scope.</param>
/// <param name="Zone">The zone that the days are of.</param>
/// <param name="ZoneId">Its IANA id.</param>
/// <param name="Devices">How many boxes that are.</param>
internal sealed record InsightRequest(string? Device, string? Place, string? Scope, DateTimeZone Zone, string ZoneId, int Devices)
{
    private static readonly string s_zones = $"""
        SELECT timezone, count(*) FROM devices
        WHERE ($1 IS NULL OR device_id = $1) AND ($2 IS NULL OR location_name = $2) AND {Caller.ScopeSql("device_id", "$3")}
        GROUP BY timezone
        """;

    /// <summary>Finds the boxes and their zone. Boxes in several zones are summed by UTC days.</summary>
    /// <returns>What is wanted; or 404.</returns>
    public static (InsightRequest? Request, ProblemHttpResult? Problem) Of(HttpContext http, Store store, string? device, string? place)
    {
        device = string.IsNullOrEmpty(device) ? null : device;
        place = string.IsNullOrEmpty(place) ? null : place;
        if (device is not null && DeviceAccess.Check(http, store, device) is { } unknown)
        {
            return (null, unknown);
        }

        string? scope = Caller.Of(http).Scope;
        List<(string Zone, int Devices)> zones = store.Read((device, place, scope), Zones);
        if (place is not null && zones.Count == 0)
        {
            return (null, AdminProblem.Of(StatusCodes.Status404NotFound, "Place not found"));
        }

        string id = zones.Count == 1 ? zones[0].Zone : "UTC";
        return (new InsightRequest(device, place, scope, PlaceDay.Zone(id), id, zones.Sum(static zone => zone.Devices)), null);
    }

    /// <summary>Reads a day such as 2026-01-29.</summary>
    /// <param name="text">Of the query; absent = today at the place.</param>
    /// <param name="now">Now.</param>
    /// <param name="day">The day.</param>
    /// <returns>False when it is none.</returns>
    public bool TryDay(string? text, DateTimeOffset now, out DateOnly day)
    {
        if (string.IsNullOrEmpty(text))
        {
            day = PlaceDay.Today(Zone, now);
            return true;
        }

        return DateOnly.TryParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out day) && day.Year is > 1970 and < 9999;
    }

    private static List<(string Zone, int Devices)> Zones(SqlSession session, (string? Device, string? Place, string? Scope) wanted)
    {
        using SqlStatement row = session.Query(s_zones, wanted.Device, wanted.Place, wanted.Scope);
        List<(string Zone, int Devices)> zones = [];
        while (row.Read())
        {
            zones.Add((row.Text(0), row.Int32(1)));
        }

        return zones;
    }
}
