namespace JamBox.NanoDeps;

/// <summary>Something that a build, a deployment or a board would miss.</summary>
/// <param name="Kind">A word for what it is; the tests have a sample that is broken in this way.</param>
/// <param name="Where">The project or file, relative to the solution.</param>
/// <param name="Text">What is wrong, and what would mend it.</param>
internal sealed record Finding(string Kind, string Where, string Text)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Where}: {Kind}: {Text}";
}
