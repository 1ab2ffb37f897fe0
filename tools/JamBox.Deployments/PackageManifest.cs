using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace JamBox.Deployments;

/// <summary>A file of a package, as its list names it.</summary>
/// <param name="Path">Where it goes, below the folder of the release (<see cref="PackagePath"/>).</param>
/// <param name="Size">Its bytes.</param>
/// <param name="Sha256">Its SHA-256, 64 lower hex digits.</param>
/// <param name="IsExecutable">Whether it may be run.</param>
public sealed record PackageFile(string Path, long Size, string Sha256, bool IsExecutable);

/// <summary>
/// The list of a package, <c>deployment.json</c>: its version, and every file but itself and its signature, by ordinal order of their
/// paths. What is signed is the bytes of this file, so that they are kept as they came and never written anew.
/// </summary>
/// <param name="Version">The version (<see cref="PackageVersion"/>).</param>
/// <param name="Made">When it was packed, UTC, whole seconds.</param>
/// <param name="Files">The files.</param>
public sealed record PackageManifest(string Version, DateTimeOffset Made, IReadOnlyList<PackageFile> Files)
{
    /// <summary>The only format there is.</summary>
    public const int Format = 1;

    /// <summary>Bytes of the list at most: 20,000 files with long names.</summary>
    public const int MaxBytes = 16 * 1024 * 1024;

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";
    private const int HashDigits = 64;

    /// <summary>Reads a list, strictly: what is unknown, double, missing or out of order is refused.</summary>
    /// <param name="json">The bytes of <c>deployment.json</c>.</param>
    /// <param name="limits">How many files there may be, and of what size.</param>
    /// <returns>The list.</returns>
    /// <exception cref="PackageException">They are none.</exception>
    public static PackageManifest Read(ReadOnlySpan<byte> json, PackageLimits? limits = null)
    {
        if (json.Length > MaxBytes)
        {
            throw Bad($"is larger than {MaxBytes} bytes");
        }

        try
        {
            Utf8JsonReader reader = new(json, new JsonReaderOptions { MaxDepth = 4 });
            PackageManifest manifest = ReadManifest(ref reader, limits ?? PackageLimits.Default);
            return reader.Read() ? throw Bad("has something behind its end") : manifest;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw Bad("is no JSON in UTF-8");
        }
    }

