using System.Text.Json.Serialization;

using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Rollouts;

/// <summary>One box and its updates: what it runs, what is meant for it, and what stands in the way.</summary>
internal static class BoxUpdateEndpoints
{
    /// <summary>The newest release that is meant for a box: of a roll-out that was started, or has its time set.</summary>
    private const string NewestSql = """
        SELECT r.id FROM ota_rollout_boxes b JOIN ota_rollouts r ON r.id = b.rollout_id
        WHERE b.device_id = $1 AND r.state IN ('scheduled', 'canary', 'rolling', 'paused', 'stopped', 'done')
        ORDER BY r.order_key DESC, r.id DESC LIMIT 1
        """;

    private const string BarredSql = """
        SELECT f.version, a.state, a.why, a.ended_at AS at, a.id FROM ota_attempts a JOIN ota_firmware f ON f.id = a.firmware_id
        WHERE a.device_id = $1 AND a.state IN ('failed', 'rolled_back') AND a.allowed_at IS NULL AND coalesce(a.why, '') <> 'withdrawn'
        UNION ALL
        SELECT r.version, CASE WHEN s.why = 'rolled_back' THEN 'rolled_back' ELSE 'failed' END,
            CASE WHEN s.why = 'rolled_back' THEN NULL ELSE s.why END, s.ended_at, s.id
        FROM ota_sessions s JOIN ota_rollouts r ON r.id = s.rollout_id
        WHERE s.device_id = $1 AND s.state = 'failed' AND s.allowed_at IS NULL AND coalesce(s.why, '') <> 'interrupted'
        ORDER BY 4 DESC, 5 DESC LIMIT 100
        """;

    /// <summary>The route.</summary>
    public static void MapBoxUpdate(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Rollouts");
        viewers.MapGet("/device/{device_id}/update", GetUpdate).WithName("GetDeviceUpdate").Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>Shows what a box runs, which release is meant for it and how far it is there, and what keeps it from releases.</summary>
    internal static async Task<Results<Ok<BoxUpdate>, ProblemHttpResult>> GetUpdate(
        HttpContext http, [FromRoute(Name = "device_id")] string id, Store store, TimeProvider clock) =>
        await DeviceAccess.CheckAsync(http, store, id).ConfigureAwait(false) is { } unknown
            ? unknown
            : TypedResults.Ok(await store.ReadAsync((id, clock.GetUtcNow().ToUnixTimeMilliseconds()), Look).ConfigureAwait(false));

    private static BoxUpdate Look(SqlSession session, (string DeviceId, long Now) wanted)
    {
        BoxUpdate update;
        using (SqlStatement row = session.Query(
            """
            SELECT o.hw, CASE WHEN d.kind = 'box' THEN coalesce(o.version, d.firmware_version) ELSE d.firmware_version END,
                CASE WHEN d.kind = 'box' THEN o.sequence END, o.checked_at, o.reason, p.version, p.pinned_by, p.pinned_at
            FROM devices d LEFT JOIN ota_devices o ON o.device_id = d.device_id LEFT JOIN ota_pins p ON p.device_id = d.device_id
            WHERE d.device_id = $1
            """, wanted.DeviceId))
        {
            // Checked before, and gone since: a box that never said a word.
            update = !row.Read() ? new BoxUpdate(wanted.DeviceId) : new BoxUpdate(wanted.DeviceId)
            {
                Hardware = row.TextOrNull(0),
                Version = row.TextOrNull(1),
                Sequence = row.Int32OrNull(2),
                CheckedAt = row.TimeOrNull(3),
                Told = row.TextOrNull(4),
                Pin = row.IsNull(5) ? null : new PinView(row.Text(5), row.Text(6), row.Time(7)),
            };
        }

        return update with { Rollout = Newest(session, wanted), Barred = Barred(session, wanted.DeviceId) };
    }

    private static BoxRollout? Newest(SqlSession session, (string DeviceId, long Now) wanted)
    {
        long id;
        using (SqlStatement row = session.Query(NewestSql, wanted.DeviceId))
        {
            if (!row.Read())
            {
                return null;
            }

            id = row.Int64(0);
        }

        return RolloutSql.Find(session, id) is { } rollout && RolloutBoxSql.One(session, rollout, wanted.DeviceId, wanted.Now) is { } box
            ? new BoxRollout(rollout.Id, rollout.Version, rollout.State, rollout.Reason, RolloutViews.View(rollout, box, wanted.Now))
            : null;
    }

    private static List<BarredRelease> Barred(SqlSession session, string deviceId)
    {
        List<BarredRelease> barred = [];
        using SqlStatement row = session.Query(BarredSql, deviceId);
        while (row.Read())
        {
            string version = row.Text(0);
            if (!barred.Exists(one => one.Version == version))
            {
                barred.Add(new BarredRelease(version, row.Text(1), row.TextOrNull(2), row.TimeOrNull(3)));
            }
        }

        return barred;
    }
}

/// <summary>A box and its updates.</summary>
/// <param name="DeviceId">The box.</param>
internal sealed record BoxUpdate([property: JsonPropertyName("device_id")] string DeviceId)
{
    /// <summary>
    /// Its hardware id, as it last said; of a thing product, platform and environment. null = it never asked for an update.
    /// </summary>
    [JsonPropertyName("hw")]
    public string? Hardware { get; init; }

