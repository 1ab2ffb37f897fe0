using JamBox.Twin.Radio;
using JamBox.Twin.Time;

namespace JamBox.Twin.Run;

/// <summary>A crowd that walks by for a while.</summary>
internal sealed class CrowdScene(TwinRadio radio, long seed, CrowdOptions options, long durationMs) : IScene
{
    private Crowd? _crowd;

    public bool IsOver { get; private set; }

    public bool HasBoxTime => false;

    /// <summary>The crowd; <c>null</c> until it begins.</summary>
    public Crowd? Crowd => _crowd;

    /// <summary>How many people came.</summary>
    public long People => _crowd?.People ?? 0;

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
