using JamBox.Twin.Captures;
using JamBox.Twin.Radio;
using JamBox.Twin.Time;

namespace JamBox.Twin.Run;

/// <summary>A capture on air.</summary>
internal sealed class CaptureScene(CaptureReplay replay, TwinRadio radio) : IScene
{
    public bool IsOver => replay.IsFinished;

    public bool HasBoxTime => true;

    public void Begin(VirtualClock clock, GroundTruth? truth, Func<long> utcAtUptimeZeroMs) =>
        replay.Start(clock, radio, truth, utcAtUptimeZeroMs);
}
