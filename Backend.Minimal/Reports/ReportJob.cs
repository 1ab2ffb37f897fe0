using System.Globalization;

using JamBox.Backend.Insights;
using JamBox.Backend.Notifications;
using JamBox.Backend.Operation;
using JamBox.Backend.Storage;

using NodaTime;

namespace JamBox.Backend.Reports;

/// <summary>
/// Every five minutes: whose week or month is over, by the clock of each place, on Monday or the 1st at 7 in the morning. What is due is
/// queued once, over restarts and several processes; a server that was down sends up to three days late. Places of one reader that are due
/// together go in one mail.
/// </summary>
internal sealed class ReportJob : IJob
{
    /// <summary>The hour of the place's day at which reports are due: the boxes have sent the night.</summary>
    public const int Hour = 7;

    /// <summary>How late a report is still sent, ms.</summary>
    private const long LateMs = 3 * 24 * 3_600_000L;

    /// <summary>How long it is looked back for what was sent: a month and what is late, ms.</summary>
    private const long SentMs = 45 * 24 * 3_600_000L;

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly NotificationOptions _mail;

    /// <summary>Makes the job.</summary>
    public ReportJob(Store store, TimeProvider clock, NotificationOptions mail)
    {
        _store = store;
        _clock = clock;
        _mail = mail;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (_mail.SmtpHost is null)
        {
            return;
        }

        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        List<QueuedReport> due = [];
        foreach (ReportReader reader in await _store.ReadAsync(now - SentMs, ReportSql.Readers).ConfigureAwait(false))
        {
            due.AddRange(Due(reader, now));
        }

        if (due.Count > 0)
        {
            await _store.WriteAsync(((IReadOnlyList<QueuedReport>)due, now), ReportSql.Queue).ConfigureAwait(false);
        }
    }

    /// <summary>What is due for somebody.</summary>
    internal static IEnumerable<QueuedReport> Due(ReportReader reader, long now) =>
        ReportPeriod.Kinds.Where(reader.Choice.Wants)
            .SelectMany(kind => reader.Places.Select(place => (Place: place, Period: PeriodOf(kind, place, now))))
            .Where(due => IsDue(reader, due.Place, due.Period, now))
            .GroupBy(static due => due.Period, static due => due.Place.Id)
            .Select(group => new QueuedReport(reader.UserId, group.Key.Kind, Day(group.Key.First), [.. group]));

    private static bool IsDue(ReportReader reader, ReportPlace place, ReportPeriod period, long now)
    {
        long dueAt = PlaceDay.At(Zones.Of(place.Zone), period.Next.First, Hour * 60);
        return dueAt <= now && now - dueAt < LateMs && reader.ChosenAt <= dueAt
            && !reader.Sent.Contains((period.Kind, Day(period.First), place.Id));
    }

    private static ReportPeriod PeriodOf(string kind, ReportPlace place, long now) => ReportPeriod.LastOver(
        kind, Instant.FromUnixTimeMilliseconds(now).InZone(Zones.Of(place.Zone)).Date.ToDateOnly());

    private static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
