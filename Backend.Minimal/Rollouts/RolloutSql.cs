using JamBox.Backend.Storage;

namespace JamBox.Backend.Rollouts;

/// <summary>The SQL of roll-outs.</summary>
internal static class RolloutSql
{
    private const string SelectSql = """
        SELECT r.id, r.build_id, r.hw, coalesce(f.version, r.version), coalesce(f.sequence, 0), coalesce(f.sha256, ''),
            CASE WHEN r.build_id IS NOT NULL AND f.manifest IS NULL THEN 0 ELSE 1 END,
            r.state, r.stage, r.stage_at, r.start_at, r.window_from, r.window_to, r.time_zone,
            r.max_failures, r.max_failure_percent, r.min_sample, r.auto_advance, r.soak_minutes, r.silent_hours,
            r.notes, r.reason, r.created_by, r.created_at, r.started_at, r.ended_at, r.resumed_at,
            r.silent_intervals, r.min_proved_percent, r.max_unhealthy_percent, r.min_readings, r.min_readings_percent, r.min_heap_percent,
            r.max_resets, r.max_send_failures, r.min_counts_percent, r.min_counts, r.proof_hours, r.cause, r.awake_at,
            r.order_key, r.product, r.platform, r.env, r.boards
        FROM ota_rollouts r LEFT JOIN ota_firmware f ON f.id = r.build_id
        """;

    private const string OneSql = SelectSql + " WHERE r.id = $1";

    private const string OfferingSql = SelectSql + """
         WHERE r.hw = $1 AND r.state IN ('canary', 'rolling', 'paused', 'done') AND r.order_key > $2 AND f.pruned_at IS NULL
         ORDER BY r.order_key DESC, r.id DESC
        """;

    private const string RivalsSql = SelectSql + """
         WHERE r.hw = $1 AND r.id <> $2
             AND r.state IN ('scheduled', 'canary', 'rolling', 'paused', 'done') ORDER BY r.order_key DESC, r.id DESC
        """;

    private const string InMotionSql = SelectSql + """
         WHERE r.state IN ('scheduled', 'canary', 'rolling', 'paused') OR (r.state = 'done' AND EXISTS (
            SELECT 1 FROM ota_attempts a JOIN ota_rollout_boxes b ON b.rollout_id = a.rollout_id AND b.device_id = a.device_id
            WHERE a.rollout_id = r.id AND b.proved_at IS NULL AND a.state IN ('verifying', 'applying', 'staged', 'trial', 'confirmed')
                AND a.changed_at > $1))
            OR (r.state = 'done' AND EXISTS (
            SELECT 1 FROM ota_sessions s JOIN ota_rollout_boxes b ON b.rollout_id = s.rollout_id AND b.device_id = s.device_id
            WHERE s.rollout_id = r.id AND b.proved_at IS NULL AND s.state = 'success' AND s.ended_at > $1))
        ORDER BY r.id
        """;

    /// <summary>
    /// How long a box that comes late is still watched in a roll-out that is done, ms: a day longer than a box may stand still.
    /// </summary>
    private const long LateMs = RolloutBox.StallMs + (24 * 60 * 60 * 1000L);

    private const string ListSql = SelectSql + """
         WHERE r.id < $1 AND ($3 IS NULL OR r.hw = $3) AND ($4 IS NULL OR r.state = $4)
            AND ($6 IS NULL OR r.product = $6) AND ($7 IS NULL OR r.platform = $7)
            AND ($5 IS NULL OR EXISTS (SELECT 1 FROM ota_rollout_boxes b JOIN devices d ON d.device_id = b.device_id
                WHERE b.rollout_id = r.id AND d.place_id IN (SELECT place_id FROM scopes WHERE scope = $5)))
        ORDER BY r.id DESC LIMIT $2
        """;

    private const string InsertSql = """
        INSERT INTO ota_rollouts (build_id, hw, state, start_at, window_from, window_to, time_zone, max_failures, max_failure_percent,
            min_sample, auto_advance, soak_minutes, silent_hours, notes, created_by, created_at,
            silent_intervals, min_proved_percent, max_unhealthy_percent, min_readings, min_readings_percent, min_heap_percent,
            max_resets, max_send_failures, min_counts_percent, min_counts, proof_hours,
            order_key, product, platform, env, version, boards)
        VALUES ($1, $2, 'draft', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15,
            $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26,
            $27, $28, $29, $30, $31, $32) RETURNING id
        """;

    /// <summary>One roll-out; null when there is none.</summary>
    public static Rollout? Find(SqlSession session, long id) => First(session.Query(OneSql, id));

