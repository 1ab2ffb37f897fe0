namespace JamBox.Backend.Ota;

/// <summary>A patch as it is offered.</summary>
/// <param name="Id">Its row; a new upload gets a new one.</param>
/// <param name="To">The version that it leads to.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Chunks">Chunks of 512 bytes.</param>
/// <param name="Sha256">SHA-256, hex.</param>
internal sealed record Patch(long Id, string To, int Size, int Chunks, string Sha256);
