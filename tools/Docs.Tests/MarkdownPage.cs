using System.Text.RegularExpressions;

namespace JamBox.Docs.Tests;

/// <summary>What can be checked in a page of Markdown: its headings, its links, and the files that it names.</summary>
internal sealed partial class MarkdownPage
{
    private readonly List<string> _headings = [];
    private readonly List<string> _anchors = [];
    private readonly List<string> _links = [];
    private readonly List<string> _code = [];

    /// <summary>Takes a page apart.</summary>
    /// <param name="text">The page.</param>
    public MarkdownPage(string text)
    {
        bool isFenced = false;
        foreach (string line in text.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.TrimStart().StartsWith("```", StringComparison.Ordinal))
            {
                isFenced = !isFenced;
            }
            else if (!isFenced)
            {
                TakeLine(line);
            }
        }

        IsFenceOpen = isFenced;
    }

    /// <summary>Where links can lead to within the page, as GitHub makes them of headings.</summary>
    public IReadOnlyList<string> Anchors => _anchors;

    /// <summary>Targets of its links.</summary>
    public IReadOnlyList<string> Links => _links;

    /// <summary>What stands between backticks.</summary>
    public IReadOnlyList<string> Code => _code;

    /// <summary>Whether a block of code is never closed.</summary>
    public bool IsFenceOpen { get; }

    /// <summary>What GitHub makes of a heading: small letters, no punctuation, a hyphen for each blank.</summary>
    public static string Anchor(string heading)
    {
        string text = LinkPattern().Replace(heading, static match => match.Groups["text"].Value);
        IEnumerable<char> kept = text.Trim().ToLowerInvariant().Where(static c => char.IsLetterOrDigit(c) || c is ' ' or '-' or '_');
        return string.Concat(kept).Replace(' ', '-');
    }

    private void TakeLine(string line)
    {
        string plain = CodePattern().Replace(line, match =>
        {
            _code.Add(match.Groups["code"].Value);
            return "";
        });
        _links.AddRange(LinkPattern().Matches(plain).Select(static match => match.Groups["target"].Value));
        if (HeadingPattern().Match(line) is { Success: true } heading)
        {
            string anchor = Anchor(heading.Groups["text"].Value);
            int same = _headings.Count(known => known == anchor);
            _headings.Add(anchor);
            _anchors.Add(same == 0 ? anchor : $"{anchor}-{same}");
        }
    }

    [GeneratedRegex(@"\[(?<text>[^\]]*)\]\((?<target>[^()\s]+)\)")]
    private static partial Regex LinkPattern();

    [GeneratedRegex("`(?<code>[^`]+)`")]
    private static partial Regex CodePattern();

    [GeneratedRegex(@"^#{1,6} +(?<text>.+)$")]
    private static partial Regex HeadingPattern();
}
