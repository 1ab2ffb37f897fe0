using JamBox.Backend.Firmware;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Rollouts;

/// <summary>
/// The SQL of things in a roll-out: in the columns of boxes, so that whoever counts and judges needs not know which they are. What an
/// attempt is to a box, an update session is to a thing; which line it is of, it says when it asks (<c>ota_devices.hw</c>).
/// </summary>
internal static class ThingBoxSql
{
    /// <summary>After so many updates that were begun anew without an end the thing has failed: it does not get there.</summary>
    public const int MaxInterrupted = 5;

    /// <summary>The column with the number of such updates; it stands behind those that boxes have too.</summary>
    private const int InterruptedColumn = 36;

    /// <summary>The things of a roll-out: $1 it, $2 its line, $4 its order; $3 is left for a condition.</summary>
    public static readonly string Select = $"""
        SELECT b.device_id, b.listed, b.stage, b.staged_at, b.excluded, d.status, d.last_seen_at,
            o.hw, d.firmware_version, '', 0, 0,
            a.state, a.why, coalesce(a.progress, 0), CASE WHEN a.id IS NULL THEN 0 ELSE 100 END, a.started_at, a.heard_at, a.ended_at,
            a.allowed_at,
            CASE WHEN EXISTS (SELECT 1 FROM ota_sessions e JOIN ota_rollouts f ON f.id = e.rollout_id
                WHERE e.device_id = b.device_id AND f.hw = $2 AND f.order_key = $4 AND e.state = 'failed'
                    AND coalesce(e.why, '') <> 'interrupted' AND e.allowed_at IS NULL) THEN 1 ELSE 0 END,
            CAST(NULL AS BIGINT), d.report_interval_ms, b.measured_at, b.reading_at, b.proved_at, b.unhealthy, b.health, b.told,
            CAST(NULL AS TEXT), o.reason, p.version, 0,
            d.retired_at, d.renewed_at, CASE WHEN {RolloutTargetSql.Includes("$1")} THEN 1 ELSE 0 END,
            (SELECT count(*) FROM ota_sessions t WHERE t.device_id = b.device_id AND t.rollout_id = b.rollout_id
                AND t.why = 'interrupted' AND t.allowed_at IS NULL)
        FROM ota_rollout_boxes b
        JOIN devices d ON d.device_id = b.device_id
        LEFT JOIN ota_devices o ON o.device_id = b.device_id
        LEFT JOIN ota_pins p ON p.device_id = b.device_id
        LEFT JOIN ota_sessions a ON a.id =
            (SELECT max(l.id) FROM ota_sessions l WHERE l.device_id = b.device_id AND l.rollout_id = b.rollout_id)
        WHERE b.rollout_id = $1
        """;

    private const string LineSql = """
        SELECT d.device_id, d.platform, d.firmware_version, o.hw, p.version, d.last_seen_at
        FROM devices d LEFT JOIN ota_devices o ON o.device_id = d.device_id LEFT JOIN ota_pins p ON p.device_id = d.device_id
        WHERE d.kind <> 'box' AND d.status = 'active' AND d.is_demo = 0
            AND (o.hw = $1 OR (o.hw IS NULL AND d.product = $2 AND $3 = 'prod'))
        """;

    private static readonly string s_inTarget = $"{LineSql} AND {RolloutTargetSql.Includes("$4")} ORDER BY d.device_id";

    /// <summary>What became of a thing's last update, in the words of an attempt; null = there was none.</summary>
    public static (string? Word, string? Why) AttemptOf(SqlStatement row) => (row.TextOrNull(12), row.TextOrNull(13)) switch
    {
        (SessionState.Started, _) => (AttemptState.Offered, null),
        (SessionState.Downloading, _) => (AttemptState.Downloading, null),
        (SessionState.Success, _) => (AttemptState.Confirmed, null),
        (SessionState.Failed, UpdateSessionSql.RolledBack) => (AttemptState.RolledBack, null),
        // It begins anew, or has gone to another version: that is no word about this one.
        (SessionState.Failed, UpdateSessionSql.Interrupted) when row.Int64(InterruptedColumn) < MaxInterrupted =>
            (AttemptState.Failed, AttemptState.Withdrawn),
        (SessionState.Failed, var why) => (AttemptState.Failed, why),
        _ => (null, null),
    };

    /// <summary>
    /// The things of a line: those that said so when they asked, and those that never asked and are of its product and platform by the
    /// register.
    /// </summary>
    /// <param name="session">The connection.</param>
    /// <param name="line">The line.</param>
    /// <param name="boards">What things of its platform call their board, in small letters.</param>
    /// <param name="rolloutId">Only those in the target of this roll-out; null = whichever.</param>
    public static List<LineThing> OfLine(SqlSession session, ThingLine line, IReadOnlyList<string> boards, long? rolloutId)
    {
        List<LineThing> things = [];
        using SqlStatement row = rolloutId is { } id
            ? session.Query(s_inTarget, line.Key, line.Product, line.Environment, id)
            : session.Query($"{LineSql} ORDER BY d.device_id", line.Key, line.Product, line.Environment);
        while (row.Read())
        {
            if (!row.IsNull(3) || IsOf(boards, row.TextOrNull(1)))
            {
                things.Add(new LineThing(
                    row.Text(0), ReleaseVersion.Parse(row.TextOrNull(2))?.Key, row.TextOrNull(4), row.Int64OrNull(5)));
            }
        }

        return things;
    }

    /// <summary>Whether what a thing calls its board is of a platform.</summary>
    /// <param name="boards">What things of the platform call their board, in small letters.</param>
    /// <param name="board">What it says; null = it was never said.</param>
    public static bool IsOf(IReadOnlyList<string> boards, string? board) =>
        board is not null && boards.Contains(board.Trim().ToLowerInvariant());
}

/// <summary>A thing of a line.</summary>
/// <param name="DeviceId">Its id.</param>
/// <param name="Order">By what its version is compared; null = what it runs is not known.</param>
/// <param name="PinnedTo">The version that it is pinned to.</param>
/// <param name="LastSeenAt">When it last spoke, milliseconds since 1970.</param>
internal sealed record LineThing(string DeviceId, string? Order, string? PinnedTo, long? LastSeenAt);
