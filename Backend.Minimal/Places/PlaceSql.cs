using System.Globalization;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Places;

/// <summary>The SQL of places themselves; which boxes stand there is <see cref="PlacementSql"/>.</summary>
internal static class PlaceSql
{
    /// <summary>Said by somebody: geolocation leaves it alone.</summary>
    private const string Manual = "manual";

    /// <summary>Found; what is found later takes its place.</summary>
    private const string Geolocation = "geolocation";

    private const string SelectSql = """
        SELECT id, name, timezone, latitude, longitude, location_source, client, project,
            (SELECT count(*) FROM devices d WHERE d.place_id = places.id AND d.kind = 'box'), created_at, retired_at, merged_into, is_demo
        FROM places
        """;

    private static readonly string s_list =
        $"{SelectSql} WHERE id > $1 AND ($4 = 1 OR retired_at IS NULL) AND {Caller.ScopePlaceSql("id", "$3")} ORDER BY id LIMIT $2";

    private static readonly string s_one = $"{SelectSql} WHERE id = $1 AND {Caller.ScopePlaceSql("id", "$2")}";

    /// <summary>Makes a place.</summary>
    /// <returns>Its id.</returns>
    public static long Add(SqlSession session, (PlaceChange Place, string Who, long At) wanted) =>
        Add(session, (wanted.Place, default, wanted.Who, wanted.At));

    /// <summary>Makes a place of which something is known besides what is said.</summary>
    /// <returns>Its id.</returns>
    public static long Add(SqlSession session, (PlaceChange Place, KnownPlace Known, string Who, long At) wanted)
    {
        PlaceChange p = wanted.Place;
        KnownPlace known = wanted.Known;
        bool isFound = known.Source == Geolocation;
        long id;
        using (SqlStatement row = session.Query(
            """
            INSERT INTO places (name, timezone, timezone_source, latitude, longitude, location_source, client, project, created_at,
                created_by)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id
            """,
            p.Name, p.Timezone ?? known.Timezone ?? "UTC",
            p.Timezone is not null ? Manual : known.Timezone is not null && isFound ? Geolocation : null,
            p.Latitude ?? known.Latitude, p.Longitude ?? known.Longitude,
            p.Latitude is not null ? Manual : known.Latitude is not null ? known.Source : null,
            p.Client is "" ? null : p.Client, p.Project is "" ? null : p.Project, wanted.At, wanted.Who))
        {
            row.Read();
            id = row.Int64(0);
        }

        Audit.Note(session, wanted.Who, "place.create", Target(id), null, Text(session, id), wanted.At);
        return id;
    }

    /// <summary>Changes a place; what was set by hand, geolocation leaves alone.</summary>
    public static Refusal? Change(SqlSession session, (long Id, PlaceChange Change, string Who, long At) wanted)
    {
        if (!IsInUse(session, wanted.Id))
        {
            return PlaceAccess.Retired;
        }

        PlaceChange c = wanted.Change;
        string before = Text(session, wanted.Id);
        session.Execute("""
            UPDATE places SET name = coalesce($2, name), timezone = coalesce($3, timezone),
                timezone_source = CASE WHEN $3 IS NULL THEN timezone_source ELSE 'manual' END,
                latitude = coalesce($4, latitude), longitude = coalesce($5, longitude),
                location_source = CASE WHEN $4 IS NULL THEN location_source ELSE 'manual' END,
                client = nullif(coalesce($6, client), ''), project = nullif(coalesce($7, project), '')
            WHERE id = $1
            """, wanted.Id, c.Name, c.Timezone, c.Latitude, c.Longitude, c.Client, c.Project);
        string after = Text(session, wanted.Id);
        if (after != before)
        {
            Audit.Note(session, wanted.Who, "place.change", Target(wanted.Id), before, after, wanted.At);
        }

        return null;
    }

