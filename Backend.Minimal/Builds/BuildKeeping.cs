using System.Globalization;

using JamBox.Backend.Operation;
using JamBox.Backend.Patches;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Builds;

/// <summary>
/// Which images are kept: the newest ones, and whatever a box runs or is pinned to, or a roll-out brings. Of the others the bytes go, and
/// those of the patches from and to them; what is known of the build stays. The same image, uploaded again, brings all of it back.
/// </summary>
internal static class BuildKeeping
{
    /// <summary>Images that go in one turn: a megabyte each.</summary>
    private const int MaxPerTurn = 20;

    /// <summary>So long an image stays after it came, whatever needs it: who uploads an old one is about to use it.</summary>
    private const long GraceMs = 7 * 24 * 60 * 60 * 1000L;

    /// <summary>Who takes them away, in the audit log.</summary>
    private const string Who = "server";

    /// <summary>
    /// Those of each hardware behind the newest that nobody needs, the oldest first. A roll-out that is over needs nothing; the newest
    /// that is done still serves boxes that come late, and so do older ones that it is not for: one for some places or tags replaces none.
    /// A box that never said what it runs is known by its version.
    /// </summary>
    private const string OldSql = """
        SELECT b.id, b.hw, b.version, b.sha256, b.image_size FROM ota_firmware b
        WHERE b.pruned_at IS NULL AND coalesce(b.restored_at, b.uploaded_at) < $2
            AND (SELECT count(*) FROM ota_firmware o WHERE o.hw = b.hw AND o.sequence > b.sequence) >= $1
            AND NOT EXISTS (SELECT 1 FROM ota_devices o JOIN devices d ON d.device_id = o.device_id
                WHERE o.hw = b.hw AND o.base = substr(b.sha256, 1, 16) AND d.retired_at IS NULL)
            AND NOT EXISTS (SELECT 1 FROM devices d WHERE d.firmware_version = b.version AND d.retired_at IS NULL
                AND NOT EXISTS (SELECT 1 FROM ota_devices o WHERE o.device_id = d.device_id AND o.hw <> b.hw))
            AND NOT EXISTS (SELECT 1 FROM ota_pins p WHERE p.version = b.version)
            AND NOT EXISTS (SELECT 1 FROM ota_rollouts r WHERE r.build_id = b.id AND r.state NOT IN ('aborted', 'stopped')
                AND (r.state <> 'done' OR NOT EXISTS (SELECT 1 FROM ota_rollouts n
                    WHERE n.hw = r.hw AND n.state = 'done' AND n.order_key > r.order_key
                        AND NOT EXISTS (SELECT 1 FROM ota_rollout_places t WHERE t.rollout_id = n.id)
                        AND NOT EXISTS (SELECT 1 FROM ota_rollout_tags t WHERE t.rollout_id = n.id))))
            AND NOT EXISTS (SELECT 1 FROM ota_attempts a WHERE a.firmware_id = b.id AND a.ended_at IS NULL)
            AND NOT EXISTS (SELECT 1 FROM ota_deltas p JOIN ota_attempts a ON a.delta_id = p.id
                WHERE p.base_sha256 = b.sha256 AND a.ended_at IS NULL)
            AND NOT EXISTS (SELECT 1 FROM ota_deltas p
                WHERE p.state IN ('waiting', 'making') AND (p.firmware_id = b.id OR p.base_sha256 = b.sha256))
        ORDER BY b.hw, b.sequence LIMIT 20
        """;

    /// <summary>Removes the images that nothing needs.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="wanted">How many of each hardware stay in any case, 1 or more; and when it is, milliseconds since 1970.</param>
    /// <returns>Their names.</returns>
    public static List<string> PruneOld(SqlSession session, (int Keep, long Now) wanted)
    {
        List<(long Id, string Name, string Sha256, int Size)> old = [];
        using (SqlStatement row = session.Query(OldSql, wanted.Keep, wanted.Now - GraceMs))
        {
            while (row.Read() && old.Count < MaxPerTurn)
            {
                old.Add((row.Int64(0), $"{row.Text(1)} {row.Text(2)}", row.Text(3), row.Int32(4)));
            }
        }

        foreach ((long id, string name, string sha256, int size) in old)
        {
            session.Execute("UPDATE ota_firmware SET image = $2, pruned_at = $3 WHERE id = $1", id, Array.Empty<byte>(), wanted.Now);
            int patches = PatchSql.Prune(session, id, sha256);
            Audit.Note(
                session, Who, "ota.prune", name, string.Create(CultureInfo.InvariantCulture, $"{sha256} {size}"),
                string.Create(CultureInfo.InvariantCulture, $"patches={patches}"), wanted.Now);
        }

        return [.. old.Select(static build => build.Name)];
    }

    /// <summary>Puts the image of a build back, if it was removed.</summary>
    /// <param name="session">The connection, in a transaction.</param>
    /// <param name="build">The build, as it is stored.</param>
    /// <param name="image">Its image.</param>
    /// <param name="who">Who brought it.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    /// <returns>The build as it is now.</returns>
    public static Build Restore(SqlSession session, Build build, byte[] image, string who, long now)
    {
        if (build.PrunedAt is null)
        {
            return build;
        }

        session.Execute("UPDATE ota_firmware SET image = $2, pruned_at = NULL, restored_at = $3 WHERE id = $1", build.Id, image, now);
        Audit.Note(session, who, "ota.restore", $"{build.Hardware} {build.Version}", null, build.Sha256, now);
        return build with { PrunedAt = null };
    }
}

/// <summary>Removes images and patches that nothing needs any more.</summary>
internal sealed class BuildJob : IJob
{
    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly BuildOptions _options;
    private readonly ILogger<BuildJob> _logger;

    /// <summary>Makes the job.</summary>
    public BuildJob(Store store, TimeProvider clock, BuildOptions options, ILogger<BuildJob> logger)
    {
        _store = store;
        _clock = clock;
        _options = options;
        _logger = logger;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromMinutes(15);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (_options.KeepNewest == 0)
        {
            return;
        }

        List<string> pruned = await _store.WriteAsync(
            (_options.KeepNewest, _clock.GetUtcNow().ToUnixTimeMilliseconds()), BuildKeeping.PruneOld).ConfigureAwait(false);
        if (pruned.Count > 0)
        {
            _logger.LogInformation("Images that nothing needs any more were removed: {Builds}", string.Join(", ", pruned));
        }
    }
}
