namespace JamBox.Bench.Server;

/// <summary>A box, as the fleet's list has it.</summary>
/// <param name="DeviceId">Its id.</param>
/// <param name="Life">Where it is in its life; <c>null</c> = not said.</param>
/// <param name="ConnectionStatus">online, warning, offline or never_seen.</param>
/// <param name="LastSeenAt">When it last spoke.</param>
/// <param name="FirmwareVersion">What it last said it runs.</param>
/// <param name="LocationName">Name of its place.</param>
/// <param name="RetiredAt">Since when it is no more.</param>
/// <param name="LastSignalDbm">Its last signal, dBm.</param>
internal sealed record BoxStateRow(
    string DeviceId, string? Life, string? ConnectionStatus, DateTimeOffset? LastSeenAt, string? FirmwareVersion, string? LocationName,
    DateTimeOffset? RetiredAt, int? LastSignalDbm);

/// <summary>A box in detail.</summary>
/// <param name="Device">The box.</param>
internal sealed record BoxStateDetail(BoxStateRow Device);
