using System.Globalization;

using JamBox.Backend.Devices;
using JamBox.Backend.Insights.Estimation;
using JamBox.Backend.Insights.Figures;
using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using NodaTime;

namespace JamBox.Backend.Insights.Calibration;

/// <summary>A count that was checked.</summary>
/// <param name="PlaceId">The place.</param>
/// <param name="Kind">present or door.</param>
/// <param name="At">When it was, or began, milliseconds since 1970, whole seconds.</param>
/// <param name="Minutes">Over how many minutes; null with present.</param>
/// <param name="People">How many.</param>
/// <param name="Note">What should be remembered.</param>
/// <param name="Who">Who entered it.</param>
/// <param name="Now">When it was entered, milliseconds since 1970.</param>
internal sealed record NewCount(
    long PlaceId, string Kind, long At, int? Minutes, int People, string? Note, string Who, long Now);

/// <summary>What came of a count.</summary>
/// <param name="Refusal">Why it was not taken.</param>
/// <param name="Id">Its id.</param>
/// <param name="IsNew">False = it was there already.</param>
internal readonly record struct CountTaken(Refusal? Refusal, long Id, bool IsNew);

/// <summary>The SQL of counts by hand.</summary>
internal static class CountSql
{
    /// <summary>Counts of one place at most.</summary>
    public const int Most = 5000;

    /// <summary>The newest ones that a model is fitted to: what is older says little of today, and a fit takes below a second.</summary>
    public const int MostFitted = 60;

    private const string SelectSql = "SELECT id, kind, people, minutes, at, note, entered_by, entered_at FROM place_counts";

    private static readonly string s_hadBox = $"""
        SELECT 1 FROM place_devices s
        WHERE place_id = $1 AND from_at <= $2 AND (to_at IS NULL OR to_at > $2) AND {DeviceKind.CountsSql("s.device_id")} LIMIT 1
        """;

    /// <summary>Takes a count, once.</summary>
    public static CountTaken Add(SqlSession session, NewCount count)
    {
        // The place's row is where two that count at the same moment wait for each other.
        if (session.Execute("UPDATE places SET name = name WHERE id = $1 AND retired_at IS NULL", count.PlaceId) == 0)
        {
            return new CountTaken(Refusal.Conflict("This place is no longer in use"), 0, false);
        }

        if (Same(session, count) is { } there)
        {
            return there.People == count.People && there.Minutes == count.Minutes
                ? new CountTaken(null, there.Id, false)
                : new CountTaken(Refusal.Conflict("at: there is another count of that moment; delete it first"), 0, false);
        }

        if (Number(session, count.PlaceId) >= Most)
        {
            return new CountTaken(
                Refusal.Conflict(string.Create(CultureInfo.InvariantCulture, $"A place has at most {Most} counts: delete old ones")), 0,
                false);
        }

        if (!HadBox(session, count.PlaceId, count.At))
        {
            return new CountTaken(Refusal.Conflict("No box stood there then: there is nothing to compare the count with"), 0, false);
        }

        long id;
        using (SqlStatement row = session.Query(
            """
            INSERT INTO place_counts (place_id, kind, at, minutes, people, note, entered_by, entered_at)
            VALUES ($1, $2, $3, $4, $5, $6, $7, $8) RETURNING id
            """, count.PlaceId, count.Kind, count.At, count.Minutes, count.People, count.Note, count.Who, count.Now))
        {
            row.Read();
            id = row.Int64(0);
        }

        FitSql.MakeDue(session, count.PlaceId, count.Now);
        Audit.Note(
            session, count.Who, "place.count", PlaceSql.Target(count.PlaceId), null, Text(One(session, (count.PlaceId, id, count.Now))!),
            count.Now);
        return new CountTaken(null, id, true);
    }

    /// <summary>Deletes a count.</summary>
    public static Refusal? Delete(SqlSession session, (long PlaceId, long Id, string Who, long At) wanted)
    {
        if (One(session, (wanted.PlaceId, wanted.Id, wanted.At)) is not { } count)
        {
            return Refusal.NotFound("There is no such count");
        }

        session.Execute("DELETE FROM place_counts WHERE id = $1", wanted.Id);
        FitSql.MakeDue(session, wanted.PlaceId, wanted.At);
        Audit.Note(session, wanted.Who, "place.count", PlaceSql.Target(wanted.PlaceId), Text(count), null, wanted.At);
        return null;
    }

    /// <summary>One count of a place; null when there is none.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">The place, the count, now (milliseconds since 1970).</param>
    public static CountRow? One(SqlSession session, (long PlaceId, long Id, long Now) wanted) =>
        Rows(
            session, (wanted.PlaceId, wanted.Now),
            session.Query($"{SelectSql} WHERE place_id = $1 AND id = $2", wanted.PlaceId, wanted.Id))
            .FirstOrDefault();

