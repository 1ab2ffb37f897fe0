using System;
using JamBox.Ports;

namespace JamBox.Tests.Modem;

/// <summary>A clock that stands still until someone waits, and the loop that waits.</summary>
internal sealed class FakeClock : IClock, ILoop
{
    /// <inheritdoc/>
    public long UptimeMs { get; set; } = 1000;

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
