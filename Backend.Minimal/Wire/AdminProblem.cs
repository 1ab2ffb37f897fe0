using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Wire;

/// <summary>Errors of admin and portal endpoints: problem details (RFC 9457) that also carry <c>error</c>, where old tools look.</summary>
internal static class AdminProblem
{
    /// <summary>Makes one.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="error">What is wrong, and what to do.</param>
    public static ProblemHttpResult Of(int status, string error) =>
        TypedResults.Problem(error, statusCode: status, extensions: new Dictionary<string, object?> { ["error"] = error });
}
