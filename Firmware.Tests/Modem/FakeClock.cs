using System;
using JamBox.Ports;

namespace JamBox.Tests.Modem;

/// <summary>A clock that stands still until someone waits, and the loop that waits.</summary>
internal sealed class FakeClock : IClock, ILoop
{
    // Who looks so often without letting time pass is in a loop that never ends.
    private const int MostLooks = 100000;

    private long _uptimeMs = 1000;
    private int _looks;

    /// <inheritdoc/>
    public long UptimeMs
    {
        get
        {
            if (++_looks > MostLooks)
            {
                throw new InvalidOperationException();
            }

            return _uptimeMs;
        }

        set
        {
            _uptimeMs = value;
            _looks = 0;
        }
    }

    /// <summary>Gets or sets how much longer each wait takes than was asked for: fewer passes of the loop for the interpreter.</summary>
    public int Stretch { get; set; } = 1;

    /// <summary>Gets or sets when whoever waits has waited for too long: instead of a test that hangs, one that fails.</summary>
    public long GivesUpAtMs { get; set; } = long.MaxValue;

    /// <summary>Gets how often the loop was pumped.</summary>
    public int Pumps { get; private set; }

    /// <inheritdoc/>
    public void Sleep(int milliseconds)
    {
        UptimeMs += milliseconds * Stretch;
        if (UptimeMs > GivesUpAtMs)
        {
            throw new InvalidOperationException();
        }
    }

    /// <inheritdoc/>
    public void Pump()
    {
        Pumps++;
        Sleep(20);
    }
}
