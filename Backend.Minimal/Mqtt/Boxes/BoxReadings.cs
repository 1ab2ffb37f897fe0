using System.Text.Json;

using JamBox.Backend.Events;
using JamBox.Backend.Mqtt.Handling;
using JamBox.Backend.Readings;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Mqtt.Boxes;

/// <summary>
/// Publishes readings in the order in which they were stored, each at least once: how far it has come stands in the storage, and goes on
/// when the broker has what was sent.
/// </summary>
internal sealed class BoxReadings(
    Store store, TimeProvider clock, TopicMap topics, MqttPublishers publishers, BoxTurn turn, ILogger<BoxReadings> logger)
{
    /// <summary>How old a reading may be that is still published, ms: after a longer outage nobody waits for the oldest ones.</summary>
    public const long MaxAgeMs = 24 * 60 * 60 * 1000L;

    private const int MaxPerPage = 500;

    /// <summary>Pages of a turn: more come with the next.</summary>
    private const int MaxPages = 20;

    /// <summary>Messages on their way at a time.</summary>
    private const int MaxAtOnce = 64;

    private readonly EventHorizon _horizon = new(store);

    /// <summary>Of a process with a broker of its own: it begins with what comes after its start.</summary>
    private long? _own;

    /// <summary>Publishes what is new.</summary>
    /// <returns>Whether the broker has taken it all.</returns>
    public async Task<bool> SendAsync(CancellationToken stopping)
    {
        if (await _horizon.LookAsync().ConfigureAwait(false) is not { } until
            || await StartAsync(until.Reading).ConfigureAwait(false) is not { } at)
        {
            return true;
        }

        for (int page = 0; page < MaxPages && at < until.Reading && await turn.IsOursAsync().ConfigureAwait(false); page++)
        {
            BoxPage found = await store.ReadAsync((at, until.Reading, MaxPerPage), BoxFeedSql.Page).ConfigureAwait(false);
            if (found.IsAnyBefore(clock.GetUtcNow().ToUnixTimeMilliseconds() - MaxAgeMs))
            {
                at = await SkipAsync(at, until.Reading).ConfigureAwait(false);
                continue;
            }

            (long sent, bool isAll) = await SendAsync(found, at, stopping).ConfigureAwait(false);
            at = await KeepAsync(sent).ConfigureAwait(false);
            if (!isAll)
            {
                return false;
            }
        }

        return true;
    }

    private async Task<long?> StartAsync(long newest)
    {
        if (!turn.IsShared)
        {
            return _own ??= newest;
        }

        // Those who have just switched it on do not want the past.
        return await store.ReadAsync(0, BoxFeedSql.Position).ConfigureAwait(false)
            ?? await store.WriteAsync(newest, BoxFeedSql.Begin).ConfigureAwait(false);
    }

    private async Task<long> KeepAsync(long at)
    {
        if (turn.IsShared)
        {
            await store.WriteAsync(at, BoxFeedSql.Advance).ConfigureAwait(false);
        }
        else
        {
            _own = at;
        }

        return at;
    }

    private async Task<long> SkipAsync(long at, long until)
    {
        long oldest = clock.GetUtcNow().ToUnixTimeMilliseconds() - MaxAgeMs;
        long last = await store.ReadAsync((at, until, oldest), BoxFeedSql.LastBefore).ConfigureAwait(false) ?? at;
        logger.LogWarning(
            "MQTT: readings of boxes were not published, for they came more than 24 h ago: {From} to {To}, {Count} at most",
            at + 1, last, last - at);
        return await KeepAsync(last).ConfigureAwait(false);
    }

    private async Task<(long At, bool IsAll)> SendAsync(BoxPage page, long at, CancellationToken stopping)
    {
        int next = 0;
        while (next < page.Readings.Count)
        {
            int count = Together(page.Readings, next);
            bool[] sent = await Task.WhenAll(
                page.Readings.Skip(next).Take(count).Select(reading => PublishAsync(reading, stopping))).ConfigureAwait(false);
            if (Array.IndexOf(sent, false) is >= 0 and int failed)
            {
                // From the first that the broker does not have; those behind it may come twice.
                return (next + failed == 0 ? at : page.Readings[next + failed - 1].Id, false);
            }

            next += count;
        }

        return (page.At, true);
    }

    /// <summary>How many may be on their way at a time: of each box one, so that its readings stay in their order.</summary>
    private static int Together(IReadOnlyList<ReadingRow> readings, int from)
    {
        HashSet<string> boxes = new(StringComparer.Ordinal);
        int count = 0;
        while (from + count < readings.Count && count < MaxAtOnce && boxes.Add(readings[from + count].DeviceId))
        {
            count++;
        }

        return count;
    }

    private async Task<bool> PublishAsync(ReadingRow reading, CancellationToken stopping)
    {
        byte[] payload = JsonSerializer.SerializeToUtf8Bytes(reading, ReadingJson.Default.ReadingRow);
        string topic = TopicMap.Write(TopicKind.BoxReading, topics.BoxPrefix, null, reading.DeviceId);
        return await publishers.PublishAsync(topic, payload, retain: false, stopping).ConfigureAwait(false) || !turn.IsShared;
    }
}
