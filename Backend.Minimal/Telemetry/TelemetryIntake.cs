using System.Buffers.Binary;
using System.Text.Json;

using JamBox.Backend.Events;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Telemetry;

/// <summary>Takes what devices say, by whatever way it came.</summary>
internal sealed class TelemetryIntake
{
    /// <summary>So far a device's clock may be ahead, ms.</summary>
    public const long MaxAheadMs = 10 * 60 * 1000L;

    private const long DayMs = 24 * 60 * 60 * 1000L;

    /// <summary>One object: it is what the writer knows messages by.</summary>
    private static readonly Action<SqlSession, IReadOnlyList<Change>> s_storeAll = TelemetrySql.StoreAll;

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly TelemetryRules _rules;
    private readonly LiveFeed _live;
    private readonly TelemetryOptions _options;

    /// <summary>Makes it.</summary>
    public TelemetryIntake(
        Store store, TimeProvider clock, TelemetryRules rules, LiveFeed live, TelemetryOptions options, ISecretSource secrets)
    {
        _store = store;
        _clock = clock;
        _rules = rules;
        _live = live;
        _options = options;
        Span<byte> name = stackalloc byte[sizeof(int)];
        secrets.Fill(name);
        Source = BinaryPrimitives.ReadInt32LittleEndian(name) & int.MaxValue;
    }

    /// <summary>What this process signs states with: by it others know what they have not told their listeners.</summary>
    public int Source { get; }

    /// <summary>Stores a message. The task ends when it is committed and on the disk.</summary>
    /// <param name="device">Who says it.</param>
    /// <param name="body">What it says.</param>
    /// <param name="cancel">Gives up waiting; what was begun is stored all the same.</param>
    /// <exception cref="StorageBusyException">Too much waits; nothing was stored.</exception>
    /// <exception cref="StorageException">The storage does not answer; nothing was stored.</exception>
    public async Task<TelemetryTaken> TakeAsync(DeviceIdentity device, TelemetryBody body, CancellationToken cancel)
    {
        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        if (FindTimeFault(body, now) is { } fault)
        {
            return new TelemetryTaken(now, [], fault);
        }

        RuleBook rules = await _rules.BookAsync().ConfigureAwait(false);
        StoredTelemetry stored = await _store.WriteGroupedAsync<PendingTelemetry, StoredTelemetry>(
            new PendingTelemetry(device, body, now, rules, Source), s_storeAll).WaitAsync(cancel).ConfigureAwait(false);
        if (_live.IsHeard)
        {
            Publish(device.DeviceId, stored);
        }

        return stored.Taken;
    }

    private string? FindTimeFault(TelemetryBody body, long now)
    {
        if (!body.IsBatch)
        {
            return null;
        }

        long oldest = now - (_options.RawDays * DayMs);
        foreach (TelemetryMessage message in body.Messages)
        {
            if (message.At > now + MaxAheadMs)
            {
                return "batch: a t lies more than 10 minutes ahead of the server's time";
            }

            if (message.At < oldest)
            {
                return "batch: a t lies further back than single values are kept (Telemetry:RawDays)";
            }
        }

        return null;
    }

    private void Publish(string deviceId, StoredTelemetry stored)
    {
        if (stored.News.Count > 0)
        {
            _live.Publish(LiveFeed.Telemetry, deviceId, stored.PlaceId, stored, static (json, said) =>
            {
                json.WriteString("timestamp", LiveFeed.Time(said.Taken.At));
                TelemetryJsonText.WritePoints(json, "data", said.News);
            });
        }

        StateNews.Publish(_live, deviceId, stored.PlaceId, stored.Changes);
    }
}

/// <summary>What became of a message.</summary>
/// <param name="At">When it was taken, milliseconds since 1970.</param>
/// <param name="Merged">The merged state after it: each key once.</param>
/// <param name="Fault">Why it was not stored, in plain words: a time out of range, too many different keys; null = it was.</param>
internal sealed record TelemetryTaken(long At, IReadOnlyList<TelemetryPoint> Merged, string? Fault);

/// <summary>Tells listeners what is wanted of devices, and what no longer.</summary>
internal static class StateNews
{
    /// <summary>Tells of the changes of one device, each wish that has begun or ended by its key.</summary>
    public static void Publish(LiveFeed live, string deviceId, long? placeId, IReadOnlyList<ValueChange> changes)
    {
        if (changes.Any(IsNews))
        {
            live.Publish(LiveFeed.State, deviceId, placeId, changes, static (json, all) => Write(json, all));
        }
    }

    /// <summary>What is over after a day stays to be seen: whoever shows it knows since when it is wanted.</summary>
    private static bool IsNews(ValueChange change) => change.Kind is not (ValueChangeKind.Reported or ValueChangeKind.Expired);

    private static void Write(Utf8JsonWriter json, IReadOnlyList<ValueChange> changes)
    {
        json.WriteStartObject("wanted");
        foreach (ValueChange change in changes.Where(IsNews).Reverse().DistinctBy(static one => one.Key))
        {
            if (change.Kind != ValueChangeKind.Wanted)
            {
                json.WriteNull(change.Key);
                continue;
            }

            json.WriteStartObject(change.Key);
            json.WritePropertyName("value");
            change.After.WriteTo(json);
            json.WriteString("at", LiveFeed.Time(change.At));
            json.WriteString("by", change.By);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}

/// <summary>Writes points as JSON.</summary>
internal static class TelemetryJsonText
{
    /// <summary>Writes an object of points.</summary>
    public static void WritePoints(Utf8JsonWriter json, string name, IReadOnlyList<TelemetryPoint> points)
    {
        json.WriteStartObject(name);
        foreach (TelemetryPoint point in points)
        {
            json.WritePropertyName(point.Key);
            point.Value.WriteTo(json);
        }

        json.WriteEndObject();
    }
}
