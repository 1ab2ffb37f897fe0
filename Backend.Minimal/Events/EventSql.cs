using System.Globalization;
using System.Text.Json;

using JamBox.Backend.Deployments;
using JamBox.Backend.Devices;
using JamBox.Backend.Readings;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Events;

/// <summary>The SQL of listening.</summary>
internal static class EventSql
{
    /// <summary>That a roll-out has changed says no more than which deployment, and everybody may see those.</summary>
    private static readonly string s_after = $"""
        SELECT id, kind, data FROM events
        WHERE id > $1
            AND ((kind = '{DeploymentNotes.Event}' AND device_id = '') OR {Caller.ScopeAtSql("events.device_id", "events.at", "$2")})
        ORDER BY id LIMIT $3
        """;

    private static readonly string s_states = $"""
        SELECT device_id, last_seen_at, report_interval_ms, kind FROM devices WHERE {Caller.ScopeSql("device_id", "$1")}
        """;

    /// <summary>The newest row of each table that events come from.</summary>
    public static EventPosition Newest(SqlSession session, int unused) =>
        new(
            Max(session, "SELECT max(id) FROM readings"),
            Max(session, "SELECT max(id) FROM heartbeats"),
            Max(session, "SELECT max(id) FROM events"));

    /// <summary>What came after a position.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">From where on, up to where, of whose devices, and how many of each kind at most.</param>
    /// <returns>The events, and the position after them: <c>Until</c> when there are no more.</returns>
    public static (List<LiveEvent> Events, EventPosition At) Gather(
        SqlSession session, (EventPosition From, EventPosition Until, string? Scope, int Limit) wanted)
    {
        EventPosition at = wanted.From;
        List<LiveEvent> events = [];
        int found = 0;
        foreach (ReadingRow reading in ReadingSql.After(session, (at.Reading, wanted.Scope, wanted.Limit)))
        {
            found++;
            if (reading.Id <= wanted.Until.Reading)
            {
                at = at with { Reading = reading.Id };
                events.Add(
                    new LiveEvent("reading", JsonSerializer.Serialize(reading, ReadingJson.Default.ReadingRow), at, reading.DeviceId));
            }
        }

        at = found < wanted.Limit ? at with { Reading = Math.Max(at.Reading, wanted.Until.Reading) } : at;
        found = 0;
        foreach (HeartbeatRow heartbeat in HeartbeatSql.After(session, (at.Heartbeat, wanted.Scope, wanted.Limit)))
        {
            found++;
            if (heartbeat.Id <= wanted.Until.Heartbeat)
            {
                at = at with { Heartbeat = heartbeat.Id };
                string json = JsonSerializer.Serialize(heartbeat, DeviceJson.Default.HeartbeatRow);
                events.Add(new LiveEvent("heartbeat", json, at, heartbeat.DeviceId));
            }
        }

        at = found < wanted.Limit ? at with { Heartbeat = Math.Max(at.Heartbeat, wanted.Until.Heartbeat) } : at;
        return (events, Others(session, at, wanted, events));
    }

    /// <summary>The state of each device.</summary>
    public static Dictionary<string, string> States(SqlSession session, (string? Scope, long Now) wanted)
    {
        using SqlStatement row = session.Query(s_states, wanted.Scope);
        Dictionary<string, string> states = [];
        while (row.Read())
        {
            states[row.Text(0)] = DeviceState.Of(row.Text(3), row.Int64OrNull(1), row.Int32(2), wanted.Now);
        }

        return states;
    }

    /// <summary>An event for each device whose state has changed.</summary>
    /// <param name="before">The states that were told; brought up to date.</param>
    /// <param name="now">The states now.</param>
    /// <param name="at">Where the listener is.</param>
    public static List<LiveEvent> Compare(Dictionary<string, string> before, Dictionary<string, string> now, EventPosition at)
    {
        List<LiveEvent> events = [];
        foreach ((string id, string state) in now)
        {
            if (before.GetValueOrDefault(id) != state)
            {
                before[id] = state;
                string json = $"{{\"device_id\":\"{JsonEncodedText.Encode(id)}\",\"connection_status\":\"{state}\"}}";
                events.Add(new LiveEvent("device", json, at, id));
            }
        }

        return events;
    }

    private static EventPosition Others(
        SqlSession session, EventPosition at, (EventPosition From, EventPosition Until, string? Scope, int Limit) wanted,
        List<LiveEvent> events)
    {
        int found = 0;
        using SqlStatement row = session.Query(s_after, at.Event, wanted.Scope, wanted.Limit);
        while (row.Read())
        {
            found++;
            if (row.Int64(0) <= wanted.Until.Event)
            {
                at = at with { Event = row.Int64(0) };
                events.Add(new LiveEvent(row.Text(1), row.Text(2), at, DeviceId: null));
            }
        }

        return found < wanted.Limit ? at with { Event = Math.Max(at.Event, wanted.Until.Event) } : at;
    }

    private static long Max(SqlSession session, string sql)
    {
        using SqlStatement row = session.Query(sql);
        row.Read();
        return row.Int64(0);
    }
}

/// <summary>An event as listeners hear it.</summary>
/// <param name="Kind">reading, heartbeat, device, ota, patch, rollout, deployment, alert, notification, telemetry, state or status.</param>
/// <param name="Json">What happened.</param>
/// <param name="At">How far a listener has heard that has heard it.</param>
/// <param name="DeviceId">Whose reading, heartbeat or state it is; null = of another kind.</param>
internal sealed record LiveEvent(string Kind, string Json, EventPosition At, string? DeviceId);

/// <summary>How far a listener has heard: the newest row of each table that events come from.</summary>
/// <param name="Reading">Of readings.</param>
/// <param name="Heartbeat">Of heartbeats.</param>
/// <param name="Event">Of events.</param>
internal readonly record struct EventPosition(long Reading, long Heartbeat, long Event)
{
    /// <summary>Reads the id of an event.</summary>
    /// <returns>False when it is none.</returns>
    public static bool TryParse(string text, out EventPosition position)
    {
        string[] parts = text.Split('-');
        long[] ids = new long[3];
        bool isOne = parts.Length == ids.Length;
        for (int i = 0; isOne && i < ids.Length; i++)
        {
            isOne = long.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out ids[i]);
        }

        position = new EventPosition(ids[0], ids[1], ids[2]);
        return isOne;
    }

    /// <summary>The lesser of both, table by table.</summary>
    public EventPosition AtMost(EventPosition other) =>
        new(Math.Min(Reading, other.Reading), Math.Min(Heartbeat, other.Heartbeat), Math.Min(Event, other.Event));

    /// <summary>The greater of both, table by table.</summary>
    public EventPosition AtLeast(EventPosition other) =>
        new(Math.Max(Reading, other.Reading), Math.Max(Heartbeat, other.Heartbeat), Math.Max(Event, other.Event));

    /// <summary>The id of an event: three numbers.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Reading}-{Heartbeat}-{Event}");
}
