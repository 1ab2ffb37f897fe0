using System.Globalization;

using JamBox.Backend.Config;
using JamBox.Backend.Demo;
using JamBox.Backend.Deployments;
using JamBox.Backend.Devices;
using JamBox.Backend.Insights.Calibration;
using JamBox.Backend.Insights.Watch;
using JamBox.Backend.Notifications;
using JamBox.Backend.Readings;
using JamBox.Backend.Rollouts;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Places;

/// <summary>
/// The SQL of which box stands where, and stood. An interval begins and ends with a quarter of an hour, as the sums do that are read
/// through it: a move counts from the beginning of the quarter in which it happens.
/// </summary>
internal static class PlacementSql
{
    private const string OrderSql = "ORDER BY CASE WHEN s.to_at IS NULL THEN 0 ELSE 1 END, s.from_at DESC, s.device_id LIMIT 1000";

    private const string ThingsSql = $"""
        SELECT s.device_id, s.from_at, s.to_at, d.kind FROM place_devices s JOIN devices d ON d.device_id = s.device_id
        WHERE s.place_id = $1 AND d.kind <> 'box' {OrderSql}
        """;

    private static readonly string s_boxes = $"""
        SELECT s.device_id, s.from_at, s.to_at FROM place_devices s
        WHERE s.place_id = $1 AND {DeviceKind.CountsSql("s.device_id")} {OrderSql}
        """;

    private static readonly string s_hadBoxes =
        $"SELECT 1 FROM place_devices s WHERE place_id = $1 AND {DeviceKind.CountsSql("s.device_id")} LIMIT 1";

    /// <summary>Lists the boxes of a place, those that stand there first, then the latest.</summary>
    public static List<PlacedBox> Boxes(SqlSession session, long placeId)
    {
        using SqlStatement row = session.Query(s_boxes, placeId);
        List<PlacedBox> boxes = [];
        while (row.Read())
        {
            boxes.Add(new PlacedBox(row.Text(0), row.Int64(1) == 0 ? null : row.Time(1), row.TimeOrNull(2)));
        }

        return boxes;
    }

    /// <summary>Lists the things and gateways of a place in the same order.</summary>
    public static List<PlacedThing> Things(SqlSession session, long placeId)
    {
        using SqlStatement row = session.Query(ThingsSql, placeId);
        List<PlacedThing> things = [];
        while (row.Read())
        {
            things.Add(new PlacedThing(row.Text(0), row.Text(3), row.Int64(1) == 0 ? null : row.Time(1), row.TimeOrNull(2)));
        }

        return things;
    }

    /// <summary>Brings a box to a place, or away from where it stands.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="deviceId">The box.</param>
    /// <param name="placeId">The place; null = none.</param>
    /// <param name="at">Since when, milliseconds since 1970; the first place of a box has it since ever.</param>
    /// <param name="isFirstSinceEver">False when a moment was asked for: then that counts for the first place too.</param>
    /// <returns>Why it was not done.</returns>
    public static Refusal? Put(SqlSession session, string deviceId, long? placeId, long at, bool isFirstSinceEver = true)
    {
        // The device's row is what two processes that move the same box wait for each other at.
        session.Execute("UPDATE devices SET place_id = place_id WHERE device_id = $1", deviceId);
        if (DemoSql.IsApart(session, deviceId, placeId))
        {
            return DemoSql.Apart;
        }

        long from = at - (at % QuarterHourSums.QuarterMs);
        Interval? last = Last(session, deviceId);
        if (last is { Until: null } && last.PlaceId == placeId)
        {
            return isFirstSinceEver || from >= last.From
                ? null
                : Refusal.Conflict("from: the box stands there already, and came later");
        }

        if (last is not null && from < (last.Until ?? last.From))
        {
            return Refusal.Conflict("from: the box was moved after that");
        }

        if (last is { Until: null } open)
        {
            if (open.From == from)
            {
                // It stood there for no quarter of an hour: nothing can be of that place.
                session.Execute("DELETE FROM place_devices WHERE id = $1", open.Id);
                last = Last(session, deviceId);
            }
            else
            {
                session.Execute("UPDATE place_devices SET to_at = $2 WHERE id = $1", open.Id, from);
                last = open with { Until = from };
            }
        }

        if (placeId is { } place)
        {
            Begin(session, deviceId, place, last, last is null && isFirstSinceEver ? 0 : from);
        }

        session.Execute("UPDATE devices SET place_id = $2 WHERE device_id = $1", deviceId, placeId);
        return null;
    }

    /// <summary>Moves a box of the caller's, with its line in the audit log.</summary>
    public static Refusal? Move(
        SqlSession session, (string DeviceId, long? PlaceId, long? From, string? Scope, string Who, long At) wanted) =>
        MoveWith(session, wanted, null);

