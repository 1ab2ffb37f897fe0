using System.Text;
using System.Text.Json;

using JamBox.Deployments;

namespace JamBox.Edge.Modules;

/// <summary>
/// What modules say of their version at <c>local/modules/{hostname}/version</c>: the bare text, or an object with <c>version</c>.
/// </summary>
public static class VersionMessage
{
    /// <summary>The topics that are listened to.</summary>
    public const string Filter = "local/modules/+/version";

    /// <summary>The longest message that is read, bytes.</summary>
    public const int MaxBytes = 1024;

    private const int MaxVersion = 60;
    private const string Before = "local/modules/";
    private const string After = "/version";

    /// <summary>Whose version a topic brings.</summary>
    /// <param name="topic">The topic.</param>
    /// <returns>The hostname; null when it is another topic.</returns>
    public static string? HostnameOf(string topic)
    {
        if (topic.Length <= Before.Length + After.Length
            || !topic.StartsWith(Before, StringComparison.Ordinal) || !topic.EndsWith(After, StringComparison.Ordinal))
        {
            return null;
        }

        string hostname = topic[Before.Length..^After.Length];
        return ModuleName.IsHostname(hostname) ? hostname : null;
    }

    /// <summary>Reads a message.</summary>
    /// <param name="payload">Its bytes.</param>
    /// <returns>The version, 1 to 60 printable characters; null when there is none in it.</returns>
    public static string? Parse(ReadOnlyMemory<byte> payload)
    {
        if (payload.Length is 0 or > MaxBytes)
        {
            return null;
        }

        string text = Encoding.UTF8.GetString(payload.Span).Trim('\0', ' ', '\r', '\n', '\t');
        if (text.StartsWith('{') || text.StartsWith('"'))
        {
            text = FromJson(text) ?? string.Empty;
        }

        return text.Length is > 0 and <= MaxVersion && text.All(static c => c is > ' ' and <= '~') ? text : null;
    }

    /// <summary>Whether two versions are the same: a <c>v</c> before the number is not part of it.</summary>
    /// <param name="one">One.</param>
    /// <param name="other">The other.</param>
    public static bool AreSame(string? one, string? other) =>
        one is not null && other is not null && string.Equals(Bare(one), Bare(other), StringComparison.Ordinal);

    private static string Bare(string version) =>
        version.Length > 1 && version[0] is 'v' or 'V' && char.IsAsciiDigit(version[1]) ? version[1..] : version;

    private static string? FromJson(string text)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(text, new JsonDocumentOptions { MaxDepth = 8 });
            JsonElement value = document.RootElement;
            if (value.ValueKind == JsonValueKind.Object && !value.TryGetProperty("version", out value))
            {
                return null;
            }

            return value.ValueKind == JsonValueKind.String ? value.GetString()!.Trim() : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null;
        }
    }
}
