using JamBox.Board;

namespace JamBox.Stock;

/// <summary>Stand-in of nanoFramework's Console, as JamBox.Atoms3.Console.</summary>
internal static class Console
{
    /// <summary>Writes a line.</summary>
    /// <param name="value">The line.</param>
    public static void WriteLine(string value)
    {
        BoardHost.Current.Log(value);
    }
}
