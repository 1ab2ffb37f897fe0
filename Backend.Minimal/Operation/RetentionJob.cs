using JamBox.Backend.Storage;

namespace JamBox.Backend.Operation;

/// <summary>
/// Once an hour: removes what is older than <c>Retention:*</c> says, and gives space back to the file system when a quarter of the file is
/// empty. What is due is looked for by a reader; the writer then removes at most <see cref="SliceRows"/> rows at a time, found by their
/// keys,
/// so that no reading waits for it.
/// </summary>
internal sealed class RetentionJob : IJob
{
    /// <summary>Rows that are looked at, and so removed at most, in one go.</summary>
    public const int SliceRows = 500;

    /// <summary>Notifications at most: whatever a fleet gone wild does, the newest stay.</summary>
    private const int MaxNotifications = 100_000;

    /// <summary>Takes those that are too many, by their ids.</summary>
    private const string TooManySql = """
        DELETE FROM notifications WHERE id IN (
            SELECT id FROM notifications WHERE id <= (SELECT max(id) FROM notifications) - $1 ORDER BY id LIMIT $2)
        """;

    private const long DayMs = 24 * 60 * 60 * 1000L;
    private const long LimitWindowMs = 2 * 60 * 60 * 1000L;

    /// <summary>What is over by itself and of no use to anybody; there is never much of it, a row per sign-in.</summary>
    private static readonly string[] s_over =
    [
        "DELETE FROM user_sessions WHERE expires_at < $1",
        "DELETE FROM user_links WHERE expires_at < $1",
        "DELETE FROM place_codes WHERE expires_at < $1",
        "DELETE FROM activation_passes WHERE expires_at < $1",
        $"DELETE FROM mqtt_clients WHERE used_at < $1 - {Mqtt.Access.ClientIds.OwnedMs}",
    ];

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly ILogger<RetentionJob> _logger;
    private readonly RetentionOptions _options;
    private readonly RetentionRule[] _rules;

    /// <summary>Makes the job.</summary>
    public RetentionJob(Store store, TimeProvider clock, ILogger<RetentionJob> logger, RetentionOptions options)
    {
        _store = store;
        _clock = clock;
        _logger = logger;
        _options = options;
        _rules =
        [
            // Its newest row stays: ids must not come again.
            new("readings", "received_at", "id < (SELECT max(id) FROM readings)", options.ReadingsDays),
            new("heartbeats", "timestamp", null, options.HeartbeatsDays),
            new("device_traffic", "day_at", null, options.HeartbeatsDays),
            new("commands", "queued_at", "expires_at < $2", options.CommandsDays),
            new("outbox", "created_at", $"(delivered_at IS NOT NULL OR next_at = {DeadLetterSql.Parked})", options.AlertsDays),
            new("dead_letters", "died_at", null, options.AlertsDays),
            new("alerts", "created_at", "cleared_at < $2", options.AlertsDays),
            new("report_sends", "at", null, options.AlertsDays),
            new("notifications", "told_at", null, options.NotificationsDays),
            new("state_changes", "at", null, options.StateChangesDays),
            new("audit", "at", null, options.AuditDays),
            new("events", "at", null, options.EventsDays),
            new("thing_events", "at", null, options.HeartbeatsDays),
            new("thing_commands", "queued_at", "expires_at < $2", options.CommandsDays),
            new("deployment_words", "came_at", null, options.EventsDays),
            new(
                "deployment_runs", "started_at",
                "ended_at < $2 AND id NOT IN (SELECT max(id) FROM deployment_runs GROUP BY device_id) "
                + "AND NOT EXISTS (SELECT 1 FROM deployment_words w WHERE w.run_id = deployment_runs.id)", options.CommandsDays),
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
        await _store.WriteAsync(now, DeleteOver).ConfigureAwait(false);
        foreach (RetentionRule rule in _rules.Where(static rule => rule.Days > 0))
        {
            removed += await CleanAsync(rule, now - (rule.Days * DayMs), stopping).ConfigureAwait(false);
        }

        int slice = SliceRows;
        while (slice == SliceRows && !stopping.IsCancellationRequested)
        {
            slice = await _store.WriteAsync(0, static (session, _) => session.Execute(TooManySql, MaxNotifications, SliceRows))
                .ConfigureAwait(false);
            removed += slice;
        }

        if (_options.SummariesDays > 0)
        {
            removed += await CleanSumsAsync(now - (_options.SummariesDays * DayMs), stopping).ConfigureAwait(false);
        }

        if (removed > 0)
        {
            _logger.LogInformation("Retention removed {Rows} rows", removed);
            await _store.VacuumAsync(onlyWhenWorthIt: true, stopping).ConfigureAwait(false);
        }

        return removed;
    }

    /// <summary>Rows come in the order of time, more or less: from the oldest on, until a whole slice is not due.</summary>
    private async Task<int> CleanAsync(RetentionRule rule, long before, CancellationToken stopping)
    {
        int removed = 0;
        long after = 0;
        while (!stopping.IsCancellationRequested)
        {
            RetentionSlice slice = await _store.ReadAsync((rule, after, before), RetentionRule.Look).ConfigureAwait(false);
            if (slice.Due > 0)
            {
                removed += await _store.WriteAsync((rule, after, before, slice.Last), RetentionRule.Delete).ConfigureAwait(false);
            }

            if (slice.Rows < SliceRows || slice.Oldest >= before)
            {
                break;
            }

            after = slice.Last;
        }

        return removed;
    }

    /// <summary>Sums of quarters have the device first in their key: device by device.</summary>
    private async Task<int> CleanSumsAsync(long before, CancellationToken stopping)
    {
        int removed = 0;
        foreach (string device in await _store.ReadAsync(before, SummedDevices).ConfigureAwait(false))
        {
            int slice = SliceRows;
            while (slice == SliceRows && !stopping.IsCancellationRequested)
            {
                slice = await _store.WriteAsync((device, before), DeleteSums).ConfigureAwait(false);
                removed += slice;
            }
        }

        return removed;
    }

    private static int DeleteOver(SqlSession session, long now) =>
        session.Execute("DELETE FROM rate_limits WHERE window_start < $1", now - LimitWindowMs)
        + s_over.Sum(sql => session.Execute(sql, now));

    private static List<string> SummedDevices(SqlSession session, long before)
    {
        using SqlStatement row = session.Query(
            "SELECT device_id FROM devices WHERE EXISTS (SELECT 1 FROM quarters q WHERE q.device_id = devices.device_id AND q.start_at < $1)",
            before);
        List<string> devices = [];
        while (row.Read())
        {
            devices.Add(row.Text(0));
        }

        return devices;
    }

    private static int DeleteSums(SqlSession session, (string Device, long Before) due) => session.Execute("""
        DELETE FROM quarters WHERE device_id = $1 AND start_at IN (
            SELECT start_at FROM quarters WHERE device_id = $1 AND start_at < $2 ORDER BY start_at LIMIT 500)
        """, due.Device, due.Before);
}

/// <summary>What is kept in a table for how long.</summary>
internal sealed class RetentionRule
{
    private readonly string _look;
    private readonly string _delete;

