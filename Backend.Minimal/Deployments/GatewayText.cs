using System.Text;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Deployments;

/// <summary>What is said of gateways everywhere, and what texts of theirs may be.</summary>
internal static class GatewayText
{
    /// <summary>Of a gateway that there is not, or that is not the caller's.</summary>
    public static readonly Refusal Unknown = Refusal.NotFound("Gateway not found");

    /// <summary>Of a deployment that there is not.</summary>
    public static readonly Refusal NoDeployment = Refusal.NotFound("There is no such deployment: see GET /api/deployments");

    /// <summary>A gateway in a path.</summary>
    public static readonly ApiParameter Parameter = new TextParameter("gateway", "The gateway: its id.") { Example = "shop-7" };

    /// <summary>A deployment in a path.</summary>
    public static readonly ApiParameter Deployment =
        new TextParameter("id", "The deployment: its id.") { Example = "6f1c0f0e-3a52-4a8e-9d2b-0d8b1f3f9a11" };

    /// <summary>Whether a text is the id of a deployment: a UUID in small letters.</summary>
    public static bool IsDeploymentId(string? text) =>
        text is { Length: 36 } && Guid.TryParseExact(text, "D", out _) && !text.Any(char.IsAsciiLetterUpper);

    /// <summary>A text of a gateway as it is stored: no control characters but those asked for, no half characters, not too long.</summary>
    /// <param name="text">As it came.</param>
    /// <param name="maxChars">Characters at most.</param>
    /// <param name="isTail">Whether the end is kept, as of a log; else the beginning.</param>
    /// <param name="hasLines">Whether line feeds and tabs stay.</param>
    public static string Clean(string text, int maxChars, bool isTail = false, bool hasLines = false)
    {
        // Halves of characters become the character that stands for what cannot be read.
        StringBuilder clean = new(text.Length);
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (!Rune.IsControl(rune) || (hasLines && (rune.Value is '\n' or '\t')))
            {
                clean.Append(rune.ToString());
            }
        }

        if (clean.Length > maxChars)
        {
            int start = isTail ? clean.Length - maxChars : 0;
            int end = start + maxChars;
            start += char.IsLowSurrogate(clean[start]) ? 1 : 0;
            end -= char.IsHighSurrogate(clean[end - 1]) ? 1 : 0;
            return clean.ToString(start, end - start);
        }

        return clean.ToString();
    }
}
