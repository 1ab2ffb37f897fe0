using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Server;

/// <summary>The server did not answer, or not sensibly: it may later.</summary>
/// <param name="message">What happened, and what to look at.</param>
internal sealed class UnreachableException(string message) : BenchException(message, CommandLine.ExitCode.NoServer);
