using System.Globalization;
using JamBox.Twin.Storage;

namespace JamBox.Twin.Run;

/// <summary>A loss of power in the middle of an operation on flash or key-value store.</summary>
/// <param name="After">The operation, counted from 1 since power came first, or since the loss before this one.</param>
/// <param name="Tear">What it leaves behind.</param>
internal readonly record struct PowerCut(int After, TearKind Tear)
{
    /// <summary>Reads a list of losses, such as <c>120:half,7:all</c>.</summary>
    /// <param name="text">The list.</param>
    /// <returns>The losses.</returns>
    /// <exception cref="BadInputException">It is none.</exception>
    public static PowerCut[] ParseList(string text) => [.. text.Split(',').Select(Parse)];

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{After}:{Tear.ToString().ToLowerInvariant()}");

    private static PowerCut Parse(string text)
    {
        string[] words = text.Split(':');
        return words.Length == 2 && int.TryParse(words[0], NumberStyles.None, CultureInfo.InvariantCulture, out int after) && after > 0
            && Enum.TryParse(words[1], ignoreCase: true, out TearKind tear) && Enum.IsDefined(tear)
            ? new PowerCut(after, tear)
            : throw new BadInputException($"'{text}' is no loss of power: an operation from 1 and nothing, half, all, wild or any, such as 120:half");
    }
}