    /// <summary>Makes the rule.</summary>
    /// <param name="table">A table with an <c>id</c> that grows with time.</param>
    /// <param name="time">Its column that says how old a row is, milliseconds since 1970.</param>
    /// <param name="condition">What else must be so; $2 is the time before which rows are due. Null = nothing.</param>
    /// <param name="days">Days that rows are kept; 0 = for ever.</param>
    public RetentionRule(string table, string time, string? condition, int days)
    {
        Days = days;
        string due = condition is null ? $"{time} < $2" : $"{time} < $2 AND {condition}";
        _look = $"""
            SELECT count(*), coalesce(max(id), 0), coalesce(min(age), 0), coalesce(sum(due), 0) FROM (
                SELECT id, {time} AS age, CASE WHEN {due} THEN 1 ELSE 0 END AS due FROM {table} WHERE id > $1 ORDER BY id LIMIT $3) slice
            """;
        _delete = $"DELETE FROM {table} WHERE id > $1 AND id <= $3 AND {due}";
    }

    /// <summary>Days that rows are kept; 0 = for ever.</summary>
    public int Days { get; }

    /// <summary>Looks at the next rows.</summary>
    public static RetentionSlice Look(SqlSession session, (RetentionRule Rule, long After, long Before) wanted)
    {
        using SqlStatement row = session.Query(wanted.Rule._look, wanted.After, wanted.Before, RetentionJob.SliceRows);
        row.Read();
        return new RetentionSlice(row.Int32(0), row.Int64(1), row.Int64(2), row.Int32(3));
    }

    /// <summary>Removes what is due of the rows that were looked at.</summary>
    public static int Delete(SqlSession session, (RetentionRule Rule, long After, long Before, long Last) due) =>
        session.Execute(due.Rule._delete, due.After, due.Before, due.Last);
}

/// <summary>Some rows of a table, one after the other.</summary>
/// <param name="Rows">How many.</param>
/// <param name="Last">The id of the last one.</param>
/// <param name="Oldest">The least time, milliseconds since 1970.</param>
/// <param name="Due">How many are due.</param>
internal readonly record struct RetentionSlice(int Rows, long Last, long Oldest, int Due);

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

    /// <summary>Notifications in the lists of users; 90 unless said. There are never more than 100,000.</summary>
    [WholeNumber(0, MostDays)]
    public int NotificationsDays { get; set; } = 90;

    /// <summary>Who changed what of a thing's state; 400 unless said.</summary>
    [WholeNumber(0, MostDays)]
    public int StateChangesDays { get; set; } = 400;

    /// <summary>The audit log; for ever unless said.</summary>
    [WholeNumber(0, MostDays)]
    public int AuditDays { get; set; }

    /// <summary>Events; 7 unless said.</summary>
    [WholeNumber(0, MostDays)]
    public int EventsDays { get; set; } = 7;
}
