using System.Globalization;
using System.Text.Json;

namespace JamBox.Edge.Engine;

/// <summary>What the server says is to be deployed: a package, and when it was said. The newest timestamp wins.</summary>
/// <param name="Id">Of the deployment; the name of its folder on this gateway, too.</param>
/// <param name="Version">As people name it.</param>
/// <param name="Filename">As it was uploaded.</param>
/// <param name="Size">Of the package in bytes, 1 to 2 GB.</param>
/// <param name="Sha256">Of the package: 64 hex digits, lower case.</param>
/// <param name="DownloadUrl">A path on the server that is configured here; never believed to be another host.</param>
/// <param name="Timestamp">As the server wrote it; reports name it again, letter for letter.</param>
/// <param name="At">The same as a moment.</param>
public sealed record Notice(
    string Id, string Version, string Filename, long Size, string Sha256, string DownloadUrl, string Timestamp, DateTimeOffset At)
{
    /// <summary>The largest package, in bytes.</summary>
    public const long MaxSize = 2L << 30;

    /// <summary>The longest notice that is read, in bytes.</summary>
    public const int MaxBytes = 16 << 10;

    /// <summary>What the <see cref="DownloadUrl"/> of a release begins with that is here and is to run again.</summary>
    public const string KeptScheme = "kept:";

    /// <summary>What the <see cref="DownloadUrl"/> of a package begins with that somebody has brought to this computer.</summary>
    public const string ByHandScheme = "local:";

    private const int MaxId = 64;
    private const int MaxVersion = 64;
    private const int MaxName = 255;
    private const int MaxUrl = 1024;
    private const int Sha256Digits = 64;

    /// <summary>Whether somebody at this computer wants a release to run again as it is here: nothing is fetched for it.</summary>
    public bool IsKept => DownloadUrl.StartsWith(KeptScheme, StringComparison.Ordinal);

    /// <summary>Whether somebody has brought the package to this computer: the server knows nothing of it.</summary>
    public bool IsByHand => DownloadUrl.StartsWith(ByHandScheme, StringComparison.Ordinal);

    /// <summary>Takes a notice apart.</summary>
    /// <param name="json">As it came, at most <see cref="MaxBytes"/>. Fields that are not known are passed over.</param>
    /// <returns>The notice.</returns>
    /// <exception cref="NoticeException">It is none; the message says what is wrong with it.</exception>
    public static Notice Parse(ReadOnlySpan<byte> json)
    {
        if (json.Length > MaxBytes)
        {
            throw new NoticeException($"The notice has {json.Length} bytes; at most {MaxBytes} are read.");
        }

        try
        {
            using var document = JsonDocument.Parse(json.ToArray(), new JsonDocumentOptions { MaxDepth = 8 });
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? FromObject(document.RootElement)
                : throw new NoticeException("The notice is no JSON object.");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a text with half of a pair of surrogates.
            throw new NoticeException($"The notice is no JSON: {e.Message}");
        }
    }

    /// <summary>Whether a text may be the id of a deployment, and so the name of a folder, on any system.</summary>
    /// <param name="id">1 to 64 letters, digits, <c>-</c> and <c>_</c> of ASCII; the first no sign.</param>
    /// <returns>It may.</returns>
    public static bool IsId(string id) =>
        id.Length is > 0 and <= MaxId && char.IsAsciiLetterOrDigit(id[0])
        && id.All(static c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_') && !IsDevice(id);

    // "con", "nul", "com1": Windows has devices of these names in every folder.
    private static bool IsDevice(string id) =>
        id.ToLowerInvariant() is "con" or "prn" or "aux" or "nul"
        || (id.Length == 4 && (id.StartsWith("com", StringComparison.OrdinalIgnoreCase)
            || id.StartsWith("lpt", StringComparison.OrdinalIgnoreCase)));

    private static Notice FromObject(JsonElement notice)
    {
        string id = Text(notice, "id", MaxId);
        Check(IsId(id), "id", "must be 1 to 64 letters, digits, '-' and '_'");
        string sha256 = Text(notice, "sha256", Sha256Digits);
        Check(sha256.Length == Sha256Digits && sha256.All(char.IsAsciiHexDigit), "sha256", "must be 64 hex digits");
        string timestamp = Text(notice, "timestamp", MaxName);
        Check(
            DateTimeOffset.TryParse(
                timestamp,
                CultureInfo.InvariantCulture,
                DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
                out DateTimeOffset at),
            "timestamp",
            "must be a time as in 2026-11-28T18:00:00.000Z");
        return new Notice(
            id,
            Text(notice, "version", MaxVersion),
            Text(notice, "filename", MaxName),
            Bytes(notice),
            sha256.ToLowerInvariant(),
            Text(notice, "downloadUrl", MaxUrl),
            timestamp,
            at);
    }

    private static long Bytes(JsonElement notice)
    {
        Check(
            notice.TryGetProperty("size", out JsonElement element) && element.ValueKind == JsonValueKind.Number
            && element.TryGetInt64(out long size) && size is > 0 and <= MaxSize,
            "size",
            $"must be a number of bytes, 1 to {MaxSize}");
        return element.GetInt64();
    }

    private static string Text(JsonElement notice, string name, int maximum)
    {
        string? text = notice.TryGetProperty(name, out JsonElement element) && element.ValueKind == JsonValueKind.String
            ? element.GetString() : null;
        Check(
            text is { Length: > 0 } && text.Length <= maximum && !text.Any(char.IsControl),
            name,
            $"must be a text of 1 to {maximum} characters");
        return text!;
    }

    private static void Check([System.Diagnostics.CodeAnalysis.DoesNotReturnIf(false)] bool right, string name, string what)
    {
        if (!right)
        {
            throw new NoticeException($"The notice's '{name}' {what}.");
        }
    }
}

/// <summary>What came is no notice.</summary>
/// <param name="message">What is wrong with it.</param>
public sealed class NoticeException(string message) : Exception(message);
