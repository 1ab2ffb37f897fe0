namespace JamBox.Backend.Devices;

/// <summary>What the storage says about a device that has just spoken.</summary>
/// <param name="ConfigVersion">The version that it should run.</param>
/// <param name="HasCommands">Whether its queue may hold something.</param>
/// <param name="IsAnomalous">Whether it is flagged already.</param>
/// <param name="LiveAtMost">Live readings of the last 60 s at most: those of this and the last whole minute.</param>
internal readonly record struct TouchedDevice(int ConfigVersion, bool HasCommands, bool IsAnomalous, int LiveAtMost);
