using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Events;

/// <summary>Live events as server-sent events: see <see cref="EventStream"/>.</summary>
internal static class EventEndpoints
{
    /// <summary>Adds listening.</summary>
    public static void AddEvents(this IServiceCollection services)
    {
        services.AddSingleton<EventHub>();
        services.AddSingleton<ListenerSlots>();
        services.AddSingleton<LiveFeed>();
    }

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
    /// <param name="parts">What listening needs.</param>
    /// <param name="access">Ends the stream when the key or session no longer may hear it: within 5 s.</param>
    /// <param name="after">The id of the last event that was heard: what came since is told first. Nothing = from now on.</param>
    internal static Results<ServerSentEventsResult<string>, ProblemHttpResult> Listen(
        HttpContext http, [AsParameters] EventParts parts, AccessWatch access, string? after)
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

        Caller caller = Caller.Of(http);
        if (parts.Slots.TryTake(caller.Principal, caller.MayEverywhere(Role.Admin)) is not { } slot)
        {
            return AdminProblem.Of(StatusCodes.Status503ServiceUnavailable, "Too many listeners: close one, or try again later");
        }

        http.Response.RegisterForDispose(slot);
        CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(parts.Lifetime.ApplicationStopping, slot.Ended);
        http.Response.RegisterForDispose(ended);

        // nginx gathers what comes slowly, unless it is told not to: then nothing would be heard at all.
        http.Response.Headers["X-Accel-Buffering"] = "no";
        EventStream stream = new(parts.Hub, parts.Store, parts.Clock, caller.Scope, Hears(caller), () => access.StillHoldsAsync(http));
        return TypedResults.ServerSentEvents(stream.ListenAsync(position, ended.Token, http.RequestAborted));
    }

    /// <summary>Whether a caller hears what happens at a place (null = nowhere).</summary>
    public static Func<long?, bool> Hears(Caller caller) => caller.MayEverywhere(caller.Asked)
        ? static _ => true
        : place => place is { } id && caller.MayAt(caller.Asked, id);
}

/// <summary>What listening needs.</summary>
/// <param name="Hub">Looks into the storage for all listeners.</param>
/// <param name="Slots">Places for listeners.</param>
/// <param name="Store">The storage.</param>
/// <param name="Clock">The clock.</param>
/// <param name="Lifetime">Ends the streams with the server.</param>
internal sealed record EventParts(EventHub Hub, ListenerSlots Slots, Store Store, TimeProvider Clock, IHostApplicationLifetime Lifetime);
