using JamBox.Backend.Commands;

namespace JamBox.Backend.Readings;

/// <summary>What the storage says after a reading.</summary>
/// <param name="Duplicate">Whether the same reading was there before.</param>
/// <param name="ConfigVersion">The version that the device should run.</param>
/// <param name="Command">What it should do next, if anything.</param>
internal readonly record struct StoredReading(bool Duplicate, int ConfigVersion, PendingCommand? Command);
