namespace JamBox.Bench.Images;

/// <summary>One assembly of a deployment image.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Version">Its version.</param>
/// <param name="NativeChecksum">Checksum over its native methods; 0 when it has none. The nanoCLR must have been built with the same.</param>
/// <param name="Offset">Where it begins in the image, bytes.</param>
/// <param name="Size">How long it is, bytes, padding not counted.</param>
internal sealed record ImageAssembly(string Name, Version Version, uint NativeChecksum, int Offset, int Size);
