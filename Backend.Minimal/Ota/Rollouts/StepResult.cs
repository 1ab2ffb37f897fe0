namespace JamBox.Backend.Ota.Rollouts;

/// <summary>What came of an operator's wish.</summary>
/// <param name="Status">0 = it is done; else the HTTP status of the refusal.</param>
/// <param name="Error">What is wrong, and what to do.</param>
internal readonly record struct StepResult(int Status, string Error)
{
    /// <summary>Done.</summary>
    public static StepResult Done => new(0, "");

    /// <summary>No such roll-out, or none of the caller's.</summary>
    public static StepResult Unknown => new(StatusCodes.Status404NotFound, "No such roll-out");

    /// <summary>Not in its present state.</summary>
    public static StepResult Conflict(string error) => new(StatusCodes.Status409Conflict, error);
}
