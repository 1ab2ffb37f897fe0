using JamBox.Backend.Devices;
using JamBox.Backend.Manufacturing;
using JamBox.Backend.Notifications;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Readings;

/// <summary>
/// What some readings add up to: the sums of the quarters of an hour that they touch, and what they say of their devices.
/// </summary>
internal sealed class ReadingSums
{
    private readonly Dictionary<QuarterHourKey, QuarterHourSums> _quarters = [];

    /// <summary>What they say of each device, by its id.</summary>
    public Dictionary<string, DeviceWord> Words { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether there was none.</summary>
    public bool IsEmpty => Words.Count == 0;

    /// <summary>Adds a reading.</summary>
    /// <param name="dated">The reading.</param>
    /// <param name="isNew">False for a repeat: it counts for nothing, but its device has spoken.</param>
    public void Add(DatedReading dated, bool isNew)
    {
        DeviceWord word = WordOf(dated.DeviceId);
        Reading reading = dated.Reading;
        word.At = Math.Max(word.At, dated.ReceivedAt);
        word.SignalDbm = reading.CellRssiDbm ?? word.SignalDbm;
        word.BatteryPct = reading.BatteryPct ?? word.BatteryPct;
        word.FirmwareVersion = reading.FirmwareVersion ?? word.FirmwareVersion;
        word.BootId = reading.BootId ?? word.BootId;
        word.ConfigVersion = reading.ConfigVersion ?? word.ConfigVersion;
        if (!isNew)
        {
            return;
        }

        QuarterHourSums.Add(_quarters, dated);
        word.Degraded = reading.IsDegraded ? 1 : 0;
        word.Readings++;
        word.Live += reading.CacheDepth == 0 ? 1 : 0;
        ReadOnlySpan<long> counts = [reading.Impressions ?? 0, reading.Unique ?? 0, reading.Apple, reading.Android, reading.Other];
        for (int i = 0; i < counts.Length; i++)
        {
            word.Totals[i] += counts[i];
        }
    }

    /// <summary>Adds later readings.</summary>
    public void Add(ReadingSums later)
    {
        foreach ((QuarterHourKey key, QuarterHourSums sums) in later._quarters)
        {
            QuarterHourSums.Of(_quarters, key).Add(sums);
        }

        foreach ((string id, DeviceWord word) in later.Words)
        {
            WordOf(id).Add(word);
        }
    }

    /// <summary>Stores the sums, and what the readings say of their devices; flags the devices that send too many.</summary>
    /// <returns>What the storage says of each device, by its id.</returns>
    public Dictionary<string, TouchedDevice> Store(SqlSession session)
    {
        QuarterHourSums.Store(session, _quarters);
        Dictionary<string, TouchedDevice> touched = DeviceSql.TouchAll(session, Words.Values);
        Follow(session, touched);
        return touched;
    }

    /// <summary>
    /// Stores them in one round trip with the readings themselves, where statements take arrays. To be undone when not all were new.
    /// </summary>
    /// <param name="session">The connection.</param>
    /// <param name="readings">The statements that store the readings.</param>
    /// <param name="changed">The rows that each of those has changed.</param>
    /// <returns>What the storage says of each device, by its id.</returns>
    public Dictionary<string, TouchedDevice> StoreWith(SqlSession session, IReadOnlyList<ArrayStatement> readings, out int[] changed)
    {
        Dictionary<string, TouchedDevice> touched = new(Words.Count, StringComparer.Ordinal);
        List<ArrayStatement> statements = [.. readings];
        if (QuarterHourSums.Upserting(_quarters) is { } upserting)
        {
            statements.Add(upserting);
        }

        statements.Add(DeviceSql.Touching(Words.Values));
        changed = session.ExecuteTogether(statements, rows => DeviceSql.Take(rows, touched));
        return touched;
    }

    /// <summary>Flags the devices that send too many, and notes of each whether this was its first word.</summary>
    public void Follow(SqlSession session, Dictionary<string, TouchedDevice> touched)
    {
        foreach (DeviceWord word in Words.Values)
        {
            if (touched.TryGetValue(word.DeviceId, out TouchedDevice device))
            {
                Burst.Check(session, word, device);
                LifeSql.Hear(session, word.DeviceId, device.Awaited, word.Readings > 0, word.At);
            }
        }
    }

    /// <summary>Stores the sums, and of the devices no more than their totals: old readings say nothing of them as they are now.</summary>
    public void StoreTotals(SqlSession session)
    {
        QuarterHourSums.Store(session, _quarters);
        foreach (DeviceWord word in Words.Values)
        {
            DeviceSql.AddTotals(session, word);
        }
    }

    private DeviceWord WordOf(string deviceId)
    {
        if (!Words.TryGetValue(deviceId, out DeviceWord? word))
        {
            word = new DeviceWord { DeviceId = deviceId };
            Words.Add(deviceId, word);
        }

        return word;
    }
}
