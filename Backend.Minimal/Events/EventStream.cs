using System.Globalization;
using System.Net.ServerSentEvents;
using System.Runtime.CompilerServices;

using JamBox.Backend.Storage;

namespace JamBox.Backend.Events;

/// <summary>
/// What a listener hears: reading, heartbeat, device (its state has changed), ota, patch, rollout, deployment, alert and notification;
/// telemetry, state and status of things (<see cref="LiveFeed"/>), which have no position and are not told again; <c>listening</c> first,
/// <c>ping</c> after 15 s of silence, which keeps proxies from closing the line, and <c>coalesced</c> when it was too slow for everything.
/// Every event has an id, with which a listener goes on where it was cut off, at whatever process; ids only grow.
/// </summary>
/// <param name="hub">Who looks into the storage.</param>
/// <param name="store">The storage, for what the hub does not say: what was missed, and the devices of a key for some places.</param>
/// <param name="clock">The clock.</param>
/// <param name="scope">Whose devices; null = all.</param>
/// <param name="hears">Whether the listener hears what happens at a place (null = nowhere).</param>
/// <param name="mayHear">Whether the listener still may: asked once a second.</param>
internal sealed class EventStream(
    EventHub hub, Store store, TimeProvider clock, string? scope, Func<long?, bool> hears, Func<ValueTask<bool>> mayHear)
{
    private const int MaxPerPage = 500;
    private const int TurnsPerPing = 15 * EventHub.TurnsPerSecond;
    private const string Nothing = "{}";

    /// <summary>Listens.</summary>
    /// <param name="heard">Where the listener was cut off: then it is told the state of every device too; null = it is new.</param>
    /// <param name="ended">Set when the server stops, or when the place is needed: the stream ends.</param>
    /// <param name="aborted">Set when the listener has gone.</param>
    public async IAsyncEnumerable<SseItem<string>> ListenAsync(
        EventPosition? heard, CancellationToken ended, [EnumeratorCancellation] CancellationToken aborted)
    {
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(ended, aborted);
        if (await SubscribeAsync(end.Token).ConfigureAwait(false) is not { } subscription)
        {
            yield break;
        }

        using EventSubscription disposed = subscription;

        // A position beyond the newest is of another database: there would be silence until this one has grown so far.
        EventPosition start = await subscription.Started.ConfigureAwait(false);
        EventPosition newest = heard is null ? start : await store.ReadAsync(0, EventSql.Newest).ConfigureAwait(false);
        EventPosition position = heard?.AtMost(newest) ?? start;
        Dictionary<string, string> states = heard is null ? await StatesAsync().ConfigureAwait(false) : [];
        yield return Item("listening", Nothing, position);
        await foreach (LiveEvent missed in MissedAsync(position, start, end.Token).ConfigureAwait(false))
        {
            position = position.AtLeast(missed.At);
            yield return Item(missed.Kind, missed.Json, position);
        }

        position = position.AtLeast(start);
        bool owesStates = heard is not null && scope is null;
        int silent = 0;
        int turn = 0;
        while (await NextAsync(subscription, end.Token).ConfigureAwait(false) is { } next)
        {
            turn++;
            bool isSecond = turn % EventHub.TurnsPerSecond == 0;
            if (isSecond && !await mayHear().ConfigureAwait(false))
            {
                // The key was revoked, or may see other places now: whoever it is asks again.
                yield break;
            }

            if (next.LeftOut > 0)
            {
                yield return Item("coalesced", string.Create(CultureInfo.InvariantCulture, $"{{\"left_out\":{next.LeftOut}}}"), position);
            }

            silent++;
            foreach (LiveEvent told in subscription.TakeTold())
            {
                silent = 0;
                yield return Item(told.Kind, told.Json, position);
            }

            foreach (
                LiveEvent one in scope is null ? next.Events : await OwnAsync(position, next.At, isSecond, states).ConfigureAwait(false))
            {
                if (one.At.AtLeast(position) != position || one.Kind == "device")
                {
                    silent = 0;
                    position = position.AtLeast(one.At);
                    yield return Item(one.Kind, one.Json, position);
                }
            }

            position = position.AtLeast(next.At);
            if (owesStates)
            {
                owesStates = false;
                foreach (LiveEvent state in EventSql.Compare(states, await StatesAsync().ConfigureAwait(false), position))
                {
                    yield return Item(state.Kind, state.Json, position);
                }
            }

            if (silent == TurnsPerPing)
            {
                silent = 0;
                yield return Item("ping", Nothing, position);
            }
        }
    }

    private static async Task<(IReadOnlyList<LiveEvent> Events, int LeftOut, EventPosition At)?> NextAsync(
        EventSubscription subscription, CancellationToken end)
    {
        try
        {
            return await subscription.TakeAsync(end).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The listener has gone, or we are going.
            return null;
        }
    }

    private async Task<EventSubscription?> SubscribeAsync(CancellationToken end)
    {
        try
        {
            return await hub.SubscribeAsync(all: scope is null, hears, end).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            return null;
        }
    }

    /// <summary>What came while the listener was away, page by page: it takes the next one when it has taken this one.</summary>
    private async IAsyncEnumerable<LiveEvent> MissedAsync(
        EventPosition from, EventPosition until, [EnumeratorCancellation] CancellationToken end)
    {
        EventPosition at = from;
        while (at != at.AtLeast(until) && !end.IsCancellationRequested)
        {
            (List<LiveEvent> events, at) =
                await store.ReadAsync((at, until, scope, MaxPerPage), EventSql.Gather).ConfigureAwait(false);
            foreach (LiveEvent one in events)
            {
                yield return one;
            }
        }
    }

    /// <summary>What is new of the places of a key that does not see all.</summary>
    private async Task<List<LiveEvent>> OwnAsync(EventPosition from, EventPosition until, bool isSecond, Dictionary<string, string> states)
    {
        List<LiveEvent> all = [];
        EventPosition at = from;
        while (at != at.AtLeast(until))
        {
            (List<LiveEvent> events, at) =
                await store.ReadAsync((at, until, scope, MaxPerPage), EventSql.Gather).ConfigureAwait(false);
            all.AddRange(events);
        }

        if (isSecond)
        {
            all.AddRange(EventSql.Compare(states, await StatesAsync().ConfigureAwait(false), at));
        }

        return all;
    }

    private Task<Dictionary<string, string>> StatesAsync() =>
        store.ReadAsync((scope, clock.GetUtcNow().ToUnixTimeMilliseconds()), EventSql.States);

    private static SseItem<string> Item(string kind, string json, EventPosition at) => new(json, kind) { EventId = at.ToString() };
}
