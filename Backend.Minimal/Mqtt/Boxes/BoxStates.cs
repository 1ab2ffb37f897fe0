using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text.Json;

using JamBox.Backend.Insights;
using JamBox.Backend.Insights.Figures;
using JamBox.Backend.Mqtt.Handling;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Mqtt.Boxes;

/// <summary>
/// Keeps at the broker, retained, how each box is, and what Home Assistant is to show of it: says what has changed since it was last said,
/// and takes back what is over. What was said is known to this process alone; one that begins says everything once.
/// </summary>
internal sealed class BoxStates(
    Store store, TimeProvider clock, TopicMap topics, MqttOptions options, MqttPublishers publishers, PlaceFigures figures, BoxTurn turn)
{
    /// <summary>Boxes that are told of in a turn, at most: the figures of a place take some milliseconds.</summary>
    private const int MaxPerTurn = 200;

    private readonly Dictionary<string, Told> _told = new(StringComparer.Ordinal);
    private Dictionary<string, HashSet<string>>? _kept;
    private long _againAt;
    private string _last = "";

    /// <summary>Everything is to be said anew.</summary>
    public void TellAgain() => _told.Clear();

    /// <summary>Another process does it now.</summary>
    public void Forget()
    {
        _told.Clear();
        _kept = null;
    }

    /// <summary>Says what has changed.</summary>
    public async Task SendAsync(CancellationToken stopping)
    {
        DateTimeOffset now = clock.GetUtcNow();
        _kept ??= await store.ReadAsync(0, BoxFeedSql.Topics).ConfigureAwait(false);
        (List<BoxRow> boxes, long againAt) =
            await store.ReadAsync(now.ToUnixTimeMilliseconds(), BoxFeedSql.Boxes, settled: false).ConfigureAwait(false);
        if (againAt != _againAt)
        {
            _againAt = againAt;
            TellAgain();
        }

        if (!await TakeBackEndedAsync(boxes, stopping).ConfigureAwait(false))
        {
            return;
        }

        // Those behind the last one of the turn before come first: none waits for ever.
        List<BoxRow> changed = [.. boxes.Where(box => _told.GetValueOrDefault(box.DeviceId)?.Box != box)];
        int from = changed.FindIndex(box => string.CompareOrdinal(box.DeviceId, _last) > 0);
        Dictionary<long, PlacePeople> people = [];
        foreach (BoxRow box in changed.Skip(Math.Max(0, from)).Concat(changed.Take(Math.Max(0, from))).Take(MaxPerTurn))
        {
            // Also when it fails: the next turn begins behind it, so that one that a full broker does not keep holds up no others.
            _last = box.DeviceId;
            if (!await turn.IsOursAsync().ConfigureAwait(false) || !await TellAsync(box, people, now, stopping).ConfigureAwait(false))
            {
                return;
            }
        }
    }

    private async Task<bool> TellAsync(
        BoxRow box, Dictionary<long, PlacePeople> people, DateTimeOffset now, CancellationToken stopping)
    {
        List<BoxMessage> messages = [await StateOfAsync(box, people, now).ConfigureAwait(false)];
        if (options.HomeAssistant)
        {
            messages.AddRange(HomeAssistant.Configs(options.HomeAssistantPrefix, messages[0].Topic, box));
        }

        HashSet<string> kept = _kept!.GetValueOrDefault(box.DeviceId) ?? new HashSet<string>(StringComparer.Ordinal);
        string[] added = [.. messages.Select(static message => message.Topic).Where(topic => !kept.Contains(topic))];
        if (added.Length > 0)
        {
            // First, so that it can be taken back however this process ends.
            await store.WriteAsync((box.DeviceId, (IReadOnlyList<string>)added), BoxFeedSql.AddTopics).ConfigureAwait(false);
            kept.UnionWith(added);
            _kept![box.DeviceId] = kept;
        }

        string[] over = [.. kept.Except(messages.Select(static message => message.Topic))];
        if (!await TakeBackAsync(box.DeviceId, over, stopping).ConfigureAwait(false))
        {
            return false;
        }

        Dictionary<string, UInt128> before = _told.GetValueOrDefault(box.DeviceId)?.Digests ?? [];
        BoxMessage[] news = [.. messages.Where(message => before.GetValueOrDefault(message.Topic) != message.Digest)];
        if (!await PublishAsync(news, stopping).ConfigureAwait(false))
        {
            return false;
        }

        _told[box.DeviceId] = new Told(box, messages.ToDictionary(static message => message.Topic, static message => message.Digest));
        return true;
    }

    private async Task<BoxMessage> StateOfAsync(BoxRow box, Dictionary<long, PlacePeople> people, DateTimeOffset now)
    {
        BoxSums sums = await store.ReadAsync((box, now), BoxFeedSql.Sums).ConfigureAwait(false);
        PlacePeople there = default;
        if (box.PlaceId is { } place && !people.TryGetValue(place, out there))
        {
            people[place] = there = await PeopleAsync(place, box.Timezone, now).ConfigureAwait(false);
        }

        BoxState state = new(
            box.DeviceId, box.Status, box.LastSeenAt is { } seen ? DateTime.UnixEpoch.AddMilliseconds(seen) : null, sums.HeartbeatAt,
            box.BatteryPct, box.SignalDbm, box.FirmwareVersion, box.PlaceId, box.Place, box.Timezone, sums.DayStart, sums.Today,
            sums.LastHour, there.Now, there.Today);
        return new BoxMessage(
            TopicMap.Write(TopicKind.BoxState, topics.BoxPrefix, null, box.DeviceId),
            JsonSerializer.SerializeToUtf8Bytes(state, BoxJson.Default.BoxState));
    }

    private async Task<PlacePeople> PeopleAsync(long place, string timezone, DateTimeOffset now)
    {
        DateOnly today = PlaceDay.Today(PlaceDay.Zone(timezone), now);
        PlaceNow? there = await figures.NowAsync(place).ConfigureAwait(false);
        PlaceRange? day =
            await figures.RangeAsync(place, new DayRange(today, today), FigureStep.Day, Versus.Off).ConfigureAwait(false);
        return new PlacePeople(Rounded(there?.People), Rounded(day?.Visitors));
    }

    /// <summary>To tenths, outward: what changes behind that is no news.</summary>
    private static Ranged? Rounded(Ranged? range) => range is null
        ? null
        : new Ranged(Math.Floor(range.Low * 10) / 10, Math.Round(range.Value, 1), Math.Ceiling(range.High * 10) / 10);

    private async Task<bool> TakeBackEndedAsync(List<BoxRow> boxes, CancellationToken stopping)
    {
        HashSet<string> known = [.. boxes.Select(static box => box.DeviceId)];
        foreach (string ended in _kept!.Keys.Where(id => !known.Contains(id)).ToArray())
        {
            if (!await TakeBackAsync(ended, [.. _kept[ended]], stopping).ConfigureAwait(false))
            {
                return false;
            }

            _kept.Remove(ended);
            _told.Remove(ended);
        }

        return true;
    }

    /// <summary>An empty retained message is how a broker is told to keep nothing, and Home Assistant to show nothing.</summary>
    private async Task<bool> TakeBackAsync(string deviceId, IReadOnlyList<string> over, CancellationToken stopping)
    {
        if (over.Count == 0)
        {
            return true;
        }

        if (!await PublishAsync([.. over.Select(static topic => new BoxMessage(topic, []))], stopping).ConfigureAwait(false))
        {
            return false;
        }

        await store.WriteAsync(over, BoxFeedSql.RemoveTopics).ConfigureAwait(false);
        _kept![deviceId].ExceptWith(over);
        return true;
    }

    private async Task<bool> PublishAsync(IReadOnlyList<BoxMessage> messages, CancellationToken stopping)
    {
        bool[] sent = await Task.WhenAll(messages.Select(async message =>
            await publishers.PublishAsync(message.Topic, message.Payload, retain: true, stopping).ConfigureAwait(false)))
            .ConfigureAwait(false);
        return Array.TrueForAll(sent, static one => one);
    }

    private readonly record struct PlacePeople(Ranged? Now, Ranged? Today);

    private sealed record Told(BoxRow Box, Dictionary<string, UInt128> Digests);
}

/// <summary>A message that the broker keeps.</summary>
/// <param name="Topic">Where to.</param>
/// <param name="Payload">What; empty = nothing any more.</param>
internal sealed record BoxMessage(string Topic, byte[] Payload)
{
    /// <summary>What tells it from others: half of its SHA-256.</summary>
    public UInt128 Digest { get; } = BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Payload));
}
