using JamBox.Ports;

namespace JamBox.Tests.Modem;

/// <summary>A clock that stands still until someone waits, and the loop that waits.</summary>
internal sealed class FakeClock : IClock, ILoop
{
    /// <inheritdoc/>
    public long UptimeMs { get; private set; } = 1000;

    /// <summary>Gets how often the loop was pumped.</summary>
    public int Pumps { get; private set; }

    /// <inheritdoc/>
    public void Sleep(int milliseconds)
    {
        UptimeMs += milliseconds;
    }

    /// <inheritdoc/>
    public void Pump()
    {
        Pumps++;
        Sleep(20);
    }
}
