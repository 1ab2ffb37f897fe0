using System.Runtime.CompilerServices;

namespace JamBox.Interop;

/// <summary>The clock that the native side stamps its records with.</summary>
public static class MonotonicClock
{
    /// <summary>Gets the microseconds since the chip started. Monotonic, 64 bit, never wraps; 10 ppm of a crystal.</summary>
    public static extern long Microseconds
    {
        [MethodImpl(MethodImplOptions.InternalCall)]
        get;
    }
}
