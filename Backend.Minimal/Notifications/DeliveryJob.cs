using JamBox.Backend.Insights;
using JamBox.Backend.Operation;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Notifications;

/// <summary>
/// Empties the outbox. A message is claimed for a minute, sent, and marked delivered; a failure reschedules it with growing delay, for
/// three days. Two processes never send the same one; one that is killed between sending and marking leaves a repeat with the same
/// delivery number, which is the price of losing none.
/// </summary>
internal sealed class DeliveryJob : IJob
{
    private const long LeaseMs = 60_000;
    private const long FirstRetryMs = 30_000;
    private const long MaxRetryMs = 3_600_000;
    private const long GiveUpMs = 3 * 24 * 3_600_000L;

    private const string ClaimSql = """
        UPDATE outbox SET attempts = attempts + 1, next_at = $2
        WHERE delivered_at IS NULL AND next_at <= $1
            AND id = (SELECT id FROM outbox WHERE delivered_at IS NULL AND next_at <= $1 ORDER BY id LIMIT 1)
        RETURNING id, channel, body, created_at, attempts
        """;

    /// <summary>Mails to users hold links that open their account: what is over is not kept.</summary>
    private const string ForgetSql = "body = CASE WHEN channel = 'mail' THEN '' ELSE body END";

    private const string DeliveredSql = $"UPDATE outbox SET delivered_at = $2, last_error = $3, {ForgetSql} WHERE id = $1";

    private const string RescheduleSql = """
        UPDATE outbox SET next_at = $2, last_error = $3, delivered_at = $4,
            body = CASE WHEN channel = 'mail' AND $4 IS NOT NULL THEN '' ELSE body END
        WHERE id = $1
        """;

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly ILogger<DeliveryJob> _logger;
    private readonly Dictionary<string, IAlertSender> _senders;

    /// <summary>Makes the job.</summary>
    public DeliveryJob(Store store, TimeProvider clock, ILogger<DeliveryJob> logger, IEnumerable<IAlertSender> senders)
    {
        _store = store;
        _clock = clock;
        _logger = logger;
        _senders = senders.ToDictionary(static sender => sender.Channel);
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (!_store.Read(Now(), IsAnyDue))
        {
            return;
        }

        while (!stopping.IsCancellationRequested && await _store.WriteAsync(Now(), Claim).ConfigureAwait(false) is { } message)
        {
            await DeliverAsync(message, stopping).ConfigureAwait(false);
        }
    }

    private async Task DeliverAsync(OutboxMessage message, CancellationToken stopping)
    {
        try
        {
            bool isOn = _senders.TryGetValue(message.Channel, out IAlertSender? sender) && sender.IsOn;
            if (isOn)
            {
                await sender!.SendAsync(message, stopping).ConfigureAwait(false);
            }

            await _store.WriteAsync((message.Id, Now(), isOn ? null : "not configured"), MarkDelivered).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or DeliveryException or IOException
            || (e is OperationCanceledException && !stopping.IsCancellationRequested))
        {
            _logger.LogWarning(
                "Alert {Id} by {Channel} failed, attempt {Attempt}: {Reason}", message.Id, message.Channel, message.Attempts, e.Message);
            await _store.WriteAsync((message, Now(), e.Message), Reschedule).ConfigureAwait(false);
        }
    }

    private static bool IsAnyDue(SqlSession session, long now)
    {
        using SqlStatement row = session.Query("SELECT 1 FROM outbox WHERE delivered_at IS NULL AND next_at <= $1 LIMIT 1", now);
        return row.Read();
    }

    private static OutboxMessage? Claim(SqlSession session, long now)
    {
        using SqlStatement row = session.Query(ClaimSql, now, now + LeaseMs);
        return row.Read() ? new OutboxMessage(row.Int64(0), row.Text(1), row.Text(2), row.Int64(3), row.Int32(4)) : null;
    }

    private static int MarkDelivered(SqlSession session, (long Id, long Now, string? Note) done) =>
        session.Execute(DeliveredSql, done.Id, done.Now, done.Note);

    private static int Reschedule(SqlSession session, (OutboxMessage Message, long Now, string Error) failed)
    {
        long delay = Math.Min(MaxRetryMs, FirstRetryMs << Math.Min(failed.Message.Attempts - 1, 20));
        long? givenUp = failed.Now - failed.Message.CreatedAt > GiveUpMs ? failed.Now : null;
        return session.Execute(
            RescheduleSql,
            failed.Message.Id, failed.Now + delay, failed.Error, givenUp);
    }

    private long Now() => _clock.GetUtcNow().ToUnixTimeMilliseconds();
}
