using JamBox.Board;

namespace JamBox.Interop;

/// <summary>Stand-in of Firmware.Atoms3/Interop.</summary>
public static class Watchdog
{
    public static ResetCause LastReset => BoardHost.Current.LastReset;

    public static void Start(int timeoutMs)
    {
        if (timeoutMs is < 1000 or > 600000)
        {
            throw new ArgumentOutOfRangeException(nameof(timeoutMs));
        }

        BoardHost.Current.Watchdog.Start(timeoutMs);
    }

    public static void Feed() => BoardHost.Current.Watchdog.Feed();
}

/// <summary>Stand-in of Firmware.Atoms3/Interop.</summary>
public static class MonotonicClock
{
    public static long Microseconds => BoardHost.Current.Microseconds;
}
