using System.CommandLine;
using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Users;

/// <summary><c>user</c>.</summary>
internal static class UserCommand
{
    /// <summary>Makes the group.</summary>
    /// <param name="terminal">The world around.</param>
    /// <returns>The group.</returns>
    public static Command Create(BenchTerminal terminal) => new("user", "People who sign in.")
    {
        AddCommand.Create(terminal),
        ListCommand.Create(terminal),
    };
}
