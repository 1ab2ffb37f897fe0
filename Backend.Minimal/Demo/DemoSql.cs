using JamBox.Backend.Insights.Calibration;
using JamBox.Backend.Notifications;
using JamBox.Backend.Places;
using JamBox.Backend.Readings;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Demo;

/// <summary>The virtual box and its place.</summary>
/// <param name="PlaceId">The place.</param>
/// <param name="DeviceId">The box.</param>
/// <param name="DeviceKey">Its number.</param>
/// <param name="Timezone">IANA id of the place's zone.</param>
internal sealed record DemoBox(long PlaceId, string DeviceId, long DeviceKey, string Timezone);

/// <summary>
/// The SQL of the virtual box: made, filled, removed with all that hangs on it. It stands at its place and nowhere else, and no other box
/// stands there, so that what is removed is never anybody's.
/// </summary>
internal static class DemoSql
{
    /// <summary>The box's id; no label has it.</summary>
    public const string DeviceId = "DEMO0001";

    /// <summary>Who enters what it brings, as lists and the audit log show it.</summary>
    public const string Who = "virtual box";

    /// <summary>The only boot that it ever has: its readings are numbered by the five minutes since 1970.</summary>
    public const long BootId = 1;

    /// <summary>
    /// Readings that go in one transaction, a day's: so that no real one waits long, and the watch over the storage does not take it for
    /// locked.
    /// </summary>
    public const int SliceRows = DemoDays.SlotsPerDay;

    /// <summary>What is said when others are to stand there, or it elsewhere.</summary>
    public static readonly Refusal Apart = Refusal.Conflict("The virtual box and its place belong together: no other box stands there");

    /// <summary>
    /// Tables with rows of a box that go with the virtual one; readings go first, slice by slice. A table that is not here is found by a
    /// test.
    /// </summary>
    private static readonly string[] s_ofDevice =
        [.. RetirementSql.Tables, "heartbeats", "quarters", "events", "notifications", "devices"];

    /// <summary>Those of a place.</summary>
    private static readonly string[] s_ofPlace =
    [
        "place_hours", "place_exceptions", "place_codes", "place_counts", "place_models", "place_stale", "place_staff", "place_fits",
        "box_baselines", "counting_watch", "report_sends", "ota_rollout_places", "notification_gates", "notifications",
    ];

    /// <summary>The box; null = there is none, or it is being removed.</summary>
    public static DemoBox? Find(SqlSession session, bool isBeingRemoved)
    {
        using SqlStatement row = session.Query(
            """
            SELECT p.id, d.device_id, d.id, p.timezone FROM devices d JOIN places p ON p.id = d.place_id
            WHERE d.is_demo = 1 AND d.kind = 'box' AND (d.status = 'active' OR $1 = 1)
            """, isBeingRemoved);
        return row.Read() ? new DemoBox(row.Int64(0), row.Text(1), row.Int64(2), row.Text(3)) : null;
    }

    /// <summary>Makes place and box, without a reading yet.</summary>
    public static Refusal? Add(SqlSession session, (string Name, string Timezone, string TokenHash, string Who, long At) wanted)
    {
        if (session.Execute(
            """
            INSERT INTO devices (device_id, token_hash, timezone, registered_at, last_seen_at, is_demo) VALUES ($1, $2, $3, $4, $4, 1)
            ON CONFLICT (device_id) DO NOTHING
            """, DeviceId, wanted.TokenHash, wanted.Timezone, wanted.At) == 0)
        {
            return Refusal.Conflict("There is a virtual box already");
        }

        PlaceChange place = new() { Name = wanted.Name, Timezone = wanted.Timezone };
        long id = PlaceSql.Add(session, (place, wanted.Who, wanted.At));
        session.Execute("UPDATE places SET is_demo = 1 WHERE id = $1", id);
        HoursChange hours = new();
        for (int weekday = 1; weekday <= 6; weekday++)
        {
            hours.Set(weekday, ["09:00-19:00"]);
        }

        HoursSql.Set(session, (id, hours, wanted.Who, wanted.At));
        PlacementSql.Put(session, DeviceId, id, wanted.At);

        // Not fitted before its counts are there, so that the first model holds for all of its past.
        FitSql.MakeDue(session, id, wanted.At + (24 * 60 * 60 * 1000L));
        Audit.Note(session, wanted.Who, "demo.add", PlaceSql.Target(id), null, DeviceId, wanted.At);
        return null;
    }

    /// <summary>The five minutes since 1970 of the newest reading; null = there is none.</summary>
    public static long? Newest(SqlSession session, DemoBox box)
    {
        using SqlStatement row = session.Query(
            "SELECT max(key_b) FROM readings WHERE device_key = $1 AND key_kind = $2 AND key_a = $3",
            box.DeviceKey, (int)ReadingKeyKind.BootAndNumber, BootId);
        return row.Read() ? row.Int64OrNull(0) : null;
    }

    /// <summary>Stores readings, as those of an import: no watch over bursts looks at them.</summary>
    /// <returns>How many were new; none when the box was removed meanwhile.</returns>
    public static int Fill(SqlSession session, (DemoBox Box, IReadOnlyList<DatedReading> Readings) wanted) =>
        session.Execute(
            "UPDATE devices SET last_seen_at = $2, b = $3 WHERE id = $1 AND is_demo = 1 AND status = 'active'",
            wanted.Box.DeviceKey, wanted.Readings[^1].ReceivedAt, BootId) == 0
            ? 0
            : ReadingSql.Import(session, wanted.Readings);

