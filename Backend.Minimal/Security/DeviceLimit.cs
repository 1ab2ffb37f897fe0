using JamBox.Backend.Devices;

namespace JamBox.Backend.Security;

/// <summary>What of a device is limited; each has an allowance of its own.</summary>
internal enum DeviceLimit
{
    /// <summary>Readings and chunks: unlimited.</summary>
    None,

    /// <summary>Heartbeats.</summary>
    Heartbeat,

    /// <summary>Fetching the configuration.</summary>
    Config,

    /// <summary>Asking for an update.</summary>
    OtaCheck,

    /// <summary>Reporting an update's end.</summary>
    OtaComplete,

    /// <summary>Geolocation.</summary>
    Geolocation,
}
