using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

using JamBox.Backend.Firmware;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Rollouts;

/// <summary>The SQL of the boxes of a roll-out.</summary>
internal static class RolloutBoxSql
{
    /// <summary>Why a box is excluded that failed at the release before, in this roll-out or another.</summary>
    public const string FailedBefore = "failed_before";

    /// <summary>Why a box is excluded that an operator took out.</summary>
    public const string ByOperator = "operator";

    /// <summary>Why a box is excluded that is none of those that the roll-out is for.</summary>
    public const string OutsideTarget = "target";

    private static readonly string s_select = $"""
        SELECT b.device_id, b.listed, b.stage, b.staged_at, b.excluded, d.status, d.last_seen_at,
            o.hw, o.version, o.base, o.sequence, o.checked_at,
            a.state, a.why, a.chunks, a.chunk_count, a.offered_at, a.changed_at, a.ended_at, a.allowed_at,
            CASE WHEN EXISTS (SELECT 1 FROM ota_attempts e WHERE e.device_id = b.device_id AND e.firmware_id = $2
                AND e.state IN ('failed', 'rolled_back') AND coalesce(e.why, '') <> 'withdrawn' AND e.allowed_at IS NULL) THEN 1 ELSE 0 END,
            a.delta_id, d.report_interval_ms, b.measured_at, b.reading_at, b.proved_at, b.unhealthy, b.health, b.told, o.profiles, o.reason, p.version,
            CASE WHEN EXISTS (SELECT 1 FROM ota_attempts k WHERE k.why = 'no_key' AND k.allowed_at IS NULL
                AND k.id = (SELECT max(n.id) FROM ota_attempts n WHERE n.device_id = b.device_id AND n.ended_at IS NOT NULL)) THEN 1 ELSE 0 END,
            d.retired_at, d.renewed_at, CASE WHEN {RolloutTargetSql.Includes("$1")} THEN 1 ELSE 0 END
        FROM ota_rollout_boxes b
        JOIN devices d ON d.device_id = b.device_id
        LEFT JOIN ota_devices o ON o.device_id = b.device_id
        LEFT JOIN ota_pins p ON p.device_id = b.device_id
        LEFT JOIN ota_attempts a ON a.id =
            (SELECT max(l.id) FROM ota_attempts l WHERE l.device_id = b.device_id AND l.firmware_id = $2 AND l.rollout_id = b.rollout_id)
        WHERE b.rollout_id = $1
        """;

    private const string EnrolSql =
        "INSERT INTO ota_rollout_boxes (rollout_id, device_id, box_rank, listed, excluded) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";

    private static readonly string s_all = $"{s_select} AND {Caller.ScopeSql("b.device_id", "$3")} ORDER BY b.box_rank, b.device_id";
    private static readonly string s_allThings =
        $"{ThingBoxSql.Select} AND {Caller.ScopeSql("b.device_id", "$3")} ORDER BY b.box_rank, b.device_id";
    private static readonly string s_fleet = $"""
        SELECT o.device_id FROM ota_devices o JOIN devices d ON d.device_id = o.device_id
        WHERE o.hw = $1 AND o.sequence < $2 AND o.base <> $3 AND d.status = 'active' AND d.is_demo = 0 AND {RolloutTargetSql.Includes("$4")}
        """;

    private static readonly string s_one = s_select + " AND b.device_id = $3";
    private static readonly string s_oneThing = ThingBoxSql.Select + " AND b.device_id = $3";

    /// <summary>All boxes that a caller may see, in the order of the queue.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="rollout">The roll-out.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <param name="scope"><see cref="Caller.Scope"/>; null = all.</param>
    public static List<RolloutBox> All(SqlSession session, Rollout rollout, long now, string? scope = null)
    {
        List<RolloutBox> boxes = [];
        using (SqlStatement row = rollout.IsOfThings
            ? session.Query(s_allThings, rollout.Id, rollout.Hardware, scope, rollout.OrderKey)
            : session.Query(s_all, rollout.Id, rollout.BuildId, scope))
        {
            while (row.Read())
            {
                boxes.Add(BoxJudge.Judge(Box(row, rollout), rollout, now));
            }
        }

        RolloutObstacles obstacles = new(session, rollout);
        return [.. boxes.Select(obstacles.Block)];
    }

