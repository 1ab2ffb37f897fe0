namespace JamBox.Edge.Tests.Engine;

/// <summary>
/// At which calls of a deployment something happens to it: at every n-th, and with <c>JAMBOX_ALL_KILLS=1</c> at each of them, which takes
/// many times as long.
/// </summary>
internal static class KillPoints
{
    /// <summary>Whether each one is tried.</summary>
    public static bool AreAll { get; } = Environment.GetEnvironmentVariable("JAMBOX_ALL_KILLS") == "1";

    /// <summary>The points.</summary>
    /// <param name="calls">How many calls there are.</param>
    /// <param name="every">Every how many of them one is taken.</param>
    /// <param name="shift">Moves them, so that several series do not meet at the same ones.</param>
    /// <returns>Numbers of calls, from 1 on, in order.</returns>
    public static int[] Of(int calls, int every, int shift) =>
        [.. Enumerable.Range(1, calls).Where(at => AreAll || at % every == shift % every)];
}