    /// <summary>Moves a box. What was counted by hand at the places that it leaves and comes to no longer fits, for a reason.</summary>
    private static Refusal? MoveWith(
        SqlSession session, (string DeviceId, long? PlaceId, long? From, string? Scope, string Who, long At) wanted,
        (StaleReason Reason, string Detail)? why)
    {
        // Looked at here, and not only before: it may just have been moved out of the caller's reach.
        session.Execute("UPDATE devices SET place_id = place_id WHERE device_id = $1", wanted.DeviceId);
        if (!DeviceSql.IsVisible(session, (wanted.DeviceId, wanted.Scope)))
        {
            return DeviceAccess.Unknown;
        }

        if (wanted.PlaceId is { } place && !PlaceSql.IsInUse(session, place))
        {
            return PlaceAccess.Retired;
        }

        if (wanted.PlaceId is not null && FindFault(session, wanted.DeviceId) is { } fault)
        {
            return fault;
        }

        long? before = PlaceOf(session, wanted.DeviceId);
        if (Put(session, wanted.DeviceId, wanted.PlaceId, wanted.From ?? wanted.At, wanted.From is null) is { } refusal)
        {
            return refusal;
        }

        if (before != wanted.PlaceId)
        {
            Forget(session, wanted.DeviceId, before);
            Note(session, wanted, before);
            if (Counts(session, wanted.DeviceId))
            {
                CountAnew(session, wanted, before, why);
            }
        }

        return null;
    }

    /// <summary>What is counted at the places that a box leaves and comes to is something else from then on.</summary>
    private static void CountAnew(
        SqlSession session, (string DeviceId, long? PlaceId, long? From, string? Scope, string Who, long At) wanted, long? before,
        (StaleReason Reason, string Detail)? why)
    {
        long from = wanted.From ?? wanted.At;
        MarkStale(session, before, why ?? (StaleReason.Moved, $"box {wanted.DeviceId} was moved away."), from, wanted.Who, wanted.At);
        MarkStale(session, wanted.PlaceId, why ?? (StaleReason.Moved, $"box {wanted.DeviceId} came."), from, wanted.Who, wanted.At);

        // Other boxes, another model: a new one's part is not known until its first night, and must not count as people until then.
        MakeFitDue(session, before, wanted.At);
        MakeFitDue(session, wanted.PlaceId, wanted.At);

        // What was odd where it stood is no matter of where it stands.
        foreach (string type in CountingFault.All)
        {
            AlertSql.Clear(session, wanted.DeviceId, type, null, wanted.At);
        }
    }

    /// <summary>Puts a box into the place of another one: the series goes on, and configuration and tags go over.</summary>
    public static Refusal? Replace(SqlSession session, (long PlaceId, string Old, string By, string? Scope, string Who, long At) wanted)
    {
        if (PlaceOf(session, wanted.Old) != wanted.PlaceId)
        {
            return Refusal.Conflict("device_id: that box does not stand at this place");
        }

        if (wanted.Old == wanted.By || !Counts(session, wanted.By))
        {
            return Refusal.Conflict("by: must be another box");
        }

        (StaleReason, string) why = (
            StaleReason.Replaced,
            $"box {wanted.By} took the place of {wanted.Old}.");
        if (MoveWith(session, (wanted.By, wanted.PlaceId, wanted.At, wanted.Scope, wanted.Who, wanted.At), why) is { } refusal)
        {
            return refusal;
        }

        Move(session, (wanted.Old, null, null, wanted.Scope, wanted.Who, wanted.At));
        ConfigSql.Change(session, (wanted.By, ConfigChange.Of(ConfigSql.Of(session, wanted.Old)), wanted.Who, wanted.At));
        TagSql.Set(session, (wanted.By, TagSql.Of(session, wanted.Old), wanted.Who, wanted.At));
        Audit.Note(session, wanted.Who, "place.replace", PlaceSql.Target(wanted.PlaceId), wanted.Old, wanted.By, wanted.At);
        return null;
    }

    /// <summary>Makes one place of two: the second takes over boxes and history of the first. Rights at the first end.</summary>
    public static Refusal? Merge(SqlSession session, (long Id, long Into, string Who, long At) wanted)
    {
        if (wanted.Id == wanted.Into)
        {
            return Refusal.Conflict("into: must be another place");
        }

        // Both rows, in the order of their ids: whoever else merges them waits here.
        foreach (long id in new[] { Math.Min(wanted.Id, wanted.Into), Math.Max(wanted.Id, wanted.Into) })
        {
            if (session.Execute("UPDATE places SET name = name WHERE id = $1 AND retired_at IS NULL", id) == 0)
            {
                return Refusal.Conflict("One of the places is no longer in use");
            }

            if (DemoSql.IsDemo(session, id))
            {
                return DemoSql.Apart;
            }
        }

        bool hadBoxes = HadBoxes(session, wanted.Id);
        session.Execute("UPDATE place_devices SET place_id = $2 WHERE place_id = $1", wanted.Id, wanted.Into);
        session.Execute("UPDATE devices SET place_id = $2 WHERE place_id = $1", wanted.Id, wanted.Into);
        session.Execute("UPDATE notifications SET place_id = $2 WHERE place_id = $1", wanted.Id, wanted.Into);
        RolloutTargetSql.MovePlace(session, wanted.Id, wanted.Into);
        DeploymentRolloutSql.MovePlace(session, wanted.Id, wanted.Into);
        session.Execute("DELETE FROM place_codes WHERE place_id = $1", wanted.Id);
        GrantSql.RemovePlace(session, wanted.Id, wanted.Who, wanted.At);
        if (hadBoxes)
        {
            MarkStale(
                session, wanted.Into, (StaleReason.Merged, $"the boxes of {PlaceSql.Target(wanted.Id)} came."), wanted.At, wanted.Who,
                wanted.At);
            FitSql.MakeDue(session, wanted.Into, wanted.At);
        }

        session.Execute("UPDATE places SET retired_at = $3, merged_into = $2 WHERE id = $1", wanted.Id, wanted.Into, wanted.At);
        Audit.Note(session, wanted.Who, "place.merge", PlaceSql.Target(wanted.Id), null, PlaceSql.Target(wanted.Into), wanted.At);
        return null;
    }

