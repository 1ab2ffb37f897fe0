namespace JamBox.Backend.Ota;

/// <summary>An assembly in a deployment image.</summary>
/// <param name="Name">Its name; <c>#813</c> when that stands in nanoCLR's own table, at that place.</param>
/// <param name="NativeChecksum">Checksum of its native methods; 0 = it has none. It must equal that of the nanoCLR it runs in.</param>
public readonly record struct ImageAssembly(string Name, uint NativeChecksum);
