using JamBox.Backend.Rollouts;
using JamBox.Backend.Updates;

namespace JamBox.Backend.Tests.Rollouts;

/// <summary>
/// What silence says in every state in which a box can be: each state of an attempt, each way to be silent, before its time and after.
/// </summary>
public sealed class BoxJudgeTests
{
    private const long HourMs = 3_600_000;

    /// <summary>When the box last moved; it is five minutes between readings, so that two hours of silence are too much.</summary>
    private const long MovedAt = 100 * HourMs;

    private static readonly Rollout s_rollout = new()
    {
        Id = 1, BuildId = 1, Hardware = "hw", Version = "6.1.0", Sequence = 61_000, OrderKey = Rollout.OrderOf(61_000), Sha256 = new string('a', 64), IsSigned = true,
        State = RolloutState.Canary, Stage = 0,
        MaxFailures = 2, MaxFailurePercent = 10, MinSample = 10, AutoAdvance = true, SoakMinutes = 60, SilentHours = 24,
        SilentIntervals = 24, MinProvedPercent = 50,
        Gate = new HealthGate(), CreatedBy = "test", CreatedAt = 0,
    };

    public static TheoryData<string, bool> States()
    {
        TheoryData<string, bool> states = [];
        foreach (string state in BoxState.All)
        {
            // What has not all chunks runs the old image: its silence is no failure of the release.
            states.Add(state, state is AttemptState.Verifying or AttemptState.Applying or AttemptState.Staged or AttemptState.Trial or AttemptState.Confirmed);
        }

        return states;
    }

    [Theory]
    [MemberData(nameof(States))]
    public void ABoxThatHasTheNewImageAndIsSilentHasFailed(string state, bool counts)
    {
        RolloutBox box = Box(state) with { LastSeenAt = MovedAt };
        Assert.Equal(state, At(box, MovedAt + (2 * HourMs)).State);
        RolloutBox late = At(box, MovedAt + (2 * HourMs) + 1);
        Assert.Equal(counts ? $"{BoxState.Silent} {state}" : $"{state} ", $"{late.State} {late.Why}");

        // One word, and it is what it was.
        // (But an image that stands ready and is not installed for so long is not going to be.)
        RolloutBox heard = At(box with { LastSeenAt = MovedAt + (2 * HourMs) }, MovedAt + (2 * HourMs) + 1);
        Assert.Equal(
            state == AttemptState.Staged ? $"{BoxState.Silent} {BoxJudge.NotInstalled}" : $"{state} ", $"{heard.State} {heard.Why}");
    }

    [Fact]
    public void ABoxThatHasFetchedAllOfItMayHaveInstalledItWithoutAWord()
    {
        RolloutBox half = Box(AttemptState.Downloading) with { LastSeenAt = MovedAt, Chunks = 5, ChunkCount = 10 };
        Assert.Equal(AttemptState.Downloading, At(half, MovedAt + (9 * HourMs)).State);
        Assert.Equal(BoxState.Silent, At(half with { Chunks = 10 }, MovedAt + (9 * HourMs)).State);
    }

    [Theory]
    [InlineData(AttemptState.Trial)]
    [InlineData(AttemptState.Confirmed)]
    public void ABoxThatSpeaksButSendsNoReadingsHasFailed(string state)
    {
        long now = MovedAt + (2 * HourMs) + 1;
        RolloutBox box = Box(state) with { LastSeenAt = now };
        Assert.Equal(state, At(box, now).State);
        Assert.Equal(BoxJudge.NoReadings, At(box with { MeasuredAt = now }, now).Why);
        Assert.Equal(state, At(box with { MeasuredAt = now, ReadingAt = now - HourMs }, now).State);

        // What is not known is not held against it.
        Assert.Equal(state, At(box with { MeasuredAt = now - HourMs, ReadingAt = null }, now).State);
    }

    [Fact]
    public void SilenceIsMeasuredByTheReportInterval()
    {
        RolloutBox slow = Box(AttemptState.Trial) with { LastSeenAt = MovedAt, ReportIntervalMs = HourMs };
        Assert.Equal(AttemptState.Trial, At(slow, MovedAt + (24 * HourMs)).State);
        Assert.Equal(BoxState.Silent, At(slow, MovedAt + (24 * HourMs) + 1).State);

        // Boot copies and an attach take their time at any interval: never less than an hour.
        RolloutBox quick = slow with { ReportIntervalMs = 60_000 };
        Assert.Equal(AttemptState.Trial, At(quick, MovedAt + HourMs).State);
        Assert.Equal(BoxState.Silent, At(quick, MovedAt + HourMs + 1).State);
    }

    [Fact]
    public void WhileTheServerWasAwayNobodyWasSilent()
    {
        RolloutBox box = Box(AttemptState.Trial) with { LastSeenAt = MovedAt };
        long now = MovedAt + (10 * HourMs);
        Assert.Equal(AttemptState.Trial, BoxJudge.Judge(box, s_rollout with { AwakeAt = now - HourMs }, now).State);
        Assert.Equal(BoxState.Silent, BoxJudge.Judge(box, s_rollout with { AwakeAt = now - (3 * HourMs) }, now).State);
    }

    [Fact]
    public void AClockThatWentBackMakesNobodySilent() =>
        Assert.Equal(AttemptState.Trial, At(Box(AttemptState.Trial) with { LastSeenAt = MovedAt }, MovedAt - (50 * HourMs)).State);

    [Fact]
    public void WhatABoxDoesLongAfterTheEndIsAnotherStory()
    {
        RolloutBox box =
            Box(AttemptState.Confirmed) with { LastSeenAt = MovedAt + HourMs, ReadingAt = MovedAt + HourMs, ProvedAt = MovedAt + HourMs };
        Rollout done = s_rollout with { State = RolloutState.Done, EndedAt = MovedAt + (2 * HourMs) };
        Assert.Equal(AttemptState.Confirmed, BoxJudge.Judge(box, done, MovedAt + (1000 * HourMs)).State);
        Assert.Equal(BoxState.Silent, BoxJudge.Judge(box with { ProvedAt = null }, done, MovedAt + (1000 * HourMs)).State);
        Assert.Equal(BoxState.Silent, BoxJudge.Judge(box, s_rollout, MovedAt + (1000 * HourMs)).State);
    }

    [Fact]
    public void ABoxThatFlippedBackRolledBack() =>
        Assert.Equal(
            "rolled_back previous",
            At(Box(AttemptState.Confirmed) with { WentBack = true }, MovedAt) is var box ? $"{box.State} {box.Why}" : "");

    private static RolloutBox At(RolloutBox box, long now) => BoxJudge.Judge(box, s_rollout, now);

    private static RolloutBox Box(string state) => new()
    {
        DeviceId = "JBNB0001", State = state, Stage = 0, StagedAt = 0, IsActive = true, ReportIntervalMs = 300_000, ChangedAt = MovedAt,
        OfferedAt = MovedAt,
        EndedAt = state == AttemptState.Confirmed ? MovedAt : null,
    };
}
