using System.Globalization;

using JamBox.Backend.Operation;
using JamBox.Backend.Storage;

using NodaTime;

namespace JamBox.Backend.Insights.Watch;

/// <summary>
/// Every half hour: boxes that are online and hear nothing. Every morning, by the place's clock: nights like days, and levels that changed.
/// What is found is an alert with its reason, and the calibration of the place is marked as stale, in one transaction.
/// </summary>
internal sealed class CountingWatchJob : IJob
{
    /// <summary>The hour of the place's day from which on the night is over and the day before complete.</summary>
    private const int MorningHour = 7;

    /// <summary>How long nothing was heard before a box is looked at, ms.</summary>
    private const long SilenceMs = 2 * 3_600_000L;

    /// <summary>After this a level is the usual one, whatever it was before, ms.</summary>
    private const long ForgottenMs = 28 * 24 * 3_600_000L;

    /// <summary>Days before an alert that are not the usual any more: those that it was raised for, ms.</summary>
    private const long JudgedMs = 8 * 24 * 3_600_000L;

    private readonly Store _store;
    private readonly TimeProvider _clock;

    /// <summary>Makes the job.</summary>
    public CountingWatchJob(Store store, TimeProvider clock)
    {
        _store = store;
        _clock = clock;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromMinutes(30);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (WatchTarget target in await _store.ReadAsync(now - SilenceMs, CountingWatchSql.Silent).ConfigureAwait(false))
        {
            await LookAsync(target, now, daily: false, stopping).ConfigureAwait(false);
        }

        foreach ((long id, string zone, string judged) in await _store.ReadAsync(0, CountingWatchSql.Places).ConfigureAwait(false))
        {
            ZonedDateTime there = Instant.FromUnixTimeMilliseconds(now).InZone(Zones.Of(zone));
            string day = there.Date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
            if (there.Hour >= MorningHour && judged != day
                && await _store.WriteAsync((id, day), CountingWatchSql.Claim).ConfigureAwait(false))
            {
                foreach (WatchTarget target in await _store.ReadAsync(id, CountingWatchSql.BoxesOf).ConfigureAwait(false))
                {
                    await LookAsync(target, now, daily: true, stopping).ConfigureAwait(false);
                }
            }
        }
    }

    private async Task LookAsync(WatchTarget target, long now, bool daily, CancellationToken stopping)
    {
        stopping.ThrowIfCancellationRequested();
        if (await _store.ReadAsync((target, now), CountingWatchSql.Read).ConfigureAwait(false) is not { } read)
        {
            return;
        }

        List<CountingChange> changes = Judge(read.Box, read.Open, daily);
        if (changes.Count > 0)
        {
            await _store.WriteAsync((target, read.Box.Zone.Id, changes, now), CountingWatchSql.Settle).ConfigureAwait(false);
        }
    }

    private static List<CountingChange> Judge(WatchedBox box, List<OpenAlert> open, bool daily)
    {
        List<CountingChange> changes = [];
        foreach (string type in CountingFault.All.Where(type => daily != (type == CountingFault.NoCounts)))
        {
            OpenAlert? alert = open.Exists(alert => alert.Type == type) ? open.Find(alert => alert.Type == type) : null;
            if (alert is { } old && type != CountingFault.NoCounts && box.Now - old.CreatedAt > ForgottenMs)
            {
                changes.Add(new CountingChange(type, null, null));
                continue;
            }

            CountingVerdict verdict = Judge(box, type, alert?.CreatedAt - JudgedMs);
            if (verdict.Fault is not null && alert is null)
            {
                changes.Add(new CountingChange(type, verdict.Fault, MessageOf(box, verdict.Fault)));
            }
            else if (verdict.IsKnown && verdict.Fault is null && alert is not null)
            {
                changes.Add(new CountingChange(type, null, $"{box.DeviceId} counts as before again"));
            }
        }

        return changes;
    }

    private static CountingVerdict Judge(WatchedBox box, string type, long? usualBefore) => type switch
    {
        CountingFault.NoCounts => DeafWatch.Judge(box),
        CountingFault.NightCounts => NightWatch.Judge(box, usualBefore),
        _ => LevelWatch.Judge(box, usualBefore),
    };

    private static string MessageOf(WatchedBox box, CountingFault fault)
    {
        string hour = CountingWatchSql.Time(box.Zone.Id, fault.Since, "d MMMM, HH:mm");
        string day = CountingWatchSql.Time(box.Zone.Id, fault.Since, "d MMMM");
        return fault.Type switch
        {
            CountingFault.NoCounts => $"{box.DeviceId} is online and has counted nothing since {hour}: {fault.Reason}",
            CountingFault.NightCounts => $"{box.DeviceId} counts at night as by day since the night to {day}: {fault.Reason}",
            _ => $"{box.DeviceId} counts otherwise since {day}: {fault.Reason}",
        };
    }
}
