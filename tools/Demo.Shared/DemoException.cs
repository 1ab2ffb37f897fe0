namespace JamBox.Demo;

/// <summary>Something that a demonstration needs is not there, or does not work.</summary>
/// <param name="message">What, and what to do: a sentence for people.</param>
internal sealed class DemoException(string message) : Exception(message);
