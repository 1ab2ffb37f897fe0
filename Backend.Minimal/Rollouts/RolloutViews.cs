using System.Globalization;
using System.Text.Json;

using JamBox.Backend.Builds;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Rollouts;

/// <summary>Makes what people see of roll-outs. A caller who is limited to places sees the boxes there, and figures of those.</summary>
internal static class RolloutViews
{
    /// <summary>Lists roll-outs, newest first, without figures.</summary>
    public static List<RolloutView> List(SqlSession session,
        (long Before, int Limit, RolloutFilter Filter, string? Scope) wanted) =>
        [.. RolloutSql.List(session, wanted).Select(rollout => View(
            rollout, Stages(session, rollout, wanted.Scope), RolloutTargetSql.Of(session, rollout.Id, wanted.Scope)))];

    /// <summary>Shows a roll-out with its figures; null when there is none that the caller may see.</summary>
    public static RolloutView? One(SqlSession session, (long Id, string? Scope, long Now) wanted)
    {
        if (RolloutSql.Find(session, wanted.Id) is not { } rollout)
        {
            return null;
        }

        List<RolloutBox> all = RolloutBoxSql.All(session, rollout, wanted.Now);
        List<RolloutBox> boxes = wanted.Scope is null ? all : RolloutBoxSql.All(session, rollout, wanted.Now, wanted.Scope);
        if (wanted.Scope is not null && boxes.Count == 0)
        {
            return null;
        }

        List<StageView> stages = Stages(session, rollout, wanted.Scope);
        RolloutView view = View(rollout, [.. stages.Select(stage =>
        {
            List<RolloutBox> own = boxes.FindAll(box => box.Stage == stage.Number);
            return stage with { Boxes = BoxCounts.Of(rollout, own, wanted.Now), Statistics = RolloutFigures.Of(own) };
        })], RolloutTargetSql.Of(session, rollout.Id, wanted.Scope));
        view.Boxes = BoxCounts.Of(rollout, boxes, wanted.Now);
        view.Statistics = RolloutFigures.Of(boxes);
        view.Obstacles = Obstacles(session, rollout, boxes, wanted.Scope, wanted.Now);
        view.Hold = HoldOf(rollout, new RolloutTally(rollout, all, wanted.Now), stages.Count);
        view.WaitsFor = view.Hold?.Text;
        return view;
    }

    /// <summary>Lists the boxes of a roll-out by id; null when there is none that the caller may see.</summary>
    public static List<RolloutBoxView>? Boxes(
        SqlSession session, (long Id, string After, int Limit, string? State, int? Stage, string? Scope, long Now) wanted)
    {
        if (RolloutSql.Find(session, wanted.Id) is not { } rollout)
        {
            return null;
        }

        List<RolloutBox> boxes = RolloutBoxSql.All(session, rollout, wanted.Now, wanted.Scope);
        return wanted.Scope is not null && boxes.Count == 0
            ? null
            : [.. boxes
                .Where(box => string.CompareOrdinal(box.DeviceId, wanted.After) > 0
                    && (wanted.State is null || box.State == wanted.State) && (wanted.Stage is null || box.Stage == wanted.Stage))
                .OrderBy(static box => box.DeviceId, StringComparer.Ordinal).Take(wanted.Limit).Select(
                    box => View(rollout, box, wanted.Now))];
    }

    /// <summary>A draft knows its boxes by name only; whoever sees the whole fleet is shown what would become of it.</summary>
    private static IReadOnlyList<ObstacleView> Obstacles(
        SqlSession session, Rollout rollout, List<RolloutBox> boxes, string? scope, long now)
    {
        if (rollout.State is RolloutState.Draft or RolloutState.Scheduled && scope is null)
        {
            RolloutTarget? target = RolloutTargetSql.Of(session, rollout.Id);
            if (rollout.Line is { } line)
            {
                return Preflight.LookAtThings(session, (line, rollout.Version, rollout.OrderKey, rollout.Boards), now, target).Obstacles;
            }

            Build build = BuildSql.Find(session, rollout.BuildId!.Value)!;
            return Preflight.Look(
                session, (build.Hardware, build.Version, build.Sequence, build.Assemblies, build, null), now, target).Obstacles;
        }

        return ObstacleView.Of(
            boxes.Where(static box => box.State is BoxState.Blocked or BoxState.Excluded).Select(
                static box => (box.DeviceId, box.Why ?? box.State)));
    }

