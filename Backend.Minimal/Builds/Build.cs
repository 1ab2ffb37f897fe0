namespace JamBox.Backend.Builds;

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
    public ReleaseManifest ToManifest() => ReleaseManifest.Unsigned(Hardware, NativeChecksum, Sequence, Version, Size, Convert.FromHexString(Sha256));
}
