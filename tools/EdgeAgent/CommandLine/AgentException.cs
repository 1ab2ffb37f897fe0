namespace JamBox.Edge.CommandLine;

/// <summary>Ends the program with one clear line: what was wrong, and what to do.</summary>
/// <param name="message">That line.</param>
/// <param name="exitCode">One of <see cref="CommandLine.ExitCode"/>.</param>
internal sealed class AgentException(string message, int exitCode) : Exception(message)
{
    /// <summary>One of <see cref="CommandLine.ExitCode"/>.</summary>
    public int ExitCode { get; } = exitCode;
}