    /// <summary>One roll-out, which nobody else changes until the transaction ends; null when there is none.</summary>
    public static Rollout? Lock(SqlSession session, long id)
    {
        session.Execute("UPDATE ota_rollouts SET revision = revision + 1 WHERE id = $1", id);
        return Find(session, id);
    }

    /// <summary>Keeps others from starting a roll-out of the same hardware until the transaction ends.</summary>
    public static void LockHardware(SqlSession session, string hardware) =>
        session.Execute("UPDATE ota_rollouts SET revision = revision + 1 WHERE hw = $1", hardware);

    /// <summary>The roll-outs that bring a box something newer, the newest first.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="hardware">The <see cref="Rollout.Hardware"/>.</param>
    /// <param name="order">The <see cref="Rollout.OrderKey"/> of what it runs; empty = that is not known.</param>
    public static List<Rollout> Offering(SqlSession session, string hardware, string order) =>
        All(session.Query(OfferingSql, hardware, order));

    /// <summary>Whether there is or was any release for the hardware.</summary>
    public static bool HasAny(SqlSession session, string hardware)
    {
        using SqlStatement row = session.Query(
            "SELECT 1 FROM ota_rollouts WHERE hw = $1 AND state IN ('canary', 'rolling', 'paused', 'done') LIMIT 1", hardware);
        return row.Read();
    }

    /// <summary>The other roll-outs of the same hardware that are in some way alive, the newest release first.</summary>
    public static List<Rollout> Rivals(SqlSession session, Rollout rollout) => All(session.Query(RivalsSql, rollout.Hardware, rollout.Id));

    /// <summary>The roll-outs that may go on by themselves, or in which a box has yet to prove the release.</summary>
    public static List<Rollout> InMotion(SqlSession session, long now) => All(session.Query(InMotionSql, now - LateMs));

    /// <summary>Lists roll-outs, newest first.</summary>
    public static List<Rollout> List(SqlSession session, (long Before, int Limit, RolloutFilter Filter, string? Scope) wanted) =>
        All(session.Query(
            ListSql, wanted.Before, wanted.Limit, wanted.Filter.Hardware, wanted.Filter.State, wanted.Scope, wanted.Filter.Product,
            wanted.Filter.Platform));

    /// <summary>The stages as ordered.</summary>
    public static List<RolloutStage> Stages(SqlSession session, long id)
    {
        List<int?> percents = [];
        using (SqlStatement row = session.Query("SELECT percent FROM ota_rollout_stages WHERE rollout_id = $1 ORDER BY number", id))
        {
            while (row.Read())
            {
                percents.Add(row.Int32OrNull(0));
            }
        }

        List<string>[] devices = [.. percents.Select(static _ => new List<string>())];
        using (SqlStatement row = session.Query(
            "SELECT device_id, listed FROM ota_rollout_boxes WHERE rollout_id = $1 AND listed IS NOT NULL ORDER BY device_id", id))
        {
            while (row.Read())
            {
                devices[row.Int32(1)].Add(row.Text(0));
            }
        }

        return [.. percents.Select((percent, number) => new RolloutStage(percent, devices[number]))];
    }

    /// <summary>Makes a draft.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="request">What was asked for.</param>
    /// <param name="what">What it brings.</param>
    /// <param name="who">Name of the key.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <returns>Its id.</returns>
    public static long Insert(SqlSession session, RolloutRequest request, RolloutSubject what, string who, long now)
    {
        long id;
        WindowView? window = request.Window;
        HealthGate gate = request.Gate;
        using (SqlStatement row = session.Query(
            InsertSql, request.FirmwareId, what.Line?.Key ?? what.Hardware, request.StartAtSeconds * 1000,
            window is null ? (int?)null : RolloutWindow.Minute(window.From), window is null ? (int?)null : RolloutWindow.Minute(window.To),
            window?.TimeZone,
            request.MaxFailures, request.MaxFailurePercent, request.MinSample, request.AutoAdvance, request.SoakMinutes,
            request.SilentHours,
            request.Notes, who, now, request.SilentIntervals, request.MinProvedPercent, gate.MaxUnhealthyPercent, gate.MinReadings,
            gate.MinReadingsPercent,
            gate.MinHeapPercent, gate.MaxResets, gate.MaxSendFailures, gate.MinCountsPercent, gate.MinCounts, gate.ProofHours,
            what.OrderKey, what.Line?.Product, what.Line?.Platform, what.Line?.Environment, what.Line is null ? null : what.Version,
            what.Line is null ? null : string.Join('\n', request.Boards)))
        {
            row.Read();
            id = row.Int64(0);
        }

        for (int number = 0; number < request.Stages!.Count; number++)
        {
            session.Execute(
                "INSERT INTO ota_rollout_stages (rollout_id, number, percent) VALUES ($1, $2, $3)", id, number,
                request.Stages[number].Percent);
            foreach (string device in request.Stages[number].Devices)
            {
                RolloutBoxSql.Enrol(session, id, device, listed: number);
            }
        }

        if (request.Target is { } target)
        {
            RolloutTargetSql.Insert(session, id, target);
        }

        foreach (string device in request.Exclude)
        {
            RolloutBoxSql.Enrol(session, id, device, isExcluded: true);
        }

        return id;
    }

