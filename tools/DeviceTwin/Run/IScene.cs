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