    /// <summary>Writes the list.</summary>
    /// <returns>The bytes of <c>deployment.json</c>.</returns>
    public byte[] ToBytes()
    {
        ArrayBufferWriter<byte> bytes = new();
        using (Utf8JsonWriter writer = new(bytes))
        {
            writer.WriteStartObject();
            writer.WriteNumber("format", Format);
            writer.WriteString("version", Version);
            writer.WriteString("made", Made.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
            writer.WriteStartArray("files");
            foreach (PackageFile file in Files)
            {
                writer.WriteStartObject();
                writer.WriteString("path", file.Path);
                writer.WriteNumber("size", file.Size);
                writer.WriteString("sha256", file.Sha256);
                writer.WriteBoolean("executable", file.IsExecutable);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        return bytes.WrittenSpan.ToArray();
    }

    private static PackageManifest ReadManifest(ref Utf8JsonReader reader, PackageLimits limits)
    {
        int? format = null;
        string? version = null;
        DateTimeOffset? made = null;
        List<PackageFile>? files = null;
        Expect(ref reader, JsonTokenType.StartObject, "is no object");
        while (NextName(ref reader) is { } name)
        {
            switch (name)
            {
                case "format" when format is null:
                    format = (int)Number(ref reader, name, int.MaxValue);
                    if (format != Format)
                    {
                        throw Bad("is of a format other than 1: a newer tool made it");
                    }

                    break;
                case "version" when version is null:
                    version = Text(ref reader, name);
                    break;
                case "made" when made is null:
                    made = Time(Text(ref reader, name));
                    break;
                case "files" when files is null:
                    files = ReadFiles(ref reader, limits);
                    break;
                default:
                    throw Bad($"has {PackagePath.Shown(name)} twice, or does not know it");
            }
        }

        if (format is null || version is null || made is null || files is null)
        {
            throw Bad("lacks format, version, made or files");
        }

        return PackageVersion.IsValid(version)
            ? new PackageManifest(version, made.Value, files)
            : throw Bad($"has no version: it {PackageVersion.Rule}");
    }

    private static List<PackageFile> ReadFiles(ref Utf8JsonReader reader, PackageLimits limits)
    {
        List<PackageFile> files = [];
        PackagePathSet paths = new();
        long total = 0;
        Expect(ref reader, JsonTokenType.StartArray, "has no list as files");
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                throw Bad("has no object as a file");
            }

            PackageFile file = ReadFile(ref reader, limits);
            string shown = PackagePath.Shown(file.Path);
            if (paths.AddFile(file.Path) is { } fault)
            {
                throw Bad($"names a file whose path {fault}: {shown}");
            }

            if (file.Path is PackageLayout.Manifest or PackageLayout.Signature)
            {
                throw Bad($"names {shown}, which cannot list itself");
            }

            if (files.Count > 0 && string.CompareOrdinal(files[^1].Path, file.Path) >= 0)
            {
                throw Bad($"is not sorted by path at {shown}");
            }

            files.Add(file);
            total += file.Size;
            if (files.Count > limits.Entries || total > limits.UnpackedBytes)
            {
                throw Bad($"names more than {limits.Entries} files or {limits.UnpackedBytes} bytes");
            }
        }

        return files;
    }

    private static PackageFile ReadFile(ref Utf8JsonReader reader, PackageLimits limits)
    {
        string? path = null;
        long? size = null;
        string? sha256 = null;
        bool? isExecutable = null;
        while (NextName(ref reader) is { } name)
        {
            switch (name)
            {
                case "path" when path is null:
                    path = Text(ref reader, name);
                    break;
                case "size" when size is null:
                    size = Number(ref reader, name, limits.UnpackedBytes);
                    break;
                case "sha256" when sha256 is null:
                    sha256 = Text(ref reader, name);
                    break;
                case "executable" when isExecutable is null:
                    reader.Read();
                    isExecutable = reader.GetBoolean();
                    break;
                default:
                    throw Bad($"has {PackagePath.Shown(name)} twice in a file, or does not know it");
            }
        }

        if (path is null || size is null || sha256 is null || isExecutable is null)
        {
            throw Bad("lacks path, size, sha256 or executable in a file");
        }

        return sha256.Length == HashDigits && sha256.All(char.IsAsciiHexDigitLower)
            ? new PackageFile(path, size.Value, sha256, isExecutable.Value)
            : throw Bad($"has no SHA-256 of 64 lower hex digits for {PackagePath.Shown(path)}");
    }

    private static void Expect(ref Utf8JsonReader reader, JsonTokenType wanted, string otherwise)
    {
        if (!reader.Read() || reader.TokenType != wanted)
        {
            throw Bad(otherwise);
        }
    }

    private static string? NextName(ref Utf8JsonReader reader) =>
        reader.Read() && reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : null;

    private static string Text(ref Utf8JsonReader reader, string name)
    {
        Expect(ref reader, JsonTokenType.String, $"has no text as {name}");
        return reader.GetString()!;
    }

    private static long Number(ref Utf8JsonReader reader, string name, long most)
    {
        Expect(ref reader, JsonTokenType.Number, $"has no number as {name}");
        return reader.TryGetInt64(out long value) && value >= 0 && value <= most
            ? value
            : throw Bad($"has as {name} no whole number from 0 to {most}");
    }

    private static DateTimeOffset Time(string text) =>
        DateTimeOffset.TryParseExact(
            text, TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal,
            out DateTimeOffset time)
            ? time
            : throw Bad("has as made no time like 2026-11-28T18:00:00Z");

    private static PackageException Bad(string what) => new($"{PackageLayout.Manifest} {what}");
}