    /// <summary>The place where a device stands; null = none.</summary>
    public static long? PlaceOf(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT place_id FROM devices WHERE device_id = $1", deviceId);
        return row.Read() ? row.Int64OrNull(0) : null;
    }

    private static bool Counts(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT 1 FROM devices WHERE device_id = $1 AND kind = 'box'", deviceId);
        return row.Read();
    }

    private static bool HadBoxes(SqlSession session, long placeId)
    {
        using SqlStatement row = session.Query(s_hadBoxes, placeId);
        return row.Read();
    }

    private static void MakeFitDue(SqlSession session, long? placeId, long now)
    {
        if (placeId is { } place)
        {
            FitSql.MakeDue(session, place, now);
        }
    }

    private static void MarkStale(
        SqlSession session, long? placeId, (StaleReason Reason, string Detail) why, long at, string who, long now)
    {
        if (placeId is { } place)
        {
            CalibrationMarks.MarkStale(
                session, place, at, why.Reason, $"On {CalibrationMarks.Day(session, place, at)} {why.Detail}", who, now);
        }
    }

    /// <summary>With the moment from which the move counts, where another one was asked for than that of the request.</summary>
    private static void Note(
        SqlSession session, (string DeviceId, long? PlaceId, long? From, string? Scope, string Who, long At) wanted, long? before)
    {
        string? after = wanted.PlaceId is { } place ? PlaceSql.Target(place) : null;
        if (wanted.From is { } from && from != wanted.At)
        {
            after = $"{after ?? "nowhere"} from {DateTime.UnixEpoch.AddMilliseconds(from):yyyy-MM-ddTHH:mm:ssZ}";
        }

        Audit.Note(
            session, wanted.Who, "device.move", wanted.DeviceId, before is { } b ? PlaceSql.Target(b) : null, after, wanted.At);
    }

    private static void Begin(SqlSession session, string deviceId, long placeId, Interval? last, long from)
    {
        if (last is not null && last.PlaceId == placeId && last.Until == from)
        {
            // Away and back within a quarter of an hour: it never left.
            session.Execute("UPDATE place_devices SET to_at = NULL WHERE id = $1", last.Id);
        }
        else
        {
            session.Execute("INSERT INTO place_devices (place_id, device_id, from_at) VALUES ($1, $2, $3)", placeId, deviceId, from);
        }
    }

    /// <summary>Why a box cannot be brought anywhere; null = it can.</summary>
    public static Refusal? FindFault(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT 1 FROM devices WHERE device_id = $1 AND retired_at IS NOT NULL", deviceId);
        return row.Read() ? DeviceAccess.Retired : null;
    }

    /// <summary>Whether a box is the only one that stands at a place.</summary>
    public static bool IsAlone(SqlSession session, (string DeviceId, long PlaceId) wanted)
    {
        using SqlStatement row = session.Query(
            "SELECT 1 FROM devices WHERE place_id = $1 AND device_id <> $2 AND kind = 'box' LIMIT 1", wanted.PlaceId, wanted.DeviceId);
        return !row.Read();
    }

    /// <summary>Whether a box stands or stood somewhere.</summary>
    public static bool HasStood(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT 1 FROM place_devices WHERE device_id = $1 LIMIT 1", deviceId);
        return row.Read();
    }

    /// <summary>What was found, or heard to be found, where a box stood until now is not true of where it stands.</summary>
    private static void Forget(SqlSession session, string deviceId, long? before)
    {
        session.Execute("DELETE FROM geolocation_jobs WHERE device_id = $1", deviceId);
        if (before is not null)
        {
            session.Execute(
                "UPDATE devices SET latitude = NULL, longitude = NULL, location_source = NULL WHERE device_id = $1", deviceId);
        }
    }

    private static Interval? Last(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query(
            "SELECT id, place_id, from_at, to_at FROM place_devices WHERE device_id = $1 ORDER BY from_at DESC, id DESC LIMIT 1", deviceId);
        return row.Read() ? new Interval(row.Int64(0), row.Int64(1), row.Int64(2), row.Int64OrNull(3)) : null;
    }

    private sealed record Interval(long Id, long PlaceId, long From, long? Until);
}