    /// <summary>Lists counts, newest first by the time at which they were entered.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">The place, below which id, how many, now (milliseconds since 1970).</param>
    public static List<CountRow> List(SqlSession session, (long PlaceId, long Before, int Limit, long Now) wanted) =>
        Rows(session, (wanted.PlaceId, wanted.Now), session.Query(
            $"{SelectSql} WHERE place_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3", wanted.PlaceId, wanted.Before, wanted.Limit));

    /// <summary>The counts that a model is fitted to, oldest first: those that are used.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">The place; now, milliseconds since 1970.</param>
    public static List<CountRow> Fitted(SqlSession session, (long PlaceId, long Now) wanted)
    {
        List<CountRow> rows = Rows(session, wanted, session.Query(
            $"{SelectSql} WHERE place_id = $1 AND at >= $2 AND at <= $3 ORDER BY at DESC, id DESC LIMIT $4", wanted.PlaceId,
            CalibrationMarks.Since(session, wanted.PlaceId, long.MaxValue), wanted.Now, MostFitted));
        rows.Reverse();
        return rows.FindAll(static row => row.IsUsed);
    }

    /// <summary>How sure the numbers of a place are now, by its counts that are used.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">The place, its zone, now (milliseconds since 1970).</param>
    public static Certainty Certainty(SqlSession session, (long PlaceId, DateTimeZone Zone, long Now) wanted)
    {
        StaleRow? stale = CalibrationMarks.Rows(session, wanted.PlaceId).Find(static row => row.WithdrawnAt is null);
        IReadOnlyDictionary<long, long> used = CountUse.Of(session, (wanted.PlaceId, wanted.Now)).Used;
        int days = used.Values.Select(at => PlaceDay.Today(wanted.Zone, DateTimeOffset.FromUnixTimeMilliseconds(at)))
            .Distinct().Count();
        return Certainties.Of(used.Count, days, stale, ModelSql.IdAt(session, (wanted.PlaceId, wanted.Now)));
    }

    private static List<CountRow> Rows(SqlSession session, (long PlaceId, long Now) wanted, SqlStatement statement)
    {
        List<CountRow> rows = [];
        using (SqlStatement row = statement)
        {
            while (row.Read())
            {
                rows.Add(new CountRow(
                    row.Int64(0), row.Text(1), row.Int32(2), row.Int32OrNull(3), row.Time(4), row.TextOrNull(5), row.Text(6), row.Time(7),
                    true, null));
            }
        }

        if (rows.Count == 0)
        {
            return rows;
        }

        CountUses uses = CountUse.Of(session, wanted);
        return rows.ConvertAll(count =>
            uses.WhyNot(count.Id, (count.At - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMillisecond) is { } unused
                ? count with { IsUsed = false, Unused = unused }
                : count);
    }

    private static CountRow? Same(SqlSession session, NewCount count) =>
        Rows(session, (count.PlaceId, count.Now), session.Query(
            $"{SelectSql} WHERE place_id = $1 AND kind = $2 AND at = $3", count.PlaceId, count.Kind, count.At)).FirstOrDefault();

    private static int Number(SqlSession session, long placeId)
    {
        using SqlStatement row = session.Query("SELECT count(*) FROM place_counts WHERE place_id = $1", placeId);
        row.Read();
        return row.Int32(0);
    }

    private static bool HadBox(SqlSession session, long placeId, long at)
    {
        using SqlStatement row = session.Query(s_hadBox, placeId, at);
        return row.Read();
    }

    private static string Text(CountRow count)
    {
        string length = count.Minutes is { } minutes ? string.Create(CultureInfo.InvariantCulture, $" over {minutes} min") : "";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{count.Kind} {count.People} at {count.At:yyyy-MM-dd'T'HH:mm:ss'Z'}{length} by {count.By}");
    }
}

/// <summary>How sure numbers are, by the counts that they rest on.</summary>
internal static class Certainties
{
    /// <summary>The certainty that counts give.</summary>
    /// <param name="counts">How many are used.</param>
    /// <param name="days">On how many days.</param>
    /// <param name="stale">When and why those before became useless; null = none did.</param>
    /// <param name="model">Number of the version; null = none.</param>
    public static Certainty Of(int counts, int days, StaleRow? stale, long? model)
    {
        bool isStale = stale is not null && counts < ModelFit.LeastCounts;
        string state = isStale ? CertaintyState.Stale
            : counts < ModelFit.LeastCounts ? CertaintyState.Activity
            : counts < ModelFit.CalibratedCounts || days < ModelFit.CalibratedDays ? CertaintyState.Rough
            : CertaintyState.Calibrated;
        int needed = counts < ModelFit.LeastCounts ? ModelFit.LeastCounts : ModelFit.CalibratedCounts;
        return new Certainty(
            state, isStale ? stale!.Reason : null, isStale ? stale!.Detail : null, isStale ? stale!.At : null, counts, days,
            Math.Max(0, needed - counts),
            state is CertaintyState.Rough ? Math.Max(0, ModelFit.CalibratedDays - days) : 0, model);
    }
}
