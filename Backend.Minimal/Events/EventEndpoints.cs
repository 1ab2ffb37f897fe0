using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Events;

/// <summary>Live events as server-sent events: see <see cref="EventStream"/>.</summary>
internal static class EventEndpoints
{
    private const int MaxListeners = 64;

    private static int s_listeners;

    /// <summary>The route table.</summary>
    public static void MapEvents(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Events");
        viewers.MapGet("/events", Listen).WithName("ListenToEvents").TakesQuery(
            new TextParameter("after", "Id of the last event that was heard: what came since is told first.") { Example = "120-31-8" })
            .TakesHeaders(new TextParameter("Last-Event-ID", "The same as after: browsers send it."));
    }

    /// <summary>Streams events until the listener hangs up or the server stops.</summary>
    /// <param name="http">The request; its header <c>Last-Event-ID</c> says the same as <c>after</c>: browsers send it.</param>
    /// <param name="store">The storage.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="lifetime">Ends the stream with the server.</param>
    /// <param name="access">Ends the stream when the key or session no longer may hear it: within 5 s.</param>
    /// <param name="after">The id of the last event that was heard: what came since is told first. Nothing = from now on.</param>
    internal static Results<ServerSentEventsResult<string>, ProblemHttpResult> Listen(
        HttpContext http, Store store, TimeProvider clock, IHostApplicationLifetime lifetime, AccessWatch access, string? after)
    {
        string? heard = string.IsNullOrEmpty(after) ? http.Request.Headers["Last-Event-ID"].ToString() : after;
        EventPosition? position = null;
        if (heard.Length > 0)
        {
            if (!EventPosition.TryParse(heard, out EventPosition parsed))
            {
                return AdminProblem.Of(StatusCodes.Status400BadRequest, "after: must be the id of an event, such as 120-31-8");
            }

            position = parsed;
        }

        if (Interlocked.Increment(ref s_listeners) > MaxListeners)
        {
            Interlocked.Decrement(ref s_listeners);
            return AdminProblem.Of(StatusCodes.Status503ServiceUnavailable, "Too many listeners: try again later");
        }

        http.Response.RegisterForDispose(new Listener());
        EventStream stream = new(store, clock, Caller.Of(http).Scope, () => access.StillHoldsAsync(http));
        return TypedResults.ServerSentEvents(stream.ListenAsync(position, lifetime.ApplicationStopping, http.RequestAborted));
    }

    /// <summary>A place among the listeners; free again when the request is over, however it ends.</summary>
    private sealed class Listener : IDisposable
    {
        public void Dispose() => Interlocked.Decrement(ref s_listeners);
    }
}
