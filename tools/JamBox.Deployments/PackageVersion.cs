namespace JamBox.Deployments;

/// <summary>The version of a package: a name that people give it. Nothing is read out of it but whether two are the same.</summary>
public static class PackageVersion
{
    /// <summary>Characters at most.</summary>
    public const int MaxLength = 40;

    /// <summary>What a version may be, as a sentence's end.</summary>
    public const string Rule = "must be 1 to 40 characters of A-Z a-z 0-9 . _ + - and begin with a letter or a digit, such as 1.2.3";

    /// <summary>Tells whether a text is a version.</summary>
    /// <param name="text">Any text.</param>
    /// <returns>It is.</returns>
    public static bool IsValid(string text) => text.Length is > 0 and <= MaxLength && char.IsAsciiLetterOrDigit(text[0])
        && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '+' or '-');
}
