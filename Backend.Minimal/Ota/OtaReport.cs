namespace JamBox.Backend.Ota;

/// <summary>What a device says of itself when it asks for an update.</summary>
/// <param name="DeviceId">The device, by its token.</param>
/// <param name="Hardware">Hardware id, such as <c>atoms3-nb1</c>.</param>
/// <param name="Version">The version that it runs.</param>
/// <param name="Base">SHA-256 of the image that it runs, the first 16 hex digits, lower case.</param>
/// <param name="Sequence">Sequence of that image.</param>
/// <param name="Profiles">The patch profiles that it can apply, such as <c>LHE</c>.</param>
internal sealed record OtaReport(string DeviceId, string Hardware, string Version, string Base, int Sequence, string Profiles);
