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

    /// <summary>What is over by itself and of no use to anybody.</summary>
    private static readonly string[] s_over =
    [
        "DELETE FROM user_sessions WHERE expires_at < $1", "DELETE FROM user_links WHERE expires_at < $1", "DELETE FROM place_codes WHERE expires_at < $1",
    ];

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly ILogger<RetentionJob> _logger;
    private readonly (string Sql, int Days)[] _rules;

    /// <summary>Makes the job.</summary>
    public RetentionJob(Store store, TimeProvider clock, ILogger<RetentionJob> logger, RetentionOptions options)
    {
        _store = store;
        _clock = clock;
        _logger = logger;
        _rules =
        [
            ("DELETE FROM readings WHERE id IN (SELECT id FROM (SELECT id, received_at FROM readings ORDER BY id LIMIT 2000) oldest WHERE received_at < $1) AND id < (SELECT max(id) FROM readings)", options.ReadingsDays),
            ("DELETE FROM quarters WHERE start_at < $1", options.SummariesDays),
            ("DELETE FROM heartbeats WHERE id IN (SELECT id FROM (SELECT id, timestamp FROM heartbeats ORDER BY id LIMIT 2000) oldest WHERE timestamp < $1)", options.HeartbeatsDays),
            ("DELETE FROM commands WHERE queued_at < $1 AND expires_at < $1", options.CommandsDays),
            ("DELETE FROM outbox WHERE created_at < $1 AND delivered_at IS NOT NULL", options.AlertsDays),
            ("DELETE FROM alerts WHERE cleared_at < $1", options.AlertsDays),
            ("DELETE FROM audit WHERE at < $1", options.AuditDays),
            ("DELETE FROM events WHERE at < $1", options.EventsDays),
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
        foreach (string sql in s_over)
        {
            await _store.WriteAsync((sql, now), Delete).ConfigureAwait(false);
        }

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

/// <summary>
/// <c>Retention:*</c>: days that rows are kept, 0 to 36,500; 0 = for ever. Totals and the sums of quarters outlive the readings.
/// </summary>
internal sealed class RetentionOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Retention";

    private const int MostDays = 36_500;

    /// <summary>Readings, by receive time; for ever unless said.</summary>
    [WholeNumber(0, MostDays)]
    public int ReadingsDays { get; set; }

    /// <summary>Sums of quarters; for ever unless said.</summary>
    [WholeNumber(0, MostDays)]
    public int SummariesDays { get; set; }

    /// <summary>Heartbeats; 400 unless said.</summary>
    [WholeNumber(0, MostDays)]
    public int HeartbeatsDays { get; set; } = 400;

    /// <summary>Commands; 400 unless said.</summary>
    [WholeNumber(0, MostDays)]
    public int CommandsDays { get; set; } = 400;

    /// <summary>Alerts that are closed, with their messages; 400 unless said.</summary>
    [WholeNumber(0, MostDays)]
    public int AlertsDays { get; set; } = 400;

    /// <summary>The audit log; for ever unless said.</summary>
    [WholeNumber(0, MostDays)]
    public int AuditDays { get; set; }

    /// <summary>Events; 7 unless said.</summary>
    [WholeNumber(0, MostDays)]
    public int EventsDays { get; set; } = 7;
}
