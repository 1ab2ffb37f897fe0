namespace JamBox.Backend.Ota;

/// <summary>A patch of ours, without its bytes.</summary>
/// <param name="Id">Its row; what devices name.</param>
/// <param name="FirmwareId">The build that it makes.</param>
/// <param name="BaseSha256">The image that it starts from; empty = the full image.</param>
/// <param name="BaseVersion">Version of that image; empty = the full image.</param>
/// <param name="Profile">L, H or E.</param>
/// <param name="State">One of <see cref="DeltaState"/>.</param>
/// <param name="Percent">How far its making is.</param>
/// <param name="Size">Bytes; null until it is made.</param>
/// <param name="Sha256">SHA-256 of the patch, 64 lower hex digits; null until it is made.</param>
/// <param name="ChunkCount">Chunks of 512 bytes; null until it is made.</param>
/// <param name="MadeMs">How long its making took.</param>
/// <param name="Error">Why it could not be made.</param>
internal sealed record Delta(
    long Id, long FirmwareId, string BaseSha256, string BaseVersion, string Profile, string State, int Percent,
    int? Size, string? Sha256, int? ChunkCount, long? MadeMs, string? Error)
{
    /// <summary>Whether it is the full image in a patch's clothes.</summary>
    public bool IsFull => BaseSha256.Length == 0;
}
