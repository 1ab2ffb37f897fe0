namespace JamBox.Deployments;

/// <summary>What was given is no package, or none that may be handed on.</summary>
/// <param name="message">What is wrong with it, and where.</param>
public sealed class PackageException(string message) : FormatException(message);
