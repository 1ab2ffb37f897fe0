using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;
using System.Text.Json;

using JamBox.Backend.Devices;
using JamBox.Backend.Readings;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Events;

/// <summary>
/// What a listener hears: reading, heartbeat, device (its state has changed), ota, patch, rollout and alert; <c>listening</c> first, and
/// <c>ping</c> every 15 s of silence, which keeps proxies from closing the line. Each listener looks into the storage once a second: so it
/// hears what any process stored, and the path of a reading costs nothing for it. Every event has an id, with which a listener goes on
/// where it was cut off.
/// </summary>
internal sealed class EventStream(Store store, TimeProvider clock, string? scope, Func<ValueTask<bool>> mayHear)
{
    private const int MaxPerTurn = 200;
    private const int TurnsPerPing = 15;
    private const string Nothing = "{}";

    private static readonly TimeSpan s_turn = TimeSpan.FromSeconds(1);

    private static readonly string s_after = $"""
        SELECT id, kind, data FROM events WHERE id > $1 AND {Caller.ScopeAtSql("events.device_id", "events.at", "$2")} ORDER BY id LIMIT $3
        """;

    private static readonly string s_states = $"""
        SELECT device_id, last_seen_at, report_interval_ms FROM devices WHERE {Caller.ScopeSql("device_id", "$1")}
        """;

    /// <summary>Listens.</summary>
    /// <param name="heard">Where the listener was cut off: then it is told the state of every device too; null = it is new.</param>
    /// <param name="stopping">Set when the server stops: the stream ends.</param>
    /// <param name="aborted">Set when the listener has gone.</param>
    public async IAsyncEnumerable<SseItem<string>> ListenAsync(
        EventPosition? heard, CancellationToken stopping, [EnumeratorCancellation] CancellationToken aborted)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stopping, aborted);

        // A position beyond the newest is of another database: there would be silence until this one has grown so far.
        EventPosition newest = await store.ReadAsync(0, Newest).ConfigureAwait(false);
        EventPosition position = heard?.AtMost(newest) ?? newest;
        Dictionary<string, string> states = heard is null ? await store.ReadAsync((scope, Now()), States).ConfigureAwait(false) : [];
        using PeriodicTimer timer = new(s_turn, clock);
        yield return Item("listening", Nothing, position);
        int silent = 0;
        while (await IsNextAsync(timer, end.Token).ConfigureAwait(false))
        {
            if (!await mayHear().ConfigureAwait(false))
            {
                // The key or session was revoked, or may see other places now: whoever it is asks again.
                yield break;
            }

            List<SseItem<string>> items = [];
            position = await store.ReadAsync((position, items), Gather).ConfigureAwait(false);
            Compare(states, await store.ReadAsync((scope, Now()), States).ConfigureAwait(false), position, items);
            silent = items.Count > 0 ? 0 : silent + 1;
            if (silent == TurnsPerPing)
            {
                silent = 0;
                items.Add(Item("ping", Nothing, position));
            }

            foreach (SseItem<string> item in items)
            {
                yield return item;
            }
        }
    }

    private static async Task<bool> IsNextAsync(PeriodicTimer timer, CancellationToken end)
    {
        try
        {
            return await timer.WaitForNextTickAsync(end).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The listener has gone, or we are going.
            return false;
        }
    }

    private static EventPosition Newest(SqlSession session, int unused) =>
        new(
            Max(session, "SELECT max(id) FROM readings"),
            Max(session, "SELECT max(id) FROM heartbeats"),
            Max(session, "SELECT max(id) FROM events"));

    private static long Max(SqlSession session, string sql)
    {
        using SqlStatement row = session.Query(sql);
        row.Read();
        return row.Int64(0);
    }

    private EventPosition Gather(SqlSession session, (EventPosition From, List<SseItem<string>> Items) turn)
    {
        EventPosition at = turn.From;
        foreach (ReadingRow reading in ReadingSql.After(session, (at.Reading, scope, MaxPerTurn)))
        {
            at = at with { Reading = reading.Id };
            turn.Items.Add(Item("reading", JsonSerializer.Serialize(reading, ReadingJson.Default.ReadingRow), at));
        }

        foreach (HeartbeatRow heartbeat in HeartbeatSql.After(session, (at.Heartbeat, scope, MaxPerTurn)))
        {
            at = at with { Heartbeat = heartbeat.Id };
            turn.Items.Add(Item("heartbeat", JsonSerializer.Serialize(heartbeat, DeviceJson.Default.HeartbeatRow), at));
        }

        using SqlStatement row = session.Query(s_after, at.Event, scope, MaxPerTurn);
        while (row.Read())
        {
            at = at with { Event = row.Int64(0) };
            turn.Items.Add(Item(row.Text(1), row.Text(2), at));
        }

        return at;
    }

    private static Dictionary<string, string> States(SqlSession session, (string? Scope, long Now) wanted)
    {
        using SqlStatement row = session.Query(s_states, wanted.Scope);
        Dictionary<string, string> states = [];
        while (row.Read())
        {
            states[row.Text(0)] = DeviceState.Of(row.Int64OrNull(1), row.Int32(2), wanted.Now);
        }

        return states;
    }

    private static void Compare(
        Dictionary<string, string> before, Dictionary<string, string> now, EventPosition at, List<SseItem<string>> items)
    {
        foreach ((string id, string state) in now)
        {
            if (before.GetValueOrDefault(id) != state)
            {
                before[id] = state;
                items.Add(Item("device", $"{{\"device_id\":\"{JsonEncodedText.Encode(id)}\",\"connection_status\":\"{state}\"}}", at));
            }
        }
    }

    private static SseItem<string> Item(string kind, string json, EventPosition at) => new(json, kind) { EventId = at.ToString() };

    private long Now() => clock.GetUtcNow().ToUnixTimeMilliseconds();
}

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

    /// <summary>The id of an event: three numbers.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Reading}-{Heartbeat}-{Event}");
}
