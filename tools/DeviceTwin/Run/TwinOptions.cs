using JamBox.Twin.Faults;
using JamBox.Twin.Radio;

namespace JamBox.Twin.Run;

/// <summary>What the command line asked for, checked.</summary>
internal sealed record TwinOptions
{
    /// <summary>How long people walk by, virtual hours. With captures: how long beyond them, 0.</summary>
    public double Hours { get; init; } = 24;

    /// <summary>What everything random follows from.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>People an hour, on average over the day.</summary>
    public double Crowd { get; init; } = 60;

    /// <summary>How many boxes run side by side.</summary>
    public int Devices { get; init; } = 1;

    /// <summary>Factor of real time; 0 = as fast as it goes.</summary>
    public double Speed { get; init; }

    /// <summary>Captures to replay instead of a crowd.</summary>
    public IReadOnlyList<string> Captures { get; init; } = [];

    /// <summary>Which frames the radio hears; <c>null</c> = all of a capture, what it is tuned to of a crowd.</summary>
    public RadioMode? Radio { get; init; }

    /// <summary>An outside backend; <c>null</c> = host one.</summary>
    public Uri? Backend { get; init; }

    /// <summary>The token for it.</summary>
    public string? Token { get; init; }

    /// <summary>The device id that the token belongs to.</summary>
    public string DeviceId { get; init; } = "JBNB0001";

    /// <summary>Where every AT byte is written.</summary>
    public string? Transcript { get; init; }

    /// <summary>Where database and logs are kept.</summary>
    public string? Keep { get; init; }

    /// <summary>Where the summary is written as JSON.</summary>
    public string? Summary { get; init; }

    /// <summary>Whether the backend goes on after the summary, until Ctrl+C.</summary>
    public bool Serve { get; init; }

    /// <summary>Whether the board's own program runs, with its adapters, on stand-ins of the hardware; in real time.</summary>
    public bool Board { get; init; }

    /// <summary>What goes wrong; <c>null</c> = nothing, and the invariants are not checked.</summary>
    public FaultProfile? Faults { get; init; }

    /// <summary>The operation on flash or store in which power goes; 0 = none.</summary>
    public int PowerLossAt { get; init; }

    /// <summary>Whether an outside backend sets the pace: then nothing is virtual.</summary>
    public bool IsRealTime => Backend != null;
}
