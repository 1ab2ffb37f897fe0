using System.Globalization;

using JamBox.Backend.Builds;
using JamBox.Backend.Rollouts;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Trust;

/// <summary>
/// What keys and floor keep from being offered: a release below the floor, and one that no key signed that is trusted now. One place for
/// what boxes are told, for what may be started, and for what ends when a record comes.
/// </summary>
internal static class TrustRules
{
    /// <summary>A release is below the floor of its board.</summary>
    public const string Floor = "floor";

    /// <summary>A release is signed by a key that was revoked.</summary>
    public const string Key = "key";

    /// <summary>Why a release is not to be offered.</summary>
    /// <returns><see cref="Floor"/> or <see cref="Key"/>; null when it may be.</returns>
    public static string? FindBar(SqlSession session, Build build) =>
        build.Sequence < TrustSql.MinimumOf(session, build.Hardware) ? Floor
        : build.IsSigned && TrustSql.Changes(session, 1) is [KeptChange newest] && !IsSignedBy(session, build, newest.Record.Keys) ? Key
        : null;

    /// <summary>Why a roll-out must not be started.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="rolloutId">The roll-out.</param>
    /// <returns>A refusal; null when nothing of this stands in its way.</returns>
    public static StepResult? FindRefusal(SqlSession session, long rolloutId)
    {
        if (RolloutSql.Find(session, rolloutId) is not { BuildId: { } id } rollout || BuildSql.Find(session, id) is not { } build)
        {
            return null;
        }

        return FindBar(session, build) switch
        {
            Floor => StepResult.Conflict(string.Create(
                CultureInfo.InvariantCulture,
                $"Release {rollout.Version} has sequence {build.Sequence}, and the floor of {build.Hardware} is {TrustSql.MinimumOf(session, build.Hardware)}: no box takes it any more; publish one with a higher sequence")),
            Key => StepResult.Conflict(
                $"Release {rollout.Version} is signed by a key that is not trusted any more: sign it again with one that is ('jambox release publish' with --key), or publish a new one"),
            _ => null,
        };
    }

    /// <summary>Stops what a new record or floor has barred: roll-outs that are under way, and downloads.</summary>
    /// <returns>The roll-outs that stopped.</returns>
    public static List<long> Enforce(SqlSession session, IReleaseSource releases, long now)
    {
        List<(long Rollout, long Build)> running = Pairs(
            session, """
            SELECT id, build_id FROM ota_rollouts
            WHERE build_id IS NOT NULL AND state IN ('scheduled', 'canary', 'rolling', 'paused')
            """);
        List<long> stopped = [];
        foreach ((long rollout, long id) in running)
        {
            if (FindBar(session, BuildSql.Find(session, id)!) is { } cause
                && RolloutSteps.Stop(session, rollout, cause, ReasonOf(cause), now))
            {
                stopped.Add(rollout);
            }
        }

        // What a box has in whole it may be making already: it looks at floor and keys itself.
        foreach ((long attempt, long id) in Pairs(
            session, "SELECT id, firmware_id FROM ota_attempts WHERE ended_at IS NULL AND state IN ('offered', 'downloading')"))
        {
            if (FindBar(session, BuildSql.Find(session, id)!) is not null && AttemptSql.ById(session, attempt) is { } open)
            {
                AttemptSql.End(session, releases, open, AttemptState.Failed, AttemptState.Withdrawn, now);
            }
        }

        return stopped;
    }

    private static string ReasonOf(string cause) => cause == Floor
        ? "its release is below the floor that was set"
        : "its release is signed by a key that was revoked";

    private static List<(long First, long Second)> Pairs(SqlSession session, string sql)
    {
        List<(long, long)> pairs = [];
        using SqlStatement row = session.Query(sql);
        while (row.Read())
        {
            pairs.Add((row.Int64(0), row.Int64(1)));
        }

        return pairs;
    }

    private static bool IsSignedBy(SqlSession session, Build build, IEnumerable<PublicKey> keys) =>
        BuildSql.Manifest(session, build.Id) is { } bytes && keys.Any(ReleaseManifest.Parse(bytes).IsSignedBy);
}
