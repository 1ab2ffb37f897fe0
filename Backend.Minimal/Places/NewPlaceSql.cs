using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Places;

/// <summary>
/// The SQL of a place that is made for one box. What is not said comes from what the box has known until then, and stays as good as it was:
/// what was found by geolocation gives way to what is found later, and a box that stood elsewhere knows nothing of the new place.
/// </summary>
internal static class NewPlaceSql
{
    /// <summary>Makes the place and brings the box there.</summary>
    /// <returns>Its id; or why nothing was made.</returns>
    public static (long Id, Refusal? Refusal) Add(SqlSession session, string deviceId, PlaceChange change, string who, long at)
    {
        if (PlacementSql.FindFault(session, deviceId) is { } refusal)
        {
            return (0, refusal);
        }

        KnownPlace known = Known(session, deviceId, change);
        long id = PlaceSql.Add(session, (change, known, who, at));
        PlacementSql.Move(session, (deviceId, id, null, null, who, at));
        return (id, null);
    }

    private static KnownPlace Known(SqlSession session, string deviceId, PlaceChange change)
    {
        bool hasStood = PlacementSql.HasStood(session, deviceId);
        using SqlStatement row = session.Query(
            "SELECT timezone, latitude, longitude, location_source, project_name FROM devices WHERE device_id = $1", deviceId);
        row.Read();
        change.Project ??= row.TextOrNull(4);

        // UTC is what a box has when nobody said anything.
        return hasStood
            ? default
            : new KnownPlace(row.Text(0) == "UTC" ? null : row.Text(0), row.RealOrNull(1), row.RealOrNull(2), row.TextOrNull(3));
    }
}

/// <summary>What is known of a new place without anybody having said it.</summary>
/// <param name="Timezone">IANA id of the zone; null = not known.</param>
/// <param name="Latitude">Degrees; null = not known.</param>
/// <param name="Longitude">Degrees; null = not known.</param>
/// <param name="Source">From where the position is: manual, geolocation.</param>
internal readonly record struct KnownPlace(string? Timezone, double? Latitude, double? Longitude, string? Source);
