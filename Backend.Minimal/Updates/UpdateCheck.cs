using JamBox.Backend.Builds;
using JamBox.Backend.Devices;
using JamBox.Backend.Patches;
using JamBox.Backend.Storage;
using JamBox.Backend.Trust;

namespace JamBox.Backend.Updates;

/// <summary>What a device of ours is told when it asks for an update. Choosing, preparing and noting is one transaction.</summary>
internal static class UpdateCheck
{
    /// <summary>How long a box that rolled back may take to say why, ms.</summary>
    private const long ReportGraceMs = 60 * 60 * 1000L;

    /// <summary>Decides, and keeps why a device gets nothing: people are shown it.</summary>
    public static UpdateAnswer Decide(
        SqlSession session, (IReleaseSource Releases, bool AllowUnsigned, DeviceReport Report, long Now) asked)
    {
        UpdateAnswer answer = Look(session, asked);
        session.Execute(
            "UPDATE ota_devices SET reason = $2 WHERE device_id = $1 AND coalesce(reason, '') <> coalesce($2, '')", asked.Report.DeviceId,
            answer.Reason);
        return answer with { Names = TrustSql.Names(session, asked.Report.Hardware) };
    }

    private static UpdateAnswer Look(SqlSession session, (IReleaseSource Releases, bool AllowUnsigned, DeviceReport Report, long Now) asked)
    {
        (IReleaseSource releases, _, DeviceReport report, long now) = asked;
        DeviceSql.Touch(session, new DeviceWord { DeviceId = report.DeviceId, At = now });
        NoteReport(session, report, now);
        if (AttemptSql.Open(session, report.DeviceId) is { } open && Settle(session, releases, open, report, now) is { } settled)
        {
            return UpdateAnswer.No(settled);
        }

        ReleaseChoice choice = releases.Choose(session, report, now);
        if (choice.Reason is not null)
        {
            return UpdateAnswer.No(choice.Reason);
        }

        if (BuildSql.Find(session, choice.FirmwareId) is not { } build || build.Hardware != report.Hardware)
        {
            return UpdateAnswer.No("no_release");
        }

        Build? start = BuildSql.FindBase(session, report.Hardware, report.Base);
        if (FindReason(session, build, start, asked.AllowUnsigned, report) is { } reason)
        {
            return UpdateAnswer.No(reason);
        }

        string? profile = UpdateObstacles.ProfileFor(report.Profiles);
        if (profile is null)
        {
            return UpdateAnswer.No(UpdateObstacles.NoProfile);
        }

        (Patch? patch, string? wait) = Find(session, build, start, profile, now);
        if (patch is null)
        {
            return UpdateAnswer.No(wait!);
        }

        AttemptSql.Offer(session, releases, report, choice, patch, now);
        return new UpdateAnswer(build, patch, null);
    }

    /// <summary>Looks at what the device was at: whether it runs that now, came back from it, or is not to have it any more.</summary>
    /// <returns>Why it gets nothing now; null when it may be offered something.</returns>
    private static string? Settle(SqlSession session, IReleaseSource releases, Attempt open, DeviceReport report, long now)
    {
        Build target = BuildSql.Find(session, open.FirmwareId)!;
        if (Runs(target, report))
        {
            if (open.ClaimedAt is not null)
            {
                // It had said that it was done, of an update of which it was given nothing. Now it asks from that very image.
                AttemptSql.End(session, releases, open, AttemptState.Confirmed, null, now);
            }
            else if (AttemptState.Rank(open.State) < AttemptState.Rank(AttemptState.Trial))
            {
                AttemptSql.Move(session, releases, open, AttemptState.Trial, open.ChunkCount, now);
            }

            return "up_to_date";
        }

        if (report.Sequence >= target.Sequence)
        {
            // Somebody brought it further over serial: it neither needs the release any more nor came back from it.
            AttemptSql.End(session, releases, open, AttemptState.Failed, AttemptState.Withdrawn, now);
            return null;
        }

        if (open.State is AttemptState.Staged or AttemptState.Trial)
        {
            // It ran the new image, or was about to, and runs the old one. Its own word on that is still to come; a box that has lost it
            // counts all the same.
            if (now - open.ChangedAt >= ReportGraceMs)
            {
                AttemptSql.End(session, releases, open, AttemptState.RolledBack, AttemptState.NoReport, now);
            }

            return "rolled_back";
        }

        if (releases.StandingOf(session, open, now) == ReleaseStanding.Withdrawn)
        {
            AttemptSql.End(session, releases, open, AttemptState.Failed, AttemptState.Withdrawn, now);
        }

        return null;
    }

