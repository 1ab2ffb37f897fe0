using System.Text.Json;

namespace JamBox.Deployments;

/// <summary>
/// <c>firmware/versions.json</c>: which version the image of each type of module has,
/// <c>{"wired":{"type":"1.2.3"},"wireless":{"type":"1.2.3"}}</c>; or <c>{"type":"1.2.3"}</c>, which is for both ways of connecting.
/// </summary>
public sealed class FirmwareVersions
{
    /// <summary>Bytes of the file at most.</summary>
    public const int MaxBytes = 256 * 1024;

    /// <summary>Characters of a version of a module at most.</summary>
    public const int MaxVersionLength = 60;

    private const int MaxEntries = 2000;

    private readonly SortedDictionary<string, string> _versions = new(StringComparer.Ordinal);

    private FirmwareVersions()
    {
    }

    /// <summary>Reads the file.</summary>
    /// <param name="json">Its bytes.</param>
    /// <returns>The versions.</returns>
    /// <exception cref="PackageException">It is none.</exception>
    public static FirmwareVersions Read(ReadOnlySpan<byte> json)
    {
        if (json.Length > MaxBytes)
        {
            throw Bad($"is larger than {MaxBytes} bytes");
        }

        try
        {
            // Editors of Windows put a mark before the text.
            ReadOnlySpan<byte> text = json.StartsWith("\uFEFF"u8) ? json[3..] : json;
            Utf8JsonReader reader = new(text, new JsonReaderOptions { MaxDepth = 4 });
            FirmwareVersions versions = new();
            versions.ReadRoot(ref reader);
            return reader.Read() ? throw Bad("has something behind its end") : versions;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Bad("is no JSON in UTF-8");
        }
    }

    /// <summary>The version that an image brings.</summary>
    /// <param name="connection">One of <see cref="PackageLayout.Connections"/>.</param>
    /// <param name="type">The type of the module.</param>
    /// <returns>The version; <c>null</c> when the file says none.</returns>
    public string? Find(string connection, string type) =>
        _versions.GetValueOrDefault(Key(connection, type)) ?? _versions.GetValueOrDefault(Key(string.Empty, type));

    /// <summary>What the file names.</summary>
    /// <returns>Connection (empty: both), type, version.</returns>
    public IEnumerable<(string Connection, string Type, string Version)> All()
    {
        foreach ((string key, string version) in _versions)
        {
            int slash = key.IndexOf('/', StringComparison.Ordinal);
            yield return (key[..slash], key[(slash + 1)..], version);
        }
    }

    private static string Key(string connection, string type) => $"{connection}/{type}";

    private static PackageException Bad(string what) => new($"{PackageLayout.FirmwareVersions} {what}");

    private void ReadRoot(ref Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
        {
            throw Bad("is no object");
        }

        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            string name = reader.GetString()!;
            reader.Read();
            if (reader.TokenType == JsonTokenType.String)
            {
                Add(string.Empty, name, reader.GetString()!);
                continue;
            }

            if (reader.TokenType != JsonTokenType.StartObject || !PackageLayout.Connections.Contains(name))
            {
                throw Bad($"has {PackagePath.Shown(name)} with something that is no version: it takes "
                    + "{\"wired\":{\"type\":\"1.2.3\"},\"wireless\":{…}} or {\"type\":\"1.2.3\"}");
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string type = reader.GetString()!;
                reader.Read();
                Add(name, type, reader.TokenType == JsonTokenType.String
                    ? reader.GetString()!
                    : throw Bad($"has no text as the version of {PackagePath.Shown(type)}"));
            }
        }
    }

    private void Add(string connection, string type, string version)
    {
        string shown = PackagePath.Shown(type);
        if (type.Contains('/', StringComparison.Ordinal) || PackagePath.FindFault(type) is not null)
        {
            throw Bad($"names a type that cannot be a folder: {shown}");
        }

        if (version.Length is 0 or > MaxVersionLength || version.Any(static c => c is <= ' ' or > '~'))
        {
            throw Bad($"has as the version of {shown} no text of 1 to {MaxVersionLength} printable ASCII characters without blanks: no module says such a one");
        }

        if (!_versions.TryAdd(Key(connection, type), version) || _versions.Count > MaxEntries)
        {
            throw Bad($"names {shown} twice, or more than {MaxEntries} types");
        }
    }
}
