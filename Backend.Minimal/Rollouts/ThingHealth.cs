using JamBox.Backend.Firmware;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Rollouts;

/// <summary>
/// What a thing did before it was offered a release, and what it does since it runs it: things send heartbeats, no readings.
/// </summary>
internal sealed record ThingFigures
{
    /// <summary>Milliseconds from the success of its update to its last word; negative = it has said none since.</summary>
    public required long HeardAfterMs { get; init; }

    /// <summary>Heartbeats of the new version since the offer.</summary>
    public required int Heartbeats { get; init; }

    /// <summary>Heartbeats in the days before the offer.</summary>
    public required int HeartbeatsBefore { get; init; }

    /// <summary>Free heap in heartbeats of the new version, the median, bytes; null = none told.</summary>
    public double? Heap { get; init; }

    /// <summary>The same before.</summary>
    public double? HeapBefore { get; init; }

    /// <summary>Boots since the success, the first not counted.</summary>
    public required int Resets { get; init; }

    /// <summary>Boots a day before.</summary>
    public required double ResetsADayBefore { get; init; }
}

/// <summary>Gathers that.</summary>
internal static class ThingHealthSql
{
    /// <summary>How long a thing must run the release, and be heard at the end of it, unless proof_hours says longer, ms.</summary>
    public const long ProofMs = 15 * 60 * 1000L;

    private const int DaysBefore = 7;
    private const double DayMs = 24 * 60 * 60 * 1000.0;

    /// <summary>Heartbeats that are looked at: a week of one every five minutes.</summary>
    private const string HeartbeatsSql =
        "SELECT timestamp, firmware_version, hf, b FROM heartbeats WHERE device_id = $1 ORDER BY id DESC LIMIT 2000";

    /// <summary>How long a thing must run the release to have proved it, ms.</summary>
    public static long ProofOf(HealthGate gate) => gate.ProofHours == 0 ? ProofMs : gate.ProofHours * 3_600_000L;

    /// <summary>Gathers.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="rollout">The roll-out.</param>
    /// <param name="thing">The thing, which runs the release.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static ThingFigures Gather(SqlSession session, Rollout rollout, RolloutBox thing, long now)
    {
        long since = Math.Max(BoxHealthSql.Since(thing, now), thing.RenewedAt ?? 0);
        long offeredAt = Math.Max(thing.OfferedAt ?? since, thing.RenewedAt ?? 0);
        long beforeFrom = Math.Max(offeredAt - (long)(DaysBefore * DayMs), thing.RenewedAt ?? 0);
        List<Beat> beats = Heartbeats(session, thing.DeviceId);
        List<Beat> own = beats.FindAll(beat => beat.At >= offeredAt && beat.Version is { } version
            && ReleaseVersion.IsSame(version, rollout.Version));
        List<Beat> before = beats.FindAll(beat => beat.At < offeredAt && beat.At >= beforeFrom);
        double daysBefore = before.Count == 0 ? 1 : Math.Max(1, (offeredAt - before.Min(static beat => beat.At)) / DayMs);
        return new ThingFigures
        {
            HeardAfterMs = (thing.LastSeenAt ?? 0) - since,
            Heartbeats = own.Count,
            HeartbeatsBefore = before.Count,
            Heap = Median(own),
            HeapBefore = Median(before),
            Resets = Math.Max(0, Boots(own.Where(beat => beat.At >= since)) - 1),
            ResetsADayBefore = Boots(before) / daysBefore,
        };
    }

    private static int Boots(IEnumerable<Beat> beats) =>
        beats.Where(static beat => beat.Boot is not null).Select(static beat => beat.Boot).Distinct().Count();

    private static List<Beat> Heartbeats(SqlSession session, string deviceId)
    {
        List<Beat> beats = [];
        using SqlStatement row = session.Query(HeartbeatsSql, deviceId);
        while (row.Read())
        {
            beats.Add(new Beat(row.Int64(0), row.TextOrNull(1), row.Int64OrNull(2), row.Int64OrNull(3)));
        }

        return beats;
    }

    private static double? Median(List<Beat> beats)
    {
        long[] heaps = [.. beats.Where(static beat => beat.Heap is not null).Select(static beat => beat.Heap!.Value).Order()];
        return heaps.Length == 0 ? null : heaps[heaps.Length / 2];
    }

    private readonly record struct Beat(long At, string? Version, long? Heap, long? Boot);
}
