using System.Globalization;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Operation;

/// <summary>Work that failed too often, for operators: they see it, and retry it or drop it.</summary>
internal static class DeadLetterEndpoints
{
    /// <summary>The route table.</summary>
    public static void MapDeadLetters(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder operators = routes.MapFor(Role.Operator);
        operators.WithTags("Operation");
        operators.MapGet("/dead-letters", ListDeadLetters).WithName("ListDeadLetters")
            .TakesPage(new TextParameter("queue", "Only those of this queue.") { Example = "geolocation" })
            .Refuses(StatusCodes.Status404NotFound);
        NumberParameter id = new("id", 1, long.MaxValue, "Number of the dead letter.");
        operators.MapPost("/dead-letters/{id}/retry", Retry).WithName("RetryDeadLetter")
            .TakesPath(id).Refuses(StatusCodes.Status404NotFound);
        operators.MapDelete("/dead-letters/{id}", Drop).WithName("DropDeadLetter")
            .TakesPath(id).Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>Lists work that failed too often, newest first. The Link header (rel=next) leads to older ones.</summary>
    /// <param name="http">The request.</param>
    /// <param name="store">The storage.</param>
    /// <param name="queues">Those that there are.</param>
    /// <param name="queue">Only those of this queue.</param>
    /// <param name="limit">Rows at most: 1 to 1,000, 100 unless said.</param>
    /// <param name="cursor">From the Link header.</param>
    internal static async Task<Results<Ok<List<DeadLetter>>, ProblemHttpResult>> ListDeadLetters(
        HttpContext http, Store store, IEnumerable<IRetryQueue> queues, string? queue, string? limit, string? cursor)
    {
        if (!PageRequest.TryRead(limit, cursor, out PageRequest page) || !page.TryNumber(out long before))
        {
            return PageRequest.Problem;
        }

        string? wanted = string.IsNullOrEmpty(queue) ? null : queue;
        string[] names = [.. queues.Select(static known => known.Queue).Order(StringComparer.Ordinal)];
        if (wanted is not null && !names.Contains(wanted))
        {
            return AdminProblem.Of(StatusCodes.Status404NotFound, $"No such queue; there are {string.Join(", ", names)}");
        }

        List<DeadLetter> rows = await store.ReadAsync(
            (before, page.Limit + 1, wanted, Caller.Of(http).Scope), DeadLetterSql.List).ConfigureAwait(false);
        page.Finish(http, rows, static row => row.Id.ToString(CultureInfo.InvariantCulture));
        return TypedResults.Ok(rows);
    }

    /// <summary>Makes dead work due again, with all its attempts.</summary>
    internal static Task<Results<NoContent, ProblemHttpResult>> Retry(
        HttpContext http, string id, Store store, IEnumerable<IRetryQueue> queues, TimeProvider clock) =>
        EndAsync(http, id, store, queues, clock, again: true);

    /// <summary>Forgets dead work.</summary>
    internal static Task<Results<NoContent, ProblemHttpResult>> Drop(
        HttpContext http, string id, Store store, IEnumerable<IRetryQueue> queues, TimeProvider clock) =>
        EndAsync(http, id, store, queues, clock, again: false);

    private static async Task<Results<NoContent, ProblemHttpResult>> EndAsync(
        HttpContext http, string id, Store store, IEnumerable<IRetryQueue> queues, TimeProvider clock, bool again)
    {
        Caller caller = Caller.Of(http);
        IReadOnlyList<IRetryQueue> all = [.. queues];
        return long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            && await store.WriteAsync(
                (all, number, again, caller.Name, caller.Scope, clock.GetUtcNow().ToUnixTimeMilliseconds()), DeadLetterSql.End)
                .ConfigureAwait(false)
            ? TypedResults.NoContent()
            : AdminProblem.Of(StatusCodes.Status404NotFound, "No such dead letter");
    }
}