    /// <summary>One box; null when the roll-out does not know of it.</summary>
    public static RolloutBox? One(SqlSession session, Rollout rollout, string deviceId, long now)
    {
        RolloutBox? box;
        using (SqlStatement row = rollout.IsOfThings
            ? session.Query(s_oneThing, rollout.Id, rollout.Hardware, deviceId, rollout.OrderKey)
            : session.Query(s_one, rollout.Id, rollout.BuildId, deviceId))
        {
            box = row.Read() ? BoxJudge.Judge(Box(row, rollout), rollout, now) : null;
        }

        return box is null ? null : new RolloutObstacles(session, rollout).Block(box);
    }

    /// <summary>Keeps what a box was found to be.</summary>
    public static void SaveWatched(SqlSession session, long rolloutId, IReadOnlyList<RolloutBox> boxes)
    {
        SqlValue[][] rows = [.. boxes.Select(box => new SqlValue[]
        {
            rolloutId, box.DeviceId, box.MeasuredAt, box.ReadingAt, box.ProvedAt, box.Unhealthy, box.Health, box.Told,
        })];
        session.ExecuteMany(
            "UPDATE ota_rollout_boxes SET measured_at = $3, reading_at = $4, proved_at = $5, unhealthy = $6, health = $7, told = $8 WHERE rollout_id = $1 AND device_id = $2",
            rows, new int[rows.Length]);
    }

    /// <summary>Takes a box in, unless it is in.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="rolloutId">The roll-out.</param>
    /// <param name="deviceId">The box, which is registered.</param>
    /// <param name="listed">The stage that names it.</param>
    /// <param name="isExcluded">Whether it is not to have the release.</param>
    public static void Enrol(SqlSession session, long rolloutId, string deviceId, int? listed = null, bool isExcluded = false) =>
        session.Execute(EnrolSql, rolloutId, deviceId, RankOf(rolloutId, deviceId), listed, isExcluded);

    /// <summary>
    /// Takes in every box of the target that has said that it is of the hardware and runs something older; every thing of the line that
    /// does not run the release or something newer.
    /// </summary>
    public static void EnrolFleet(SqlSession session, Rollout rollout)
    {
        List<string> ids = rollout.Line is { } line
            ? [.. ThingBoxSql.OfLine(session, line, rollout.Boards, rollout.Id)
                .Where(thing => thing.Order is null || rollout.IsNewFor(thing.Order, 0)).Select(static thing => thing.DeviceId)]
            : Fleet(session, rollout);
        session.ExecuteMany(
            EnrolSql, [.. ids.Select(id => new SqlValue[] { rollout.Id, id, RankOf(rollout.Id, id), (int?)null, false })],
            new int[ids.Count]);
    }

    private static List<string> Fleet(SqlSession session, Rollout rollout)
    {
        List<string> ids = [];
        using SqlStatement row = session.Query(s_fleet, rollout.Hardware, rollout.Sequence, rollout.Base, rollout.Id);
        while (row.Read())
        {
            ids.Add(row.Text(0));
        }

        return ids;
    }

    /// <summary>Lets boxes have the release from a stage on.</summary>
    public static void Stage(SqlSession session, long rolloutId, int stage, IEnumerable<RolloutBox> boxes, long now)
    {
        SqlValue[][] rows = [.. boxes.Select(box => new SqlValue[] { rolloutId, box.DeviceId, stage, now })];
        session.ExecuteMany(
            "UPDATE ota_rollout_boxes SET stage = $3, staged_at = $4 WHERE rollout_id = $1 AND device_id = $2 AND stage IS NULL", rows,
            new int[rows.Length]);
    }

