using System.Text.Json.Serialization;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace JamBox.Backend.Wire;

/// <summary>Bodies of admin and portal requests.</summary>
internal static class AdminBody
{
    /// <summary>Reads and checks a body. A member that the fields do not know is refused by its name.</summary>
    /// <param name="request">The request.</param>
    /// <param name="fields">What it may hold.</param>
    /// <returns>The body, and what is wrong with it, if anything.</returns>
    public static async ValueTask<(T Body, ProblemHttpResult? Problem)> ReadAsync<T>(HttpRequest request, FieldTable<T> fields)
        where T : new()
    {
        T target = new();
        if (await RequestBody.ReadAsync(request).ConfigureAwait(false) is not { } body)
        {
            return (target, AdminProblem.Of(DeviceResponse.TooLarge.Status, DeviceResponse.TooLarge.Error));
        }

        return (target, fields.ParseStrict(body, target) is { } fault ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault) : null);
    }
}

/// <summary>Errors of admin and portal endpoints: problem details (RFC 9457) that also carry <c>error</c>, where old tools look.</summary>
internal static class AdminProblem
{
    /// <summary>Makes one.</summary>
    /// <param name="status">The HTTP status.</param>
    /// <param name="error">What is wrong, and what to do.</param>
    public static ProblemHttpResult Of(int status, string error) =>
        TypedResults.Problem(error, statusCode: status, extensions: new Dictionary<string, object?> { ["error"] = error });
}

/// <summary>Serializers of answers that every feature gives, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(ProblemDetails))]
[JsonSerializable(typeof(AckBody))]
[JsonSerializable(typeof(StatusBody))]
[JsonSerializable(typeof(ErrorBody))]
internal sealed partial class WireJson : JsonSerializerContext;