    /// <summary>Whether somebody has counted there yet: its usual staff comes with the counts.</summary>
    public static bool IsCounted(SqlSession session, long placeId)
    {
        using SqlStatement row = session.Query("SELECT 1 FROM place_staff WHERE place_id = $1 LIMIT 1", placeId);
        return row.Read();
    }

    /// <summary>Enters counts by hand, the usual staff, and how long people stay.</summary>
    /// <returns>Whether it was done: not when somebody else did meanwhile, or the box was removed.</returns>
    public static bool Count(
        SqlSession session, (DemoBox Box, IReadOnlyList<NewCount> Counts, StaffChange Staff, long From, long At) wanted)
    {
        if (!Holds(session, wanted.Box) || IsCounted(session, wanted.Box.PlaceId))
        {
            return false;
        }

        // All at once, so that the first model is fitted to all of them; the audit log says that the box was made.
        foreach (NewCount count in wanted.Counts)
        {
            session.Execute(
                """
                INSERT INTO place_counts (place_id, kind, at, minutes, people, entered_by, entered_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
                ON CONFLICT (place_id, kind, at) DO NOTHING
                """, count.PlaceId, count.Kind, count.At, count.Minutes, count.People, count.Who, count.Now);
        }

        StaffSql.Set(session, (wanted.Box.PlaceId, wanted.Staff, wanted.From, Who, wanted.At));
        FitSql.SetStay(session, (wanted.Box.PlaceId, DemoDays.Embedded.MeanStayMinutes, Who, wanted.At));
        return true;
    }

    /// <summary>Stores the first model, unless somebody else has fitted meanwhile, or the box was removed.</summary>
    public static int Fit(SqlSession session, (DemoBox Box, Fitted Fitted, long At) done)
    {
        if (done.Fitted.Model is not { } model || !Holds(session, done.Box)
            || ModelSql.Newest(session, done.Fitted.PlaceId).Model is not null)
        {
            return 0;
        }

        ModelSql.Add(session, model, done.Fitted.Inputs, FitJob.QueueName, done.At);
        foreach ((string box, Insights.Estimation.Baseline baseline) in done.Fitted.Baselines)
        {
            FitSql.AddBaseline(session, done.Fitted.PlaceId, box, baseline, done.At);
        }

        return 1;
    }

    /// <summary>Ends the box: it says no more.</summary>
    /// <returns>0 when it is gone.</returns>
    public static int End(SqlSession session, DemoBox box)
    {
        int ended = session.Execute("UPDATE devices SET status = 'inactive' WHERE id = $1", box.DeviceKey);
        if (ended > 0)
        {
            DemoThingSql.End(session);
        }

        return ended;
    }

    /// <summary>Deletes a slice of its readings, and then of what the things said.</summary>
    /// <returns>How many there were.</returns>
    public static int RemoveReadings(SqlSession session, DemoBox box)
    {
        int removed = session.Execute(
            "DELETE FROM readings WHERE id IN (SELECT id FROM readings WHERE device_key = $1 LIMIT $2)", box.DeviceKey, SliceRows);
        return removed + (removed < SliceRows ? DemoThingSql.RemoveHistory(session, SliceRows - removed) : 0);
    }

    /// <summary>Deletes everything else, the place last.</summary>
    /// <returns>How many places: none when somebody else has removed it; another one made since then has the same id, and stays.</returns>
    public static int Remove(SqlSession session, (DemoBox Box, string Who, long At) wanted)
    {
        DemoBox box = wanted.Box;
        if (End(session, box) == 0)
        {
            return 0;
        }

        session.Execute("DELETE FROM readings WHERE device_key = $1", box.DeviceKey);
        session.Execute(
            "DELETE FROM notification_marks WHERE notification_id IN (SELECT id FROM notifications WHERE device_id = $1 OR place_id = $2)",
            box.DeviceId, box.PlaceId);
        foreach (string table in s_ofDevice)
        {
            session.Execute($"DELETE FROM {table} WHERE device_id = $1", box.DeviceId);
        }

        DemoThingSql.Remove(session, s_ofDevice);

        foreach (string table in s_ofPlace)
        {
            session.Execute($"DELETE FROM {table} WHERE place_id = $1", box.PlaceId);
        }

        GrantSql.RemovePlace(session, box.PlaceId, wanted.Who, wanted.At);
        int removed = session.Execute("DELETE FROM places WHERE id = $1", box.PlaceId);
        Audit.Note(session, wanted.Who, "demo.remove", PlaceSql.Target(box.PlaceId), box.DeviceId, null, wanted.At);
        return removed;
    }

    /// <summary>Whether it is still there and not being removed; who would remove it waits until this transaction is over.</summary>
    public static bool Holds(SqlSession session, DemoBox box) =>
        session.Execute("UPDATE devices SET b = b WHERE id = $1 AND is_demo = 1 AND status = 'active'", box.DeviceKey) > 0;

    /// <summary>Whether a box would stand at a place of the other kind.</summary>
    public static bool IsApart(SqlSession session, string deviceId, long? placeId)
    {
        using SqlStatement row = session.Query(
            "SELECT 1 FROM devices WHERE device_id = $1 AND is_demo <> coalesce((SELECT p.is_demo FROM places p WHERE p.id = $2), 0)",
            deviceId, placeId);
        return row.Read();
    }

    /// <summary>Whether a place is that of the virtual box.</summary>
    public static bool IsDemo(SqlSession session, long placeId)
    {
        using SqlStatement row = session.Query("SELECT 1 FROM places WHERE id = $1 AND is_demo = 1", placeId);
        return row.Read();
    }

    /// <summary>Whether a box is the virtual one.</summary>
    public static bool IsDemo(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT 1 FROM devices WHERE device_id = $1 AND is_demo = 1", deviceId);
        return row.Read();
    }
}
