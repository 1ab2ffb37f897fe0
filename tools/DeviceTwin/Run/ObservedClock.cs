using JamBox.Ports;

namespace JamBox.Twin.Run;

/// <summary>
/// The clock that the firmware sees: the virtual one, with a look at the box whenever it sleeps. Between two sleeps no reading can be
/// both closed and sent, so that none escapes.
/// </summary>
internal sealed class ObservedClock(IClock clock) : IClock
{
    /// <summary>Called before each sleep.</summary>
    public Action? Sleeping { get; set; }

    public long UptimeMs => clock.UptimeMs;

    public void Sleep(int milliseconds)
    {
        Sleeping?.Invoke();
        clock.Sleep(milliseconds);
    }
}
