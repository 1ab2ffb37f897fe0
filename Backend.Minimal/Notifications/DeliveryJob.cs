using System.Globalization;

using JamBox.Backend.Operation;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Notifications;

/// <summary>
/// Empties the outbox of one channel; each channel has a job of its own, so that a dead webhook delays no mail. A message is tried for
/// three days. Two processes never send the same one; one that is killed between sending and marking leaves a repeat with the same delivery
/// number, which is the price of losing none.
/// </summary>
internal sealed class DeliveryJob : RetryJob<OutboxMessage>
{
    private const string DueSql = "SELECT 1 FROM outbox WHERE channel = $2 AND delivered_at IS NULL AND next_at <= $1 LIMIT 1";

    private const string ClaimSql = """
        UPDATE outbox SET attempts = attempts + 1, next_at = $2
        WHERE delivered_at IS NULL AND next_at <= $1 AND id IN (
            SELECT id FROM outbox WHERE channel = $3 AND delivered_at IS NULL AND next_at <= $1 ORDER BY id LIMIT $4)
        RETURNING id, body, created_at, attempts
        """;

    /// <summary>Mails to users hold links that open their account: what is over is not kept.</summary>
    private const string DeliveredSql = """
        UPDATE outbox SET delivered_at = $2, last_error = $3, body = CASE WHEN channel = 'mail' THEN '' ELSE body END WHERE id = $1
        """;

    /// <summary>30 s, doubled each time up to an hour: 78 attempts are three days.</summary>
    private static readonly RetryRule s_rule = new(FirstMs: 30_000, MaxMs: 3_600_000, MaxAttempts: 78);

    private readonly IAlertSender _sender;

    /// <summary>Makes the job of a channel.</summary>
    public DeliveryJob(IAlertSender sender, Store store, TimeProvider clock, ILogger<DeliveryJob> logger)
        : base(store, clock, logger, s_rule)
    {
        _sender = sender;
    }

    /// <inheritdoc/>
    public override string Queue => _sender.Channel;

    /// <inheritdoc/>
    public override TimeSpan Period => TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public override int Revive(SqlSession session, string item, long now) => session.Execute(
        "UPDATE outbox SET attempts = 0, next_at = $2 WHERE id = $1 AND delivered_at IS NULL", Number(item), now);

    /// <inheritdoc/>
    public override int Drop(SqlSession session, string item) => session.Execute("DELETE FROM outbox WHERE id = $1", Number(item));

    /// <inheritdoc/>
    protected override bool IsAnyDue(SqlSession session, long now)
    {
        using SqlStatement row = session.Query(DueSql, now, Queue);
        return row.Read();
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<OutboxMessage> Claim(SqlSession session, (long Now, long Until) turn)
    {
        using SqlStatement row = session.Query(ClaimSql, turn.Now, turn.Until, Queue, _sender.MaxMessages);
        List<OutboxMessage> claimed = [];
        while (row.Read())
        {
            claimed.Add(new OutboxMessage(row.Int64(0), row.Text(1), row.Int64(2), row.Int32(3)));
        }

        // RETURNING gives them in any order.
        return [.. claimed.OrderBy(static message => message.Id)];
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync(IReadOnlyList<OutboxMessage> claimed, CancellationToken stopping)
    {
        if (_sender.IsOn)
        {
            await _sender.SendAsync(claimed, stopping).ConfigureAwait(false);
        }

        await Store.WriteAsync((claimed, Now(), _sender.IsOn ? null : "not configured"), MarkDelivered).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override int Postpone(SqlSession session, (OutboxMessage Item, long NextAt, string Error) failed) => session.Execute(
        "UPDATE outbox SET next_at = $2, last_error = $3 WHERE id = $1", failed.Item.Id, failed.NextAt, failed.Error);

    private static int MarkDelivered(SqlSession session, (IReadOnlyList<OutboxMessage> Messages, long Now, string? Note) done)
    {
        foreach (OutboxMessage message in done.Messages)
        {
            session.Execute(DeliveredSql, message.Id, done.Now, done.Note);
        }

        return done.Messages.Count;
    }

    private static long Number(string item) => long.Parse(item, CultureInfo.InvariantCulture);
}
