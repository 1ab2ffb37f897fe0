using System.Globalization;

using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Insights.Calibration;

/// <summary>Why a calibration no longer fits.</summary>
internal enum StaleReason
{
    /// <summary>A box of the place was moved away, or one came.</summary>
    Moved,

    /// <summary>Another box took the place of one.</summary>
    Replaced,

    /// <summary>Another place was merged into this one.</summary>
    Merged,

    /// <summary>The level changed at once, by day: phones behave otherwise, or the antenna.</summary>
    Level,

    /// <summary>What is heard while the place is closed changed: the box was moved within the place, or new devices stand there.</summary>
    Nights,

    /// <summary>Nothing was counted in opening hours though the box was online.</summary>
    Silent,

    /// <summary>Thresholds or channels of the box were changed.</summary>
    Settings,

    /// <summary>Somebody said so.</summary>
    Manual,
}

/// <summary>Marks calibrations as stale, and takes that back.</summary>
internal static class CalibrationMarks
{
    /// <summary>Characters of the sentence at most; more is cut off.</summary>
    public const int MaxDetailChars = 200;

    /// <summary>
    /// Marks the calibration of a place as stale: counts before <paramref name="at"/> no longer count, and until 4 new ones have been made
    /// its figures say so. Does nothing where there are no counts, or none since it last became stale. With its line in the audit log.
    /// </summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="placeId">The place.</param>
    /// <param name="at">Since when it no longer fits, milliseconds since 1970; not later than <paramref name="now"/>.</param>
    /// <param name="reason">Why.</param>
    /// <param name="detail">The same as a sentence for the owner, at most 200 characters: "On 12 November the level jumped."</param>
    /// <param name="who">For the audit log: name of the caller or of the job.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <returns>Whether it was marked.</returns>
    public static bool MarkStale(
        SqlSession session, long placeId, long at, StaleReason reason, string detail, string who, long now)
    {
        long since = Since(session, placeId, long.MaxValue);
        at = Math.Min(at, now);
        if (at <= since || !HasCounts(session, placeId, since, at))
        {
            return false;
        }

        string sentence = detail.Length > MaxDetailChars ? detail[..MaxDetailChars] : detail;
        session.Execute(
            "INSERT INTO place_stale (place_id, at, reason, detail, marked_by, marked_at) VALUES ($1, $2, $3, $4, $5, $6)",
            placeId, at, Name(reason), sentence, who, now);
        FitSql.MakeDue(session, placeId, now);
        Audit.Note(session, who, "place.stale", PlaceSql.Target(placeId), "fits", $"{Name(reason)}: {sentence}", now);
        return true;
    }

    /// <summary>Says that counts still fit after all: takes back when they last did not any more.</summary>
    public static Refusal? Withdraw(SqlSession session, (long PlaceId, string Who, long At) wanted)
    {
        StaleRow? last = Rows(session, wanted.PlaceId).Find(static row => row.WithdrawnAt is null);
        if (last is null)
        {
            return Refusal.NotFound("The calibration is not stale");
        }

        session.Execute(
            """
            UPDATE place_stale SET withdrawn_at = $2, withdrawn_by = $3
            WHERE id = (SELECT id FROM place_stale WHERE place_id = $1 AND withdrawn_at IS NULL ORDER BY at DESC, id DESC LIMIT 1)
            """, wanted.PlaceId, wanted.At, wanted.Who);
        FitSql.MakeDue(session, wanted.PlaceId, wanted.At);
        Audit.Note(
            session, wanted.Who, "place.stale", PlaceSql.Target(wanted.PlaceId), $"{last.Reason}: {last.Detail}", "fits", wanted.At);
        return null;
    }

    /// <summary>Since when counts are used, milliseconds since 1970: since the calibration last became stale; 0 = it never did.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="placeId">The place.</param>
    /// <param name="until">As it was before this moment.</param>
    public static long Since(SqlSession session, long placeId, long until)
    {
        using SqlStatement row = session.Query(
            "SELECT coalesce(max(at), 0) FROM place_stale WHERE place_id = $1 AND at < $2 AND withdrawn_at IS NULL", placeId, until);
        row.Read();
        return row.Int64(0);
    }

    /// <summary>When it became stale, newest first, at most 20.</summary>
    public static List<StaleRow> Rows(SqlSession session, long placeId)
    {
        using SqlStatement row = session.Query(
            """
            SELECT at, reason, detail, marked_by, withdrawn_at FROM place_stale WHERE place_id = $1 ORDER BY at DESC, id DESC LIMIT 20
            """, placeId);
        List<StaleRow> rows = [];
        while (row.Read())
        {
            rows.Add(new StaleRow(row.Time(0), row.Text(1), row.Text(2), row.Text(3), row.TimeOrNull(4)));
        }

        return rows;
    }

    /// <summary>A reason as it is stored and shown.</summary>
    public static string Name(StaleReason reason) => reason.ToString().ToLowerInvariant();

    /// <summary>A moment as it stands in a sentence for the owner: <c>12 November</c>, by the place's clock.</summary>
    public static string Day(SqlSession session, long placeId, long at)
    {
        string zone = PlaceSql.One(session, (placeId, null))?.Timezone ?? "UTC";
        return PlaceDay.Today(PlaceDay.Zone(zone), DateTimeOffset.FromUnixTimeMilliseconds(at))
            .ToString("d MMMM", CultureInfo.InvariantCulture);
    }

    private static bool HasCounts(SqlSession session, long placeId, long since, long until)
    {
        using SqlStatement row = session.Query(
            "SELECT 1 FROM place_counts WHERE place_id = $1 AND at >= $2 AND at < $3 LIMIT 1", placeId, since, until);
        return row.Read();
    }
}