    /// <summary>Whether a device runs a build: by its hash, or by its version when it does not say what it runs.</summary>
    private static bool Runs(Build build, DeviceReport report) =>
        report.Base.Length > 0 ? build.Sha256.StartsWith(report.Base, StringComparison.Ordinal) : report.Version == build.Version;

    /// <summary>
    /// Why a device cannot have a release, whatever the roll-out says: it would refuse it, or must not be bothered with it.
    /// </summary>
    private static string? FindReason(SqlSession session, Build build, Build? start, bool allowUnsigned, DeviceReport report) =>
        report.Base.Length > 0 && build.Sha256.StartsWith(report.Base, StringComparison.Ordinal) ? "up_to_date"
        : report.Sequence >= build.Sequence ? "up_to_date"
        : AttemptSql.IsExcluded(session, report.DeviceId, build.Id) ? "excluded"
        : !build.IsSigned && !allowUnsigned ? "unsigned"
        : TrustRules.FindBar(session, build) is { } bar ? bar
        : UpdateObstacles.NeedsOtherClr(start, build.Assemblies) ? UpdateObstacles.Native
        : null;

    /// <summary>The patch from what the device runs, or the full image; queues what is missing.</summary>
    private static (Patch? Patch, string? Wait) Find(SqlSession session, Build build, Build? start, string profile, long now)
    {
        // From an image that is no longer here nothing can be made: the box gets the full image, as one that was never uploaded.
        if (start is { PrunedAt: null })
        {
            switch (PatchSql.Find(session, build.Id, start.Sha256, profile))
            {
                case null or { State: PatchState.Pruned }:
                    PatchSql.Queue(session, build, start, profile, now);
                    return (null, "preparing");
                case { State: PatchState.Ready } ready:
                    return (ready, null);
                case { State: PatchState.Waiting or PatchState.Making }:
                    return (null, "preparing");
            }
        }

        switch (PatchSql.Find(session, build.Id, "", profile))
        {
            case null or { State: PatchState.Pruned }:
                PatchSql.Queue(session, build, null, profile, now);
                return (null, "preparing");
            case { State: PatchState.Ready } full:
                return (full, null);
            case { State: PatchState.Failed }:
                return (null, UpdateObstacles.NoPatch);
            default:
                return (null, "preparing");
        }
    }

    private static void NoteReport(SqlSession session, DeviceReport r, long now) =>
        session.Execute("""
            INSERT INTO ota_devices (device_id, hw, base, version, sequence, profiles, checked_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (device_id) DO UPDATE SET hw = excluded.hw, base = excluded.base, version = excluded.version,
                sequence = excluded.sequence, profiles = excluded.profiles, checked_at = excluded.checked_at
            """, r.DeviceId, r.Hardware, r.Base, r.Version, r.Sequence, r.Profiles, now);
}

/// <summary>What a device of ours is told.</summary>
/// <param name="Build">The release; null = none.</param>
/// <param name="Patch">The patch to it.</param>
/// <param name="Reason">Why there is none, in one word.</param>
internal readonly record struct UpdateAnswer(Build? Build, Patch? Patch, string? Reason)
{
    /// <summary>Names of the newest key-change record and of the floor for its board, which go with any answer.</summary>
    public (string? Keys, string? Floor) Names { get; init; }

    /// <summary>Nothing for it.</summary>
    public static UpdateAnswer No(string reason) => new(null, null, reason);
}
