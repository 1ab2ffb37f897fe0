using JamBox.Board;

namespace JamBox.Interop;

/// <summary>Stand-in of Firmware.Atoms3/Interop.</summary>
public static class MonotonicClock
{
    public static long Microseconds => BoardHost.Current.Microseconds;
}
