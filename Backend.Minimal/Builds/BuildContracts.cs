using System.Text.Json.Serialization;

using JamBox.Backend.Patches;

namespace JamBox.Backend.Builds;

/// <summary>A build as it is listed.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Version">Its version.</param>
/// <param name="Hardware">The hardware id that it is for.</param>
/// <param name="Sequence">Its sequence.</param>
/// <param name="Size">Bytes of the image.</param>
/// <param name="Sha256">SHA-256 of the image, 64 lower hex digits.</param>
/// <param name="NativeChecksum">That of its assembly JamBox.Interop, 8 lower hex digits; zeros when it has none.</param>
/// <param name="IsSigned">Whether its signed manifest is here.</param>
/// <param name="Notes">What is new.</param>
/// <param name="UploadedAt">When it came.</param>
internal sealed record BuildRow(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("hw")] string Hardware,
    [property: JsonPropertyName("seq")] int Sequence,
    [property: JsonPropertyName("size")] int Size,
    [property: JsonPropertyName("sha256")] string Sha256,
    [property: JsonPropertyName("native_checksum")] string NativeChecksum,
    [property: JsonPropertyName("is_signed")] bool IsSigned,
    [property: JsonPropertyName("notes")] string? Notes,
    [property: JsonPropertyName("uploaded_at")] DateTime UploadedAt)
{
    /// <summary>Makes the row of a build.</summary>
    public static BuildRow Of(Build b) => new(
        b.Id, b.Version, b.Hardware, b.Sequence, b.Size, b.Sha256,
        b.NativeChecksum.ToString("x8", System.Globalization.CultureInfo.InvariantCulture),
        b.IsSigned, b.Notes, DateTime.UnixEpoch.AddMilliseconds(b.UploadedAt));
}

/// <summary>A build and its patches.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Version">Its version.</param>
/// <param name="Hardware">The hardware id that it is for.</param>
/// <param name="Sequence">Its sequence.</param>
/// <param name="Size">Bytes of the image.</param>
/// <param name="Sha256">SHA-256 of the image, 64 lower hex digits.</param>
/// <param name="NativeChecksum">That of its assembly JamBox.Interop, 8 lower hex digits; zeros when it has none.</param>
/// <param name="IsSigned">Whether its signed manifest is here.</param>
/// <param name="Notes">What is new.</param>
/// <param name="UploadedAt">When it came.</param>
/// <param name="UploadedBy">Name of the key that brought it.</param>
/// <param name="Patches">The patches to it, the full image first.</param>
internal sealed record BuildDetail(
    [property: JsonPropertyName("id")] long Id,
    [property: JsonPropertyName("version")] string Version,
    [property: JsonPropertyName("hw")] string Hardware,
    [property: JsonPropertyName("seq")] int Sequence,
    [property: JsonPropertyName("size")] int Size,
    [property: JsonPropertyName("sha256")] string Sha256,
    [property: JsonPropertyName("native_checksum")] string NativeChecksum,
    [property: JsonPropertyName("is_signed")] bool IsSigned,
    [property: JsonPropertyName("notes")] string? Notes,
    [property: JsonPropertyName("uploaded_at")] DateTime UploadedAt,
    [property: JsonPropertyName("uploaded_by")] string UploadedBy,
    [property: JsonPropertyName("patches")] IReadOnlyList<PatchRow> Patches)
{
    /// <summary>Makes it.</summary>
    public static BuildDetail Of(Build build, IReadOnlyList<Patch> patches)
    {
        BuildRow b = BuildRow.Of(build);
        return new BuildDetail(
            b.Id, b.Version, b.Hardware, b.Sequence, b.Size, b.Sha256, b.NativeChecksum, b.IsSigned, b.Notes, b.UploadedAt,
            build.UploadedBy,
            [.. patches.Select(PatchRow.Of)]);
    }
}

/// <summary>A build, without its bytes.</summary>
/// <param name="Id">Its row.</param>
/// <param name="Hardware">The hardware id that it is for.</param>
/// <param name="Version">Its version.</param>
/// <param name="Sequence">Its sequence, 1 to 2^31 − 1; grows from release to release.</param>
/// <param name="Size">Bytes of the image.</param>
/// <param name="Sha256">SHA-256 of the image, 64 lower hex digits.</param>
/// <param name="NativeChecksum">That of its assembly JamBox.Interop, 0 when it has none.</param>
/// <param name="Assemblies">Name and native checksum of each assembly, as stored.</param>
/// <param name="Notes">What is new.</param>
/// <param name="UploadedBy">Name of the key that brought it.</param>
/// <param name="UploadedAt">Milliseconds since 1970.</param>
/// <param name="IsSigned">Whether its signed manifest is here.</param>
internal sealed record Build(
    long Id, string Hardware, string Version, int Sequence, int Size, string Sha256, uint NativeChecksum, string Assemblies,
    string? Notes, string UploadedBy, long UploadedAt, bool IsSigned)
{
    /// <summary>Its manifest, without a signature.</summary>
    public ReleaseManifest ToManifest() =>
        ReleaseManifest.Unsigned(Hardware, NativeChecksum, Sequence, Version, Size, Convert.FromHexString(Sha256));
}

/// <summary>Serializers of builds, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(List<BuildRow>))]
[JsonSerializable(typeof(BuildDetail))]
internal sealed partial class BuildJson : JsonSerializerContext;
