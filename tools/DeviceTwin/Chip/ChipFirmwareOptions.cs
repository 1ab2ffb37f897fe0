using JamBox.Twin.Modem;

namespace JamBox.Twin.Chip;

/// <summary>The world around a simulated chip that runs the firmware in its flash.</summary>
internal sealed record ChipFirmwareOptions
{
    /// <summary>Gets where the host that the identity names really is; <c>null</c> = it cannot be reached.</summary>
    public Uri? Backend { get; init; }

    /// <summary>Gets how the modem behaves.</summary>
    public ModemOptions Modem { get; init; } = new();

    /// <summary>
    /// Gets how much faster than real time the modem comes up; from the first request that is answered on it is real time. Infinite = as
    /// fast as it goes.
    /// </summary>
    public double Speed { get; init; } = double.PositiveInfinity;

    /// <summary>Gets what everything random follows from.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>Gets how many people walk by, an hour on average.</summary>
    public double PeoplePerHour { get; init; } = 60;

    /// <summary>Gets the time of the world when the box boots.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
