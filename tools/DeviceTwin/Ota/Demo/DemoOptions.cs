namespace JamBox.Twin.Ota.Demo;

/// <summary>How the demonstration of an update is to be.</summary>
internal sealed record DemoOptions
{
    /// <summary>Fewest boxes: the canary, the two with whom something is wrong, and one more.</summary>
    public const int FewestBoxes = CanaryBoxes + 3;

    /// <summary>Most boxes.</summary>
    public const int MostBoxes = 100;

    /// <summary>Boxes of the canary.</summary>
    public const int CanaryBoxes = 3;

    /// <summary>What everything else follows from.</summary>
    public long Seed { get; init; } = 1;

    /// <summary>How many boxes.</summary>
    public int Boxes { get; init; } = 33;

    /// <summary>About how long an image is, bytes.</summary>
    public int ImageBytes { get; init; } = 300 * 1024;

    /// <summary>How much of the new image is new: 1 as from release to release, 10 a lot.</summary>
    public double Churn { get; init; } = 3;

    /// <summary>Where database and logs are kept; <c>null</c> = the database in the folder for temporary files, no logs.</summary>
    public string? Keep { get; init; }

    /// <summary>Meddles with the database before it is checked, so that the checks themselves can be tested.</summary>
    public Action<string>? Ended { get; init; }
}