    /// <summary>Takes what was found by geolocation, where nobody has said otherwise.</summary>
    public static void Locate(
        SqlSession session, (long Id, double Latitude, double Longitude, string? Zone, string Who, long At) found)
    {
        string before = Text(session, found.Id);
        session.Execute("""
            UPDATE places SET
                latitude = CASE WHEN location_source = 'manual' THEN latitude ELSE $2 END,
                longitude = CASE WHEN location_source = 'manual' THEN longitude ELSE $3 END,
                location_source = CASE WHEN location_source = 'manual' THEN 'manual' ELSE 'geolocation' END,
                timezone = CASE WHEN timezone_source = 'manual' OR location_source = 'manual' OR $4 IS NULL THEN timezone ELSE $4 END,
                timezone_source = CASE WHEN timezone_source = 'manual' OR location_source = 'manual' OR $4 IS NULL THEN timezone_source ELSE 'geolocation' END
            WHERE id = $1
            """, found.Id, found.Latitude, found.Longitude, found.Zone);
        string after = Text(session, found.Id);
        if (after != before)
        {
            Audit.Note(session, found.Who, "place.change", Target(found.Id), before, after, found.At);
        }
    }

    /// <summary>Gives a place up. Its history stays.</summary>
    public static Refusal? Retire(SqlSession session, (long Id, string Who, long At) wanted)
    {
        if (session.Execute(
            "UPDATE places SET retired_at = $2 WHERE id = $1 AND retired_at IS NULL AND NOT EXISTS (SELECT 1 FROM devices WHERE place_id = $1)", wanted.Id, wanted.At) == 0)
        {
            return Refusal.Conflict(
                IsInUse(session, wanted.Id) ? "Boxes stand there: move or retire them first" : "This place is no longer in use");
        }

        session.Execute("DELETE FROM place_codes WHERE place_id = $1", wanted.Id);
        Audit.Note(session, wanted.Who, "place.retire", Target(wanted.Id), Text(session, wanted.Id), null, wanted.At);
        return null;
    }

    /// <summary>Lists places by id.</summary>
    public static List<PlaceRow> List(SqlSession session, (long After, int Limit, string? Scope, bool WithRetired) wanted)
    {
        using SqlStatement row = session.Query(s_list, wanted.After, wanted.Limit, wanted.Scope, wanted.WithRetired);
        List<PlaceRow> rows = [];
        while (row.Read())
        {
            rows.Add(Row(row));
        }

        return rows;
    }

    /// <summary>One place; null when there is none, or none of the caller's.</summary>
    public static PlaceRow? One(SqlSession session, (long Id, string? Scope) wanted)
    {
        using SqlStatement row = session.Query(s_one, wanted.Id, wanted.Scope);
        return row.Read() ? Row(row) : null;
    }

    /// <summary>Whether boxes may be brought there.</summary>
    public static bool IsInUse(SqlSession session, long id)
    {
        using SqlStatement row = session.Query("SELECT 1 FROM places WHERE id = $1 AND retired_at IS NULL", id);
        return row.Read();
    }

    /// <summary>How a place is called in the audit log.</summary>
    public static string Target(long id) => string.Create(CultureInfo.InvariantCulture, $"place {id}");

    private static string Text(SqlSession session, long id)
    {
        using SqlStatement row = session.Query("SELECT name, timezone, latitude, longitude, client, project FROM places WHERE id = $1", id);
        return row.Read()
            ? string.Create(
                CultureInfo.InvariantCulture,
                $"'{row.Text(0)}' {row.Text(1)} {row.RealOrNull(2)} {row.RealOrNull(3)} '{row.TextOrNull(4)}' '{row.TextOrNull(5)}'")
            : "";
    }

    private static PlaceRow Row(SqlStatement row) => new(
        row.Int64(0), row.Text(1), row.Text(2), row.RealOrNull(3), row.RealOrNull(4), row.TextOrNull(5), row.TextOrNull(6),
        row.TextOrNull(7),
        row.Int32(8), row.Time(9), row.TimeOrNull(10), row.Int64OrNull(11), row.Int32(12) != 0);
}
