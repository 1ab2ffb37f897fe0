using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Wire;

/// <summary>Bodies of admin and portal requests.</summary>
internal static class AdminBody
{
    /// <summary>Reads and checks a body.</summary>
    /// <param name="request">The request.</param>
    /// <param name="fields">What it may hold.</param>
    /// <returns>The body, and what is wrong with it, if anything.</returns>
    public static async ValueTask<(T Body, ProblemHttpResult? Problem)> ReadAsync<T>(HttpRequest request, FieldTable<T> fields)
        where T : new()
    {
        T target = new();
        DeviceAnswer? refusal = await RequestBody.ReadAsync(request).ConfigureAwait(false) is { } body ? fields.Parse(body, target) : DeviceAnswer.TooLarge;
        return (target, refusal is null ? null : AdminProblem.Of(refusal.Status, refusal.Error));
    }

    /// <summary>Describes the body for the OpenAPI document.</summary>
    public static RouteHandlerBuilder Takes<T>(this RouteHandlerBuilder endpoint)
        where T : notnull =>
        endpoint.Accepts<T>("application/json", "*/*")
            .ProducesProblem(StatusCodes.Status400BadRequest)
            .ProducesProblem(StatusCodes.Status413PayloadTooLarge);
}
