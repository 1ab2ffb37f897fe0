using JamBox.Backend.Insights;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Operation;

/// <summary>
/// Once an hour: removes what is older than <c>Retention:*</c> says, in slices, so that no device waits for it; and gives the space
/// back to the file system when a quarter of the file is empty.
/// </summary>
internal sealed class RetentionJob : IJob
{
    private const int SliceRows = 2000;
    private const long DayMs = 24 * 60 * 60 * 1000L;
    private const long LimitWindowMs = 2 * 60 * 60 * 1000L;

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly ILogger<RetentionJob> _logger;
    private readonly (string Sql, int Days)[] _rules;

    /// <summary>Makes the job.</summary>
    public RetentionJob(Store store, TimeProvider clock, ILogger<RetentionJob> logger, RetentionOptions settings)
    {
        _store = store;
        _clock = clock;
        _logger = logger;
        _rules =
        [
            ("DELETE FROM readings WHERE id IN (SELECT id FROM (SELECT id, received_at FROM readings ORDER BY id LIMIT 2000) oldest WHERE received_at < $1)", settings.ReadingsDays),
            ("DELETE FROM quarters WHERE start_at < $1", settings.SummariesDays),
            ("DELETE FROM heartbeats WHERE id IN (SELECT id FROM (SELECT id, timestamp FROM heartbeats ORDER BY id LIMIT 2000) oldest WHERE timestamp < $1)", settings.HeartbeatsDays),
            ("DELETE FROM commands WHERE queued_at < $1 AND expires_at < $1", settings.CommandsDays),
            ("DELETE FROM outbox WHERE created_at < $1 AND delivered_at IS NOT NULL", settings.AlertsDays),
            ("DELETE FROM alerts WHERE cleared_at < $1", settings.AlertsDays),
            ("DELETE FROM audit WHERE at < $1", settings.AuditDays),
            ("DELETE FROM events WHERE at < $1", settings.EventsDays),
        ];
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromHours(1);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping) => await CleanAsync(stopping).ConfigureAwait(false);

    /// <summary>Removes what is due.</summary>
    /// <returns>Rows removed.</returns>
    public async Task<int> CleanAsync(CancellationToken stopping)
    {
        long now = _clock.GetUtcNow().ToUnixTimeMilliseconds();
        int removed = 0;
        await _store.WriteAsync(("DELETE FROM rate_limits WHERE window_start < $1", now - LimitWindowMs), Delete).ConfigureAwait(false);
        foreach ((string sql, int days) in _rules)
        {
            int slice = days == 0 ? 0 : SliceRows;
            while (slice >= SliceRows && !stopping.IsCancellationRequested)
            {
                slice = await _store.WriteAsync((sql, now - (days * DayMs)), Delete).ConfigureAwait(false);
                removed += slice;
            }
        }

        if (removed > 0)
        {
            _logger.LogInformation("Retention removed {Rows} rows", removed);
            await _store.VacuumAsync(onlyWhenWorthIt: true).ConfigureAwait(false);
        }

        return removed;
    }

    private static int Delete(SqlSession session, (string Sql, long Before) rule) => session.Execute(rule.Sql, rule.Before);
}

/// <summary><c>Retention:*</c>: days that rows are kept, 0 = for ever. Totals and the sums of quarters outlive the readings.</summary>
/// <param name="ReadingsDays">Readings, by receive time.</param>
/// <param name="SummariesDays">Sums of quarters.</param>
/// <param name="HeartbeatsDays">Heartbeats.</param>
/// <param name="CommandsDays">Commands.</param>
/// <param name="AlertsDays">Alerts that are closed, with their messages.</param>
/// <param name="AuditDays">The audit log.</param>
/// <param name="EventsDays">Events.</param>
internal sealed record RetentionOptions(
    int ReadingsDays, int SummariesDays, int HeartbeatsDays, int CommandsDays, int AlertsDays, int AuditDays, int EventsDays);
