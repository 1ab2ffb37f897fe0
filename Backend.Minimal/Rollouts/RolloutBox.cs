using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Rollouts;

/// <summary>A box in a roll-out, as stored; its state is told from its attempts and from what it last said that it runs. Times are milliseconds since 1970.</summary>
internal sealed record RolloutBox
{
    /// <summary>A box that speaks but does not move is not waited for after this time, ms: a week.</summary>
    public const long StallMs = 7 * 24 * 60 * 60 * 1000L;

    private const long HourMs = 60 * 60 * 1000L;

    /// <summary>The box.</summary>
    public required string DeviceId { get; init; }

    /// <summary>The stage that names it; null = none does.</summary>
    public int? Listed { get; init; }

    /// <summary>Since which stage it may have the release; null = not yet.</summary>
    public int? Stage { get; init; }

    /// <summary>When that was.</summary>
    public long? StagedAt { get; init; }

    /// <summary>One of <see cref="BoxState"/>.</summary>
    public required string State { get; init; }

    /// <summary>Why.</summary>
    public string? Why { get; init; }

    /// <summary>Whether it had confirmed the release and then asked from an older one.</summary>
    public bool WentBack { get; init; }

    /// <summary>The patch of its last attempt; null = there was none.</summary>
    public long? PatchId { get; init; }

    /// <summary>Whether it is switched on in the register.</summary>
    public required bool IsActive { get; init; }

    /// <summary>When it last spoke.</summary>
    public long? LastSeenAt { get; init; }

    /// <summary>Version that it last said it runs.</summary>
    public string? Version { get; init; }

    /// <summary>Chunks that it has.</summary>
    public int Chunks { get; init; }

    /// <summary>Of how many.</summary>
    public int ChunkCount { get; init; }

    /// <summary>When its last attempt began.</summary>
    public long? OfferedAt { get; init; }

    /// <summary>When it last moved.</summary>
    public long? ChangedAt { get; init; }

    /// <summary>When its last attempt ended.</summary>
    public long? EndedAt { get; init; }

    /// <summary>Whether it counts when a share is taken. One that came to the release by itself before its turn does not.</summary>
    public bool IsEligible => State != BoxState.Excluded && !(Stage is null && State == BoxState.Current);

    /// <summary>Whether a stage waits for it no longer: switched off, silent for too long, or not moving for a week.</summary>
    /// <param name="rollout">The roll-out.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public bool IsLeftBehind(Rollout rollout, long now) =>
        BoxState.IsPending(State)
        && (!IsActive || LastSeenAt is null || now - LastSeenAt > rollout.SilentHours * HourMs || now - MovedAt(rollout, now) > StallMs);

    private long MovedAt(Rollout rollout, long now) => Math.Max(StagedAt ?? now, Math.Max(ChangedAt ?? 0, rollout.ResumedAt ?? 0));
}

/// <summary>How far a box is in a roll-out: the states of an attempt, and these.</summary>
internal static class BoxState
{
    /// <summary>It has not been offered the release yet, or may have it again.</summary>
    public const string Waiting = "waiting";

    /// <summary>It runs the release, or a newer one, without this roll-out's help.</summary>
    public const string Current = "current";

    /// <summary>It does not get the release: an operator said so, it failed at it before, or it is other hardware.</summary>
    public const string Excluded = "excluded";

    /// <summary>All of them, in the order in which a box goes through them.</summary>
    public static readonly string[] All =
    [
        Waiting, AttemptState.Offered, AttemptState.Downloading, AttemptState.Verifying, AttemptState.Applying, AttemptState.Staged,
        AttemptState.Trial, AttemptState.Confirmed, Current, AttemptState.Failed, AttemptState.RolledBack, Excluded,
    ];

    /// <summary>Whether something is still to come.</summary>
    public static bool IsPending(string state) => !IsWell(state) && !IsFailure(state) && state != Excluded;

    /// <summary>Whether it runs the release for good.</summary>
    public static bool IsWell(string state) => state is AttemptState.Confirmed or Current;

    /// <summary>Whether the release did not stay on it.</summary>
    public static bool IsFailure(string state) => state is AttemptState.Failed or AttemptState.RolledBack;
}

/// <summary>Boxes by how far they are.</summary>
internal sealed class BoxCounts
{
    /// <summary>Those of which a stage takes its share.</summary>
    [JsonPropertyName("eligible")]
    public int Eligible { get; set; }

    /// <summary>Those that may have the release.</summary>
    [JsonPropertyName("in_stage")]
    public int InStage { get; set; }

    /// <summary>Those in the stage that are pending and not waited for: switched off, silent, or not moving for a week.</summary>
    [JsonPropertyName("left_behind")]
    public int LeftBehind { get; set; }

    /// <summary>Not offered yet, or again; with those whose stage has not come.</summary>
    [JsonPropertyName("waiting")]
    public int Waiting { get; set; }

