namespace JamBox.Backend.Devices;

/// <summary>A device that is about to be registered.</summary>
/// <param name="DeviceId">JBNB and 4 digits.</param>
/// <param name="TokenHash">SHA-256 of its token, hex.</param>
/// <param name="ProjectName">Project, if any.</param>
/// <param name="LocationName">Place, if any.</param>
/// <param name="Timezone">IANA id of the place's time zone.</param>
/// <param name="RegisteredAt">Milliseconds since 1970.</param>
/// <param name="Who">Name of the key.</param>
internal sealed record NewDevice(
    string DeviceId, string TokenHash, string? ProjectName, string? LocationName, string Timezone, long RegisteredAt, string Who);