    /// <summary>Keeps where a roll-out is now.</summary>
    public static void Save(SqlSession session, Rollout r) =>
        session.Execute(
            "UPDATE ota_rollouts SET state = $2, stage = $3, stage_at = $4, reason = $5, started_at = $6, ended_at = $7, resumed_at = $8, cause = $9 WHERE id = $1",
            r.Id, r.State, r.Stage, r.StageAt, r.Reason, r.StartedAt, r.EndedAt, r.ResumedAt, r.Cause);

    /// <summary>Notes since when the server has been listening without a break; an earlier time changes nothing.</summary>
    public static int SetAwake(SqlSession session, (long Id, long Since) said) =>
        session.Execute("UPDATE ota_rollouts SET awake_at = $2 WHERE id = $1 AND coalesce(awake_at, 0) < $2", said.Id, said.Since);

    private static Rollout? First(SqlStatement statement)
    {
        using SqlStatement row = statement;
        return row.Read() ? Row(row) : null;
    }

    private static List<Rollout> All(SqlStatement statement)
    {
        using SqlStatement row = statement;
        List<Rollout> rollouts = [];
        while (row.Read())
        {
            rollouts.Add(Row(row));
        }

        return rollouts;
    }

    private static Rollout Row(SqlStatement row) => new()
    {
        Id = row.Int64(0),
        BuildId = row.Int64OrNull(1),
        Hardware = row.Text(2),
        Version = row.Text(3),
        Sequence = row.Int32(4),
        Sha256 = row.Text(5),
        IsSigned = row.Int64(6) != 0,
        State = row.Text(7),
        Stage = row.Int32OrNull(8),
        StageAt = row.Int64OrNull(9),
        StartAt = row.Int64OrNull(10),
        Window = row.IsNull(11) ? null : new RolloutWindow(row.Int32(11), row.Int32(12), row.Text(13)),
        MaxFailures = row.Int32(14),
        MaxFailurePercent = row.Int32(15),
        MinSample = row.Int32(16),
        AutoAdvance = row.Int64(17) != 0,
        SoakMinutes = row.Int32(18),
        SilentHours = row.Int32(19),
        Notes = row.TextOrNull(20),
        Reason = row.TextOrNull(21),
        CreatedBy = row.Text(22),
        CreatedAt = row.Int64(23),
        StartedAt = row.Int64OrNull(24),
        EndedAt = row.Int64OrNull(25),
        ResumedAt = row.Int64OrNull(26),
        SilentIntervals = row.Int32(27),
        MinProvedPercent = row.Int32(28),
        Gate = new HealthGate
        {
            MaxUnhealthyPercent = row.Int32(29),
            MinReadings = row.Int32(30),
            MinReadingsPercent = row.Int32(31),
            MinHeapPercent = row.Int32(32),
            MaxResets = row.Int32(33),
            MaxSendFailures = row.Int32(34),
            MinCountsPercent = row.Int32(35),
            MinCounts = row.Int32(36),
            ProofHours = row.Int32(37),
        },
        Cause = row.TextOrNull(38),
        AwakeAt = row.Int64OrNull(39),
        OrderKey = row.Text(40),
        Line = row.IsNull(41) ? null : new ThingLine(row.Text(41), row.Text(42), row.Text(43)),
        Boards = row.TextOrNull(44)?.Split('\n') ?? [],
    };
}

/// <summary>Which roll-outs are listed; null = whichever.</summary>
/// <param name="Hardware">Those for this hardware id.</param>
/// <param name="State">Those in this state.</param>
/// <param name="Product">Those for things of this product.</param>
/// <param name="Platform">Those for things of this platform.</param>
internal sealed record RolloutFilter(string? Hardware, string? State, string? Product, string? Platform);

/// <summary>What a roll-out brings.</summary>
/// <param name="Hardware">Hardware id of the build; empty of things.</param>
/// <param name="Line">For which things; null = it is of boxes.</param>
/// <param name="Version">The version.</param>
/// <param name="OrderKey">By what it is compared.</param>
internal sealed record RolloutSubject(string Hardware, ThingLine? Line, string Version, string OrderKey);