    /// <summary>Told of it.</summary>
    [JsonPropertyName("offered")]
    public int Offered { get; set; }

    /// <summary>Fetching chunks.</summary>
    [JsonPropertyName("downloading")]
    public int Downloading { get; set; }

    /// <summary>Checking what they fetched.</summary>
    [JsonPropertyName("verifying")]
    public int Verifying { get; set; }

    /// <summary>Making the new image.</summary>
    [JsonPropertyName("applying")]
    public int Applying { get; set; }

    /// <summary>Ready to boot it.</summary>
    [JsonPropertyName("staged")]
    public int Staged { get; set; }

    /// <summary>Running it on trial.</summary>
    [JsonPropertyName("trial")]
    public int Trial { get; set; }

    /// <summary>Running it for good.</summary>
    [JsonPropertyName("confirmed")]
    public int Confirmed { get; set; }

    /// <summary>Running it, or something newer, without this roll-out's help.</summary>
    [JsonPropertyName("current")]
    public int Current { get; set; }

    /// <summary>Gave up before they ran it.</summary>
    [JsonPropertyName("failed")]
    public int Failed { get; set; }

    /// <summary>Went back to the image before.</summary>
    [JsonPropertyName("rolled_back")]
    public int RolledBack { get; set; }

    /// <summary>Not to have it.</summary>
    [JsonPropertyName("excluded")]
    public int Excluded { get; set; }

    /// <summary>Counts.</summary>
    /// <param name="rollout">The roll-out.</param>
    /// <param name="boxes">Its boxes, or those of a stage.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    public static BoxCounts Of(Rollout rollout, IReadOnlyList<RolloutBox> boxes, long now)
    {
        Dictionary<string, int> states = boxes.CountBy(static box => box.State).ToDictionary();
        return new BoxCounts
        {
            Eligible = boxes.Count(static box => box.IsEligible),
            InStage = boxes.Count(static box => box.Stage is not null && box.State != BoxState.Excluded),
            LeftBehind = boxes.Count(box => box.Stage is not null && box.IsLeftBehind(rollout, now)),
            Waiting = In(BoxState.Waiting),
            Offered = In(AttemptState.Offered),
            Downloading = In(AttemptState.Downloading),
            Verifying = In(AttemptState.Verifying),
            Applying = In(AttemptState.Applying),
            Staged = In(AttemptState.Staged),
            Trial = In(AttemptState.Trial),
            Confirmed = In(AttemptState.Confirmed),
            Current = In(BoxState.Current),
            Failed = In(AttemptState.Failed),
            RolledBack = In(AttemptState.RolledBack),
            Excluded = In(BoxState.Excluded),
        };

        int In(string state) => states.GetValueOrDefault(state);
    }
}

/// <summary>The SQL of the boxes of a roll-out.</summary>
internal static class RolloutBoxSql
{
    /// <summary>Why a box is excluded that failed at the release before, in this roll-out or another.</summary>
    public const string FailedBefore = "failed_before";

    /// <summary>Why a box is excluded that an operator took out.</summary>
    public const string ByOperator = "operator";

    private const string SelectSql = """
        SELECT b.device_id, b.listed, b.stage, b.staged_at, b.excluded, d.status, d.last_seen_at,
            o.hw, o.version, o.base, o.sequence, o.checked_at,
            a.state, a.why, a.chunks, a.chunk_count, a.offered_at, a.changed_at, a.ended_at, a.allowed_at,
            CASE WHEN EXISTS (SELECT 1 FROM ota_attempts e WHERE e.device_id = b.device_id AND e.firmware_id = $2
                AND e.state IN ('failed', 'rolled_back') AND coalesce(e.why, '') <> 'withdrawn' AND e.allowed_at IS NULL) THEN 1 ELSE 0 END,
            a.delta_id
        FROM ota_rollout_boxes b
        JOIN devices d ON d.device_id = b.device_id
        LEFT JOIN ota_devices o ON o.device_id = b.device_id
        LEFT JOIN ota_attempts a ON a.id =
            (SELECT max(l.id) FROM ota_attempts l WHERE l.device_id = b.device_id AND l.firmware_id = $2 AND l.rollout_id = b.rollout_id)
        WHERE b.rollout_id = $1
        """;

    private const string EnrolSql =
        "INSERT INTO ota_rollout_boxes (rollout_id, device_id, box_rank, listed, excluded) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";

    private static readonly string s_all = $"{SelectSql} AND {Caller.ScopeSql("b.device_id", "$3")} ORDER BY b.box_rank, b.device_id";
    private static readonly string s_one = SelectSql + " AND b.device_id = $3";