    /// <summary>The version that it last said it runs.</summary>
    [JsonPropertyName("version")]
    public string? Version { get; init; }

    /// <summary>The sequence of that.</summary>
    [JsonPropertyName("sequence")]
    public int? Sequence { get; init; }

    /// <summary>When it last asked for an update.</summary>
    [JsonPropertyName("checked_at")]
    public DateTime? CheckedAt { get; init; }

    /// <summary>Why it got none then, in one word (docs/wire.md, "Update"); null = it was offered one, or never asked.</summary>
    [JsonPropertyName("told")]
    public string? Told { get; init; }

    /// <summary>The version that it is to run whatever is rolled out; null = it is not pinned.</summary>
    [JsonPropertyName("pin")]
    public PinView? Pin { get; init; }

    /// <summary>The newest roll-out that it is in; null = it is in none.</summary>
    [JsonPropertyName("rollout")]
    public BoxRollout? Rollout { get; init; }

    /// <summary>Releases that it is not offered again because it failed at them, the latest first.</summary>
    [JsonPropertyName("barred")]
    public IReadOnlyList<BarredRelease> Barred { get; init; } = [];
}

/// <summary>A box in the roll-out whose release is meant for it.</summary>
/// <param name="Id">The roll-out.</param>
/// <param name="Version">Its release.</param>
/// <param name="State">How the roll-out stands.</param>
/// <param name="Reason">Why it stopped, if it did.</param>
/// <param name="Box">How far the box is, and why not further.</param>
internal sealed record BoxRollout(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("state")] string State,
    [property: JsonPropertyName("reason")] string? Reason,
    [property: JsonPropertyName("box")] RolloutBoxView Box);

/// <summary>The version that a box is pinned to.</summary>
/// <param name="Version">The version.</param>
/// <param name="By">Who did it.</param>
/// <param name="At">When.</param>
internal sealed record PinView(
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("by")] string By,
    [property: JsonPropertyName("at")] DateTime At);

/// <summary>A release that a box is not offered again.</summary>
/// <param name="Version">Its version.</param>
/// <param name="State">failed or rolled_back.</param>
/// <param name="Why">Why, in one word (docs/ota.md, "Reasons").</param>
/// <param name="At">When.</param>
internal sealed record BarredRelease(
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("state"), Words("failed", "rolled_back")] string State,
    [property: JsonPropertyName("why")] string? Why,
    [property: JsonPropertyName("at")] DateTime? At);
