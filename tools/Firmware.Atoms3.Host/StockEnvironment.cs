using JamBox.Board;

namespace JamBox.Stock;

/// <summary>Stand-in of nanoFramework's Environment: found before System's, because it is nearer.</summary>
internal static class Environment
{
    /// <summary>Gets the milliseconds since the board started.</summary>
    public static long TickCount64 => BoardHost.Current.Microseconds / 1000;
}
