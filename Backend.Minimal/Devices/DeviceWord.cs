namespace JamBox.Backend.Devices;

/// <summary>What any word of a device, reading or heartbeat, says about the device itself. What is null was not said and changes nothing.</summary>
/// <param name="DeviceId">The device.</param>
/// <param name="At">When it came, milliseconds since 1970.</param>
/// <param name="SignalDbm">Level of the cell, dBm.</param>
/// <param name="BatteryPct">Battery, per cent.</param>
/// <param name="FirmwareVersion">Firmware version.</param>
/// <param name="BootId">Boot id.</param>
/// <param name="ConfigVersion">Version of the configuration in force.</param>
internal readonly record struct DeviceWord(
    string DeviceId, long At, int? SignalDbm, int? BatteryPct, string? FirmwareVersion, long? BootId, int? ConfigVersion);
