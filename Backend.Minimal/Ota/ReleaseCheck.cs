using JamBox.Backend.Devices;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Ota;

/// <summary>What a device of ours is told when it asks for an update. Choosing, preparing and noting is one transaction.</summary>
internal static class ReleaseCheck
{
    /// <summary>The profiles that we make, the smallest patches first.</summary>
    private const string ProfilesBySize = "LHE";

    /// <summary>How long a box that rolled back may take to say why, ms.</summary>
    private const long ReportGraceMs = 60 * 60 * 1000L;

    /// <summary>Decides.</summary>
    public static ReleaseAnswer Decide(SqlSession session, (IReleaseSource Releases, bool AllowUnsigned, OtaReport Report, long Now) asked)
    {
        (IReleaseSource releases, _, OtaReport report, long now) = asked;
        DeviceSql.Touch(session, new DeviceWord { DeviceId = report.DeviceId, At = now });
        NoteReport(session, report, now);
        if (OtaAttempts.Open(session, report.DeviceId) is { } open && Settle(session, releases, open, report, now) is { } settled)
        {
            return ReleaseAnswer.No(settled);
        }

        ReleaseChoice choice = releases.Choose(session, report, now);
        if (choice.Reason is not null)
        {
            return ReleaseAnswer.No(choice.Reason);
        }

        if (FirmwareSql.Find(session, choice.FirmwareId) is not { } build || build.Hardware != report.Hardware)
        {
            return ReleaseAnswer.No("no_release");
        }

        FirmwareBuild? start = FirmwareSql.FindBase(session, report.Hardware, report.Base);
        if (FindReason(session, build, start, asked.AllowUnsigned, report) is { } reason)
        {
            return ReleaseAnswer.No(reason);
        }

        string? profile = ProfilesBySize.Where(p => report.Profiles.Contains(p, StringComparison.Ordinal)).Select(static p => p.ToString()).FirstOrDefault();
        if (profile is null)
        {
            return ReleaseAnswer.No("no_profile");
        }

        (Delta? delta, string? wait) = Find(session, build, start, profile, now);
        if (delta is null)
        {
            return ReleaseAnswer.No(wait!);
        }

        OtaAttempts.Offer(session, releases, report, choice, delta, now);
        return new ReleaseAnswer(build, delta, null);
    }

    /// <summary>Looks at what the device was at: whether it runs that now, came back from it, or is not to have it any more.</summary>
    /// <returns>Why it gets nothing now; null when it may be offered something.</returns>
    private static string? Settle(SqlSession session, IReleaseSource releases, OtaAttempt open, OtaReport report, long now)
    {
        FirmwareBuild target = FirmwareSql.Find(session, open.FirmwareId)!;
        if (Runs(target, report))
        {
            if (AttemptState.Rank(open.State) < AttemptState.Rank(AttemptState.Trial))
            {
                OtaAttempts.Move(session, releases, open, AttemptState.Trial, open.ChunkCount, now);
            }

            return "up_to_date";
        }

        if (report.Sequence >= target.Sequence)
        {
            // Somebody brought it further by wire: it neither needs the release any more nor came back from it.
            OtaAttempts.End(session, releases, open, AttemptState.Failed, AttemptState.Withdrawn, now);
            return null;
        }

        if (open.State == AttemptState.Trial)
        {
            // It ran the new image and runs the old one again. Its own word on that is still to come; a box that has lost it counts all the same.
            if (now - open.ChangedAt >= ReportGraceMs)
            {
                OtaAttempts.End(session, releases, open, AttemptState.RolledBack, AttemptState.NoReport, now);
            }

            return "rolled_back";
        }

        if (releases.StandingOf(session, open, now) == ReleaseStanding.Withdrawn)
        {
            OtaAttempts.End(session, releases, open, AttemptState.Failed, AttemptState.Withdrawn, now);
        }

        return null;
    }

    /// <summary>Whether a device runs a build: by its hash, or by its version when it does not say what it runs.</summary>
    private static bool Runs(FirmwareBuild build, OtaReport report) =>
        report.Base.Length > 0 ? build.Sha256.StartsWith(report.Base, StringComparison.Ordinal) : report.Version == build.Version;

    /// <summary>Why a device cannot have a release, whatever the roll-out says: it would refuse it, or must not be bothered with it.</summary>
    private static string? FindReason(SqlSession session, FirmwareBuild build, FirmwareBuild? start, bool allowUnsigned, OtaReport report) =>
        report.Base.Length > 0 && build.Sha256.StartsWith(report.Base, StringComparison.Ordinal) ? "up_to_date"
        : report.Sequence >= build.Sequence ? "up_to_date"
        : OtaAttempts.IsExcluded(session, report.DeviceId, build.Id) ? "excluded"
        : !build.IsSigned && !allowUnsigned ? "unsigned"
        : start is not null && NativeChecksums.FindConflict(start.Assemblies, build.Assemblies) is not null ? "native"
        : null;

    /// <summary>The patch from what the device runs, or the full image; queues what is missing.</summary>
    private static (Delta? Delta, string? Wait) Find(SqlSession session, FirmwareBuild build, FirmwareBuild? start, string profile, long now)
    {
        if (start is not null)
        {
            switch (DeltaSql.Find(session, build.Id, start.Sha256, profile))
            {
                case null:
                    DeltaSql.Queue(session, build, start, profile, now);
                    return (null, "preparing");
                case { State: DeltaState.Ready } ready:
                    return (ready, null);
                case { State: DeltaState.Waiting or DeltaState.Making }:
                    return (null, "preparing");
            }
        }

        switch (DeltaSql.Find(session, build.Id, "", profile))
        {
            case null:
                DeltaSql.Queue(session, build, null, profile, now);
                return (null, "preparing");
            case { State: DeltaState.Ready } full:
                return (full, null);
            case { State: DeltaState.Failed }:
                return (null, "no_patch");
            default:
                return (null, "preparing");
        }
    }

    private static void NoteReport(SqlSession session, OtaReport r, long now) =>
        session.Execute("""
            INSERT INTO ota_devices (device_id, hw, base, version, sequence, profiles, checked_at) VALUES ($1, $2, $3, $4, $5, $6, $7)
            ON CONFLICT (device_id) DO UPDATE SET hw = excluded.hw, base = excluded.base, version = excluded.version,
                sequence = excluded.sequence, profiles = excluded.profiles, checked_at = excluded.checked_at
            """, r.DeviceId, r.Hardware, r.Base, r.Version, r.Sequence, r.Profiles, now);
}