    /// <summary>All boxes that a caller may see, in the order of the queue.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="rollout">The roll-out.</param>
    /// <param name="scope"><see cref="Caller.Scope"/>; null = all.</param>
    public static List<RolloutBox> All(SqlSession session, Rollout rollout, string? scope = null)
    {
        using SqlStatement row = session.Query(s_all, rollout.Id, rollout.FirmwareId, scope);
        List<RolloutBox> boxes = [];
        while (row.Read())
        {
            boxes.Add(Box(row, rollout));
        }

        return boxes;
    }

    /// <summary>One box; null when the roll-out does not know of it.</summary>
    public static RolloutBox? One(SqlSession session, Rollout rollout, string deviceId)
    {
        using SqlStatement row = session.Query(s_one, rollout.Id, rollout.FirmwareId, deviceId);
        return row.Read() ? Box(row, rollout) : null;
    }

    /// <summary>Takes a box in, unless it is in.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="rolloutId">The roll-out.</param>
    /// <param name="deviceId">The box, which is registered.</param>
    /// <param name="listed">The stage that names it.</param>
    /// <param name="isExcluded">Whether it is not to have the release.</param>
    public static void Enrol(SqlSession session, long rolloutId, string deviceId, int? listed = null, bool isExcluded = false) =>
        session.Execute(EnrolSql, rolloutId, deviceId, RankOf(rolloutId, deviceId), listed, isExcluded);

    /// <summary>Takes in every box that has said that it is of the hardware and runs something older.</summary>
    public static void EnrolFleet(SqlSession session, Rollout rollout)
    {
        List<SqlValue[]> rows = [];
        using (SqlStatement row = session.Query("""
            SELECT o.device_id FROM ota_devices o JOIN devices d ON d.device_id = o.device_id
            WHERE o.hw = $1 AND o.sequence < $2 AND o.base <> $3 AND d.status = 'active'
            """, rollout.Hardware, rollout.Sequence, rollout.Base))
        {
            while (row.Read())
            {
                string id = row.Text(0);
                rows.Add([rollout.Id, id, RankOf(rollout.Id, id), (int?)null, false]);
            }
        }

        session.ExecuteMany(EnrolSql, rows, new int[rows.Count]);
    }

    /// <summary>Lets boxes have the release from a stage on.</summary>
    public static void Stage(SqlSession session, long rolloutId, int stage, IEnumerable<RolloutBox> boxes, long now)
    {
        SqlValue[][] rows = [.. boxes.Select(box => new SqlValue[] { rolloutId, box.DeviceId, stage, now })];
        session.ExecuteMany(
            "UPDATE ota_rollout_boxes SET stage = $3, staged_at = $4 WHERE rollout_id = $1 AND device_id = $2 AND stage IS NULL", rows, new int[rows.Length]);
    }

    /// <summary>A box's place in the queue: the same however often it is asked for, another one in each roll-out, so that it is not always the same boxes that go first.</summary>
    public static long RankOf(long rolloutId, string deviceId)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{rolloutId} {deviceId}")));
        return BinaryPrimitives.ReadInt64BigEndian(hash) & long.MaxValue;
    }

    private static RolloutBox Box(SqlStatement row, Rollout rollout)
    {
        long? endedAt = row.Int64OrNull(18);
        bool isNews = row.IsNull(7) || rollout.IsNewFor(row.Text(9), row.Int32(10));
        // The same moment is not after: a box asks, takes the release and confirms it before it can ask from an older one.
        bool wentBack = row.TextOrNull(12) == AttemptState.Confirmed && isNews && row.IsNull(19) && row.Int64(11) > endedAt;
        (string state, string? why) =
            row.Int64(4) != 0 ? (BoxState.Excluded, ByOperator)
            : !row.IsNull(7) && row.Text(7) != rollout.Hardware ? (BoxState.Excluded, "hardware")
            : StateOf(row, isNews, isBarred: row.Int64(20) != 0);
        return new RolloutBox
        {
            DeviceId = row.Text(0),
            Listed = row.Int32OrNull(1),
            Stage = row.Int32OrNull(2),
            StagedAt = row.Int64OrNull(3),
            State = state,
            Why = why,
            WentBack = wentBack,
            PatchId = row.Int64OrNull(21),
            IsActive = row.Text(5) == "active",
            LastSeenAt = row.Int64OrNull(6),
            Version = row.TextOrNull(8),
            Chunks = row.Int32(14),
            ChunkCount = row.Int32(15),
            OfferedAt = row.Int64OrNull(16),
            ChangedAt = row.Int64OrNull(17),
            EndedAt = endedAt,
        };
    }

    private static (string State, string? Why) StateOf(SqlStatement row, bool isNews, bool isBarred)
    {
        string? state = row.TextOrNull(12);
        string? why = row.TextOrNull(13);
        bool isOver = state is null || !row.IsNull(19) || (state == AttemptState.Failed && why == AttemptState.Withdrawn);
        return !isOver ? (state!, why) : isBarred ? (BoxState.Excluded, FailedBefore) : (isNews ? BoxState.Waiting : BoxState.Current, null);
    }
}
