using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Images;

/// <summary>What was given is no deployment image that a box could start.</summary>
/// <param name="message">What is wrong, and where.</param>
internal sealed class ImageException(string message) : BenchException(message, CommandLine.ExitCode.Refused);
