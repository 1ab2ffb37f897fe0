using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Wire;

/// <summary>Why the storage did not do what was asked; null wherever it stands = it was done.</summary>
/// <param name="Status">The HTTP status.</param>
/// <param name="Error">What is wrong, and what to do.</param>
internal sealed record Refusal(int Status, string Error)
{
    /// <summary>404.</summary>
    public static Refusal NotFound(string error) => new(StatusCodes.Status404NotFound, error);

    /// <summary>409: it would be possible in another state of things.</summary>
    public static Refusal Conflict(string error) => new(StatusCodes.Status409Conflict, error);

    /// <summary>As an answer.</summary>
    public ProblemHttpResult ToProblem() => AdminProblem.Of(Status, Error);
}
