namespace JamBox.Backend.Devices;

/// <summary>What one or several words of a device, readings or a heartbeat, say about the device itself. What is null was not said and changes nothing.</summary>
internal sealed class DeviceWord
{
    /// <summary>The device.</summary>
    public required string DeviceId { get; init; }

    /// <summary>When the last of them came, milliseconds since 1970.</summary>
    public long At { get; set; }

    /// <summary>Level of the cell, dBm.</summary>
    public int? SignalDbm { get; set; }

    /// <summary>Battery, per cent.</summary>
    public int? BatteryPct { get; set; }

    /// <summary>Firmware version.</summary>
    public string? FirmwareVersion { get; set; }

    /// <summary>Boot id.</summary>
    public long? BootId { get; set; }

    /// <summary>Version of the configuration in force.</summary>
    public int? ConfigVersion { get; set; }

    /// <summary>1 = the latest reading was DEGRADED.</summary>
    public int? Degraded { get; set; }

    /// <summary>Readings that were not duplicates.</summary>
    public int Readings { get; set; }

    /// <summary>Those of them that were live (<c>cd</c> = 0).</summary>
    public int Live { get; set; }

    /// <summary>Their sums: impressions, unique, apple, android, other.</summary>
    public long[] Totals { get; } = new long[5];
}
