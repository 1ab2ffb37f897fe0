using JamBox.Backend.Storage;

namespace JamBox.Backend.Places;

/// <summary>The SQL of a place that is made for one box: what is not said comes from what the box has known until then.</summary>
internal static class NewPlaceSql
{
    /// <summary>Makes the place and brings the box there.</summary>
    /// <returns>Its id.</returns>
    public static long Add(SqlSession session, string deviceId, PlaceChange change, string who, long at)
    {
        using (SqlStatement row = session.Query(
            "SELECT timezone, latitude, longitude, project_name FROM devices WHERE device_id = $1", deviceId))
        {
            row.Read();

            // UTC is what a box has when nobody said anything.
            change.Timezone ??= row.Text(0) == "UTC" ? null : row.Text(0);
            change.Latitude ??= row.RealOrNull(1);
            change.Longitude ??= row.RealOrNull(2);
            change.Project ??= row.TextOrNull(3);
        }

        long id = PlaceSql.Add(session, (change, who, at));
        PlacementSql.Move(session, (deviceId, id, null, null, who, at));
        return id;
    }
}
