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
/// <param name="UploadedBy">Name of the key, or address of the user, that brought it.</param>
/// <param name="Boxes">Boxes in use that said, when they last asked, that they run this very image; those that the caller may see.</param>
/// <param name="PrunedAt">When its image was removed, because nothing needed it any more: it is back once the same image is uploaded again. null = it is here.</param>
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
    [property: JsonPropertyName("uploaded_at")] DateTime UploadedAt,
    [property: JsonPropertyName("uploaded_by")] string UploadedBy,
    [property: JsonPropertyName("boxes")] int Boxes,
    [property: JsonPropertyName("pruned_at")] DateTime? PrunedAt)
{
    /// <summary>Makes the row of a build.</summary>
    /// <param name="b">The build.</param>
    /// <param name="counts">How many boxes run which image.</param>
    public static BuildRow Of(Build b, RunningImages counts) => new(
        b.Id, b.Version, b.Hardware, b.Sequence, b.Size, b.Sha256,
        b.NativeChecksum.ToString("x8", System.Globalization.CultureInfo.InvariantCulture),
        b.IsSigned, b.Notes, DateTime.UnixEpoch.AddMilliseconds(b.UploadedAt), b.UploadedBy, counts.Of(b),
        b.PrunedAt is { } pruned ? DateTime.UnixEpoch.AddMilliseconds(pruned) : null);
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
/// <param name="UploadedBy">Name of the key, or address of the user, that brought it.</param>
/// <param name="Boxes">Boxes in use that said, when they last asked, that they run this very image; those that the caller may see.</param>
/// <param name="PrunedAt">When its image was removed, because nothing needed it any more: it is back once the same image is uploaded again. null = it is here.</param>
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
    [property: JsonPropertyName("boxes")] int Boxes,
    [property: JsonPropertyName("pruned_at")] DateTime? PrunedAt,
    [property: JsonPropertyName("patches")] IReadOnlyList<PatchRow> Patches)
{
    /// <summary>Makes it.</summary>
    public static BuildDetail Of(Build build, RunningImages counts, IReadOnlyList<Patch> patches)
    {
        BuildRow b = BuildRow.Of(build, counts);
        return new BuildDetail(
            b.Id, b.Version, b.Hardware, b.Sequence, b.Size, b.Sha256, b.NativeChecksum, b.IsSigned, b.Notes, b.UploadedAt,
            b.UploadedBy, b.Boxes, b.PrunedAt,
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
/// <param name="PrunedAt">When its image was removed, milliseconds since 1970; null = it is here.</param>
internal sealed record Build(
    long Id, string Hardware, string Version, int Sequence, int Size, string Sha256, uint NativeChecksum, string Assemblies,
    string? Notes, string UploadedBy, long UploadedAt, bool IsSigned, long? PrunedAt = null)
{
    /// <summary>Its manifest, without a signature.</summary>
    public ReleaseManifest ToManifest() =>
        ReleaseManifest.Unsigned(Hardware, NativeChecksum, Sequence, Version, Size, Convert.FromHexString(Sha256));
}

/// <summary>How many boxes run which image.</summary>
/// <param name="counts">Boxes by hardware id and the first 16 digits of the image's SHA-256.</param>
internal sealed class RunningImages(IReadOnlyDictionary<(string Hardware, string Base), int> counts)
{
    /// <summary>Boxes that run a build.</summary>
    public int Of(Build build) => counts.GetValueOrDefault((build.Hardware, build.Sha256[..ReleaseText.BaseChars]));
}

/// <summary>Serializers of builds, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(List<BuildRow>))]
[JsonSerializable(typeof(BuildDetail))]
internal sealed partial class BuildJson : JsonSerializerContext;
