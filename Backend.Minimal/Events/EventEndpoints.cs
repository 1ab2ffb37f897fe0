using System.Globalization;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Devices;
using JamBox.Backend.Readings;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Events;

/// <summary>
/// Live events as server-sent events: reading, heartbeat, device (its state has changed), ota, patch, rollout and alert. Each listener looks into the
/// storage once a second: so it hears what any process stored, and the path of a reading costs nothing for it.
/// </summary>
internal static class EventEndpoints
{
    private const int MaxListeners = 64;
    private const int MaxPerTurn = 200;
    private const int TurnsPerComment = 15;

    private static readonly TimeSpan s_turn = TimeSpan.FromSeconds(1);

    private static readonly string s_after = $"""
        SELECT id, kind, data FROM events WHERE id > $1 AND {Caller.ScopeSql("device_id", "$2")} ORDER BY id LIMIT $3
        """;

    private static readonly string s_states = $"""
        SELECT device_id, last_seen_at, report_interval_ms FROM devices WHERE {Caller.ScopeSql("device_id", "$1")}
        """;

    private static int s_listeners;

    /// <summary>The route table.</summary>
    public static void MapEvents(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Events");
        viewers.MapGet("/events", Listen).WithName("ListenToEvents")
            .Produces(StatusCodes.Status200OK, contentType: "text/event-stream").ProducesProblem(StatusCodes.Status503ServiceUnavailable);
    }

    /// <summary>Streams events until the listener hangs up or the server stops.</summary>
    internal static async Task Listen(HttpContext http, Store store, TimeProvider clock, IHostApplicationLifetime lifetime)
    {
        if (Interlocked.Increment(ref s_listeners) > MaxListeners)
        {
            Interlocked.Decrement(ref s_listeners);
            await AdminProblem.Of(StatusCodes.Status503ServiceUnavailable, "Too many listeners: try again later").ExecuteAsync(http).ConfigureAwait(false);
            return;
        }

        try
        {
            http.Response.ContentType = "text/event-stream";
            using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, lifetime.ApplicationStopping);
            await StreamAsync(http.Response, store, clock, Caller.Of(http).Scope, end.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The listener has gone, or we are going.
        }
        finally
        {
            Interlocked.Decrement(ref s_listeners);
        }
    }

    private static async Task StreamAsync(HttpResponse response, Store store, TimeProvider clock, string? scope, CancellationToken end)
    {
        Position position = store.Read(0, Newest);
        Dictionary<string, string> states = store.Read((scope, clock.GetUtcNow().ToUnixTimeMilliseconds()), States);
        await response.WriteAsync(": listening\n\n", end).ConfigureAwait(false);
        await response.Body.FlushAsync(end).ConfigureAwait(false);
        using PeriodicTimer timer = new(s_turn, clock);
        for (int turn = 1; await timer.WaitForNextTickAsync(end).ConfigureAwait(false); turn++)
        {
            StringBuilder text = new();
            position = store.Read((position, scope, text), Gather);
            Compare(states, store.Read((scope, clock.GetUtcNow().ToUnixTimeMilliseconds()), States), text);
            if (text.Length == 0 && turn % TurnsPerComment == 0)
            {
                // A word now and then keeps proxies from closing the line, and shows when the other end is gone.
                text.Append(": still here\n\n");
            }

            if (text.Length > 0)
            {
                await response.WriteAsync(text.ToString(), end).ConfigureAwait(false);
                await response.Body.FlushAsync(end).ConfigureAwait(false);
            }
        }
    }

    private static Position Newest(SqlSession session, int unused) =>
        new(Max(session, "SELECT max(id) FROM readings"), Max(session, "SELECT max(id) FROM heartbeats"), Max(session, "SELECT max(id) FROM events"));

    private static long Max(SqlSession session, string sql)
    {
        using SqlStatement row = session.Query(sql);
        row.Read();
        return row.Int64(0);
    }

    private static Position Gather(SqlSession session, (Position From, string? Scope, StringBuilder Text) wanted)
    {
        Position at = wanted.From;
        foreach (ReadingRow reading in ReadingSql.After(session, (at.Reading, wanted.Scope, MaxPerTurn)))
        {
            Append(wanted.Text, "reading", JsonSerializer.Serialize(reading, ReadingJson.Default.ReadingRow));
            at = at with { Reading = reading.Id };
        }

        foreach (HeartbeatRow heartbeat in HeartbeatSql.After(session, (at.Heartbeat, wanted.Scope, MaxPerTurn)))
        {
            Append(wanted.Text, "heartbeat", JsonSerializer.Serialize(heartbeat, DeviceJson.Default.HeartbeatRow));
            at = at with { Heartbeat = heartbeat.Id };
        }

        using SqlStatement row = session.Query(s_after, at.Event, wanted.Scope, MaxPerTurn);
        while (row.Read())
        {
            Append(wanted.Text, row.Text(1), row.Text(2));
            at = at with { Event = row.Int64(0) };
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

    private static void Compare(Dictionary<string, string> before, Dictionary<string, string> now, StringBuilder text)
    {
        foreach ((string id, string state) in now)
        {
            if (before.GetValueOrDefault(id) != state)
            {
                before[id] = state;
                Append(text, "device", $"{{\"device_id\":\"{JsonEncodedText.Encode(id)}\",\"connection_status\":\"{state}\"}}");
            }
        }
    }

    /// <summary>JSON has no line feeds of its own, so one data line is always enough.</summary>
    private static void Append(StringBuilder text, string kind, string json) => text.Append(CultureInfo.InvariantCulture, $"event: {kind}\ndata: {json}\n\n");

    private readonly record struct Position(long Reading, long Heartbeat, long Event);
}
