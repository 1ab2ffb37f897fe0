using JamBox.Twin.Captures;
using JamBox.Twin.Radio;
using JamBox.Twin.Time;

namespace JamBox.Twin.Run;

/// <summary>What is on air around a box: a crowd, or a capture.</summary>
internal interface IScene
{
    /// <summary>Whether nothing more will come.</summary>
    bool IsOver { get; }

    /// <summary>Whether its times are mapped onto the box's own clock (a capture), or are the world's (a crowd).</summary>
    bool HasBoxTime { get; }

    /// <summary>Begins, once the box is ready.</summary>
    /// <param name="clock">The clock of the box's world.</param>
    /// <param name="truth">Told of everything on air; <c>null</c> = nobody is.</param>
    /// <param name="utcAtUptimeZeroMs">What the box believes UTC was at uptime 0, ms since 1970.</param>
    void Begin(VirtualClock clock, GroundTruth? truth, Func<long> utcAtUptimeZeroMs);
}

/// <summary>A capture on air.</summary>
internal sealed class CaptureScene(CaptureReplay replay, TwinRadio radio) : IScene
{
    public bool IsOver => replay.IsFinished;

    public bool HasBoxTime => true;

    public void Begin(VirtualClock clock, GroundTruth? truth, Func<long> utcAtUptimeZeroMs) =>
        replay.Start(clock, radio, truth, utcAtUptimeZeroMs);
}

/// <summary>A crowd that walks by for a while.</summary>
internal sealed class CrowdScene(TwinRadio radio, long seed, CrowdOptions options, long durationMs) : IScene
{
    private Crowd? _crowd;

    public bool IsOver { get; private set; }

    public bool HasBoxTime => false;

    /// <summary>The crowd; <c>null</c> until it begins.</summary>
    public Crowd? Crowd => _crowd;

    /// <summary>How many people came, those who only walked past included.</summary>
    public long People => _crowd?.People ?? 0;

    /// <summary>How many of them came in.</summary>
    public long Visitors => _crowd?.Visitors ?? 0;

    /// <summary>Who was inside when; <c>null</c> until it begins.</summary>
    public PeopleTruth? Inside => _crowd?.Inside;

    /// <summary>When most people were inside.</summary>
    /// <param name="startUtcMs">When the run began, ms since 1970.</param>
    /// <param name="hours">How long it was to be.</param>
    /// <returns>A moment, and how many.</returns>
    public (long UtcMs, int People) Most(long startUtcMs, double hours) =>
        _crowd?.Inside.Most(startUtcMs, startUtcMs + (long)(hours * 3_600_000)) ?? (startUtcMs, 0);

    public void Begin(VirtualClock clock, GroundTruth? truth, Func<long> utcAtUptimeZeroMs)
    {
        _crowd = new Crowd(clock, radio, truth, seed, options);
        _crowd.Start();
        clock.At(durationMs, () =>
        {
            _crowd.Stop();
            IsOver = true;
        });
    }
}