    private static RolloutHold? HoldOf(Rollout rollout, RolloutTally tally, int stages) => rollout.State switch
    {
        RolloutState.Draft => new(RolloutHold.Start, null, null, "an operator: start it"),
        RolloutState.Scheduled => new(
            RolloutHold.Time, null, Time(rollout.StartAt),
            string.Create(CultureInfo.InvariantCulture, $"its time, {Time(rollout.StartAt):yyyy-MM-dd HH:mm} UTC")),
        RolloutState.Paused => new(RolloutHold.Resume, null, null, "an operator: resume or abort it"),
        RolloutState.Canary or RolloutState.Rolling => tally.FindHold(rollout.Stage == stages - 1),
        _ => null,
    };

    private static List<StageView> Stages(SqlSession session, Rollout rollout, string? scope)
    {
        HashSet<string>? seen = scope is null
            ? null
            : [.. RolloutBoxSql.All(session, rollout, 0, scope).Select(static box => box.DeviceId)];
        return [.. RolloutSql.Stages(session, rollout.Id).Select((stage, number) => new StageView(
            number, stage.Percent, stage.Percent is null
                ? [.. stage.Devices.Where(id => seen?.Contains(id) != false)]
                : null, null, null))];
    }

    /// <summary>A box as it is listed.</summary>
    public static RolloutBoxView View(Rollout rollout, RolloutBox box, long now) => new(
        box.DeviceId, box.Stage, Time(box.StagedAt), box.State, box.Why, box.Reason, Time(box.ProvedAt),
        box.Health is null
            ? null
            : JsonSerializer.Deserialize(box.Health, RolloutJson.Default.BoxHealth),
            box.Stage is not null && box.IsLeftBehind(rollout, now),
        box.Version, Time(box.LastSeenAt), box.Chunks, box.ChunkCount, Time(box.OfferedAt), Time(box.ChangedAt), Time(box.EndedAt));

    private static RolloutView View(Rollout r, IReadOnlyList<StageView> stages, RolloutTarget? target) => new()
    {
        Id = r.Id,
        FirmwareId = r.BuildId,
        Hardware = r.Hardware,
        Product = r.Line?.Product,
        Platform = r.Line?.Platform,
        Environment = r.Line?.Environment,
        Version = r.Version,
        Sequence = r.IsOfThings ? null : r.Sequence,
        State = r.State,
        Reason = r.Reason,
        Cause = r.Cause,
        Stage = r.Stage,
        StageAt = Time(r.StageAt),
        Stages = stages,
        StartAt = Time(r.StartAt),
        Window = r.Window is { } window
            ? new WindowView(RolloutWindow.Text(window.FromMinute), RolloutWindow.Text(window.ToMinute), window.TimeZone)
            : null,
        MaxFailures = r.MaxFailures,
        MaxFailurePercent = r.MaxFailurePercent,
        MinSample = r.MinSample,
        AutoAdvance = r.AutoAdvance,
        SoakMinutes = r.SoakMinutes,
        SilentHours = r.SilentHours,
        SilentIntervals = r.SilentIntervals,
        MinProvedPercent = r.MinProvedPercent,
        Gate = r.Gate,
        Target = target,
        Notes = r.Notes,
        CreatedBy = r.CreatedBy,
        CreatedAt = Time(r.CreatedAt)!.Value,
        StartedAt = Time(r.StartedAt),
        EndedAt = Time(r.EndedAt),
    };

    private static DateTime? Time(long? ms) => ms is { } at ? DateTime.UnixEpoch.AddMilliseconds(at) : null;
}
