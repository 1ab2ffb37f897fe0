using JamBox.Board;

namespace JamBox.Atoms3;

/// <summary>Stand-in of nanoFramework's Console, which writes to the debug output: found before System's, because it is nearer.</summary>
internal static class Console
{
    /// <summary>Writes a line.</summary>
    /// <param name="value">The line.</param>
    public static void WriteLine(string value)
    {
        BoardHost.Current.Log(value);
    }
}
