namespace JamBox.Backend.Readings;

/// <summary>What the storage says after a reading.</summary>
/// <param name="Duplicate">Whether the same reading was there before.</param>
/// <param name="ConfigVersion">The version that the device should run.</param>
internal readonly record struct StoredReading(bool Duplicate, int ConfigVersion);