    /// <summary>
    /// A box's place in the queue: the same however often it is asked for, another one in each roll-out, so that it is not always the same
    /// boxes that go first.
    /// </summary>
    public static long RankOf(long rolloutId, string deviceId)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{rolloutId} {deviceId}")));
        return BinaryPrimitives.ReadInt64BigEndian(hash) & long.MaxValue;
    }

    private static RolloutBox Box(SqlStatement row, Rollout rollout)
    {
        long? endedAt = row.Int64OrNull(18);
        // What it runs: the hash of a box's image, the order of a thing's version; null = it never said.
        string? runs = rollout.IsOfThings ? ReleaseVersion.Parse(row.TextOrNull(8))?.Key : row.TextOrNull(9);
        (string? word, string? told) = rollout.IsOfThings ? ThingBoxSql.AttemptOf(row) : (row.TextOrNull(12), row.TextOrNull(13));
        bool isNews = runs is null || rollout.IsNewFor(runs, row.Int32(10));
        // The same moment is not after: a box asks, takes the release and confirms it before it can ask from an older one.
        // (A thing that went back is found by its heartbeats.)
        bool isBack = !rollout.IsOfThings && word == AttemptState.Confirmed && isNews && row.IsNull(19) && row.Int64(11) > endedAt;
        // Another box under the same id did not go back: it never had the release.
        bool isAnother = isBack && row.Int64OrNull(34) > endedAt;
        (string state, string? why) =
            row.Int64(4) != 0 ? (BoxState.Excluded, ByOperator)
            : !row.IsNull(7) && row.Text(7) != rollout.Hardware ? (BoxState.Excluded, "hardware")
            : row.IsNull(1) && row.IsNull(2) && row.Int64(35) == 0 ? (BoxState.Excluded, OutsideTarget)
            : isAnother ? (BoxState.Waiting, null)
            : StateOf(word, told, isAllowed: !row.IsNull(19), isNews, isBarred: row.Int64(20) != 0);
        return new RolloutBox
        {
            DeviceId = row.Text(0),
            Listed = row.Int32OrNull(1),
            Stage = row.Int32OrNull(2),
            StagedAt = row.Int64OrNull(3),
            State = state,
            Why = why,
            AttemptWord = word == state ? state : null,
            AttemptWhy = why,
            WentBack = isBack && !isAnother,
            PatchId = row.Int64OrNull(21),
            IsActive = row.Text(5) == "active",
            LastSeenAt = row.Int64OrNull(6),
            ReportIntervalMs = row.Int64(22),
            MeasuredAt = row.Int64OrNull(23),
            ReadingAt = row.Int64OrNull(24),
            ProvedAt = row.Int64OrNull(25),
            Unhealthy = row.TextOrNull(26),
            Health = row.TextOrNull(27),
            Told = row.TextOrNull(28),
            Profiles = row.TextOrNull(29),
            Reason = row.TextOrNull(30),
            PinnedTo = row.TextOrNull(31),
            HasNoKey = row.Int64(32) != 0,
            RetiredAt = row.Int64OrNull(33),
            RenewedAt = row.Int64OrNull(34),
            Base = runs,
            Version = row.TextOrNull(8),
            Chunks = row.Int32(14),
            ChunkCount = row.Int32(15),
            OfferedAt = row.Int64OrNull(16),
            ChangedAt = row.Int64OrNull(17),
            EndedAt = endedAt,
        };
    }

    private static (string State, string? Why) StateOf(string? state, string? why, bool isAllowed, bool isNews, bool isBarred)
    {
        bool isOver = state is null || isAllowed || (state == AttemptState.Failed && why == AttemptState.Withdrawn);
        bool isReplaced = !isOver && why == AttemptState.Replaced && BoxState.IsFailure(state!);
        return isReplaced ? (BoxState.Excluded, why) : !isOver ? (state!, why) : isBarred ? (BoxState.Excluded, FailedBefore) : (
            isNews ? BoxState.Waiting : BoxState.Current, null);
    }
}
