using System;
using System.Runtime.CompilerServices;

namespace JamBox.Interop;

/// <summary>
/// The watchdog of the chip's RTC: clocked by an oscillator of its own, it resets the whole chip, radio included, without any help from
/// software. It stands still for nothing but deep sleep.
/// </summary>
public static class Watchdog
{
    /// <summary>Gets why the chip started this time.</summary>
    public static extern ResetCause LastReset
    {
        [MethodImpl(MethodImplOptions.InternalCall)]
        get;
    }

    /// <summary>Starts it, or starts it anew with another time-out; it cannot be stopped.</summary>
    /// <param name="timeoutMs">Resets after so many ms without <see cref="Feed"/>: 1,000…600,000. Its clock is only good to some 5
    /// %.</param>
    /// <exception cref="ArgumentOutOfRangeException">Out of range.</exception>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Start(int timeoutMs);

    /// <summary>Says that the loop is alive. Does nothing when not started.</summary>
    [MethodImpl(MethodImplOptions.InternalCall)]
    public static extern void Feed();
}
