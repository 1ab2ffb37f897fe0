namespace JamBox.Twin.Run;

/// <summary>What the user gave cannot be used: one clear line, exit code 2.</summary>
internal sealed class BadInputException(string message) : Exception(message);
