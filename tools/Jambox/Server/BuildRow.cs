namespace JamBox.Bench.Server;

/// <summary>A release as the server lists it.</summary>
/// <param name="Id">Its id there.</param>
/// <param name="Version">How it is called.</param>
/// <param name="Hw">The board that it is for.</param>
/// <param name="Seq">Its place among the releases for that board.</param>
/// <param name="Size">Length of the image, bytes.</param>
/// <param name="Sha256">SHA-256 of the image, 64 hex digits.</param>
/// <param name="NativeChecksum">Checksum of the native methods that it needs, hex.</param>
/// <param name="IsSigned">Whether the server has its signed manifest.</param>
/// <param name="Notes">What is new.</param>
/// <param name="UploadedAt">When it came.</param>
/// <param name="Patches">The ways to it; only when one release is asked for.</param>
internal sealed record BuildRow(
    long Id, string Version, string Hw, int Seq, int Size, string Sha256, string NativeChecksum, bool IsSigned, string? Notes,
    DateTimeOffset UploadedAt, PatchRow[]? Patches);
