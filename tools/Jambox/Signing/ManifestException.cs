using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Signing;

/// <summary>What was given is no manifest of a release.</summary>
/// <param name="message">What is wrong.</param>
internal sealed class ManifestException(string message) : BenchException(message, CommandLine.ExitCode.Refused);
