using System.Globalization;

using JamBox.Backend.Operation;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Insights.Calibration;

/// <summary>A place whose model is to be fitted.</summary>
/// <param name="PlaceId">The place.</param>
/// <param name="Lease">Until when it is claimed, milliseconds since 1970: what its due time was set to.</param>
/// <param name="Attempts">Which attempt this is, from 1.</param>
internal sealed record FitItem(long PlaceId, long Lease, int Attempts)
    : RetryItem(PlaceId.ToString(CultureInfo.InvariantCulture), "", Attempts);

/// <summary>
/// Fits the models of places: in each place's night, soon after somebody has counted, and once more when all that was heard around the
/// count has come. Of several processes one does it.
/// </summary>
internal sealed class FitJob : RetryJob<FitItem>
{
    /// <summary>Name of the queue.</summary>
    public const string QueueName = "fit";

    private const string DueSql = "SELECT 1 FROM place_fits WHERE due_at <= $1 LIMIT 1";

    /// <summary>Places with a box that nobody has looked at yet.</summary>
    private const string NewSql = """
        SELECT p.id FROM places p
        WHERE p.retired_at IS NULL AND EXISTS (SELECT 1 FROM devices d WHERE d.place_id = p.id AND d.kind = 'box')
            AND NOT EXISTS (SELECT 1 FROM place_fits f WHERE f.place_id = p.id)
        ORDER BY p.id LIMIT 1
        """;

    private const string ClaimSql = """
        UPDATE place_fits SET attempts = attempts + 1, due_at = $2
        WHERE due_at <= $1 AND place_id = (SELECT place_id FROM place_fits WHERE due_at <= $1 ORDER BY due_at, place_id LIMIT 1)
        RETURNING place_id, attempts
        """;

    /// <summary>A minute, doubled each time: a model that cannot be fitted is a mistake of ours, and an operator should see it.</summary>
    private static readonly RetryRule s_rule = new(FirstMs: 60_000, MaxMs: 3_600_000, MaxAttempts: 5);

    /// <summary>Makes the job.</summary>
    public FitJob(Store store, TimeProvider clock, ILogger<FitJob> logger)
        : base(store, clock, logger, s_rule)
    {
    }

    /// <inheritdoc/>
    public override string Queue => QueueName;

    /// <inheritdoc/>
    public override TimeSpan Period => TimeSpan.FromSeconds(15);

    /// <inheritdoc/>
    public override int Revive(SqlSession session, string item, long now) => session.Execute(
        "UPDATE place_fits SET attempts = 0, due_at = $2 WHERE place_id = $1", Number(item), now);

    /// <summary>Forgets that it failed: the next count makes it due again.</summary>
    public override int Drop(SqlSession session, string item) => session.Execute(
        "UPDATE place_fits SET attempts = 0 WHERE place_id = $1", Number(item));

    /// <inheritdoc/>
    protected override bool IsAnyDue(SqlSession session, long now)
    {
        using (SqlStatement due = session.Query(DueSql, now))
        {
            if (due.Read())
            {
                return true;
            }
        }

        using SqlStatement row = session.Query(NewSql);
        return row.Read();
    }

    /// <inheritdoc/>
    protected override IReadOnlyList<FitItem> Claim(SqlSession session, (long Now, long Until) turn)
    {
        if (New(session) is { } place)
        {
            session.Execute(
                "INSERT INTO place_fits (place_id, due_at) VALUES ($1, $2) ON CONFLICT (place_id) DO NOTHING", place, turn.Now);
        }

        using SqlStatement row = session.Query(ClaimSql, turn.Now, turn.Until);
        return row.Read() ? [new FitItem(row.Int64(0), turn.Until, row.Int32(1))] : [];
    }

    /// <inheritdoc/>
    protected override async Task WorkAsync(IReadOnlyList<FitItem> claimed, CancellationToken stopping)
    {
        FitItem item = claimed[0];
        long now = Now();
        FitInputs? inputs = await Store.ReadAsync((item.PlaceId, now), FitInputs.Read).ConfigureAwait(false);
        stopping.ThrowIfCancellationRequested();
        Fitted? fitted = inputs?.Fit();
        long next = inputs?.NextAt() ?? FitInputs.Night(NodaTime.DateTimeZone.Utc, item.PlaceId, now);
        await Store.WriteAsync((item, fitted, next, now), Finish).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    protected override int Postpone(SqlSession session, (FitItem Item, long NextAt, string Error) failed) => session.Execute(
        "UPDATE place_fits SET due_at = $3 WHERE place_id = $1 AND due_at = $2", failed.Item.PlaceId, failed.Item.Lease, failed.NextAt);

    /// <summary>Stores what came of it, unless somebody has counted meanwhile, or the claim has run out: then it is done anew.</summary>
    private static int Finish(SqlSession session, (FitItem Item, Fitted? Fitted, long NextAt, long Now) done)
    {
        if (session.Execute(
            "UPDATE place_fits SET due_at = $3, attempts = 0 WHERE place_id = $1 AND due_at = $2", done.Item.PlaceId, done.Item.Lease,
            done.NextAt) == 0)
        {
            return 0;
        }

        if (done.Fitted is { Model: { } model } fitted)
        {
            ModelSql.Add(session, model, fitted.Inputs, QueueName, done.Now);
        }

        foreach ((string box, Estimation.Baseline baseline) in done.Fitted?.Baselines ?? [])
        {
            FitSql.AddBaseline(session, done.Item.PlaceId, box, baseline, done.Now);
        }

        return 1;
    }

    private static long? New(SqlSession session)
    {
        using SqlStatement row = session.Query(NewSql);
        return row.Read() ? row.Int64(0) : null;
    }

    private static long Number(string item) => long.Parse(item, CultureInfo.InvariantCulture);
}
