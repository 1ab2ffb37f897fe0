using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.Security;

/// <summary>Lets requests through that bear a key of sufficient role.</summary>
internal static class AdminGate
{
    /// <summary>A group of endpoints under <c>/api</c> that ask for a key.</summary>
    /// <param name="routes">Where it is mapped.</param>
    /// <param name="role">The least role.</param>
    public static RouteGroupBuilder MapFor(this IEndpointRouteBuilder routes, Role role)
    {
        RouteGroupBuilder group = routes.MapGroup("/api");
        group.AddEndpointFilter((context, next) => FilterAsync(context, next, role));
        group.ProducesProblem(StatusCodes.Status401Unauthorized);
        group.ProducesProblem(StatusCodes.Status403Forbidden);
        group.ProducesProblem(StatusCodes.Status429TooManyRequests);
        return group;
    }

    private static ValueTask<object?> FilterAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next, Role role)
    {
        HttpContext http = context.HttpContext;
        return Refuse(http, role) is { } refusal ? ValueTask.FromResult<object?>(refusal) : next(context);
    }

    private static ProblemHttpResult? Refuse(HttpContext http, Role role)
    {
        RateLimits limits = http.RequestServices.GetRequiredService<RateLimits>();
        Caller? caller = Token.HashOfRequest(http.Request) is { } hash ? http.RequestServices.GetRequiredService<ApiKeys>().Find(hash) : null;
        http.Response.Headers.CacheControl = "no-store";
        if (caller is null)
        {
            if (limits.TakeFailure(http) is { } wait)
            {
                return TooMany(http, wait);
            }

            http.Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
            string error = http.Request.Headers.ContainsKey(HeaderNames.Authorization) ? "Invalid admin key" : "Missing Authorization header";
            return AdminProblem.Of(StatusCodes.Status401Unauthorized, error);
        }

        if (limits.TakeAdmin(caller.Name) is { } seconds)
        {
            return TooMany(http, seconds);
        }

        // What an admin does concerns all places: a key for some of them cannot do it.
        if (caller.Role < role || (role == Role.Admin && caller.Places is not null))
        {
            return AdminProblem.Of(StatusCodes.Status403Forbidden, $"This key is a {caller.Role.ToString().ToLowerInvariant()}'s: it may not do that");
        }

        http.Features.Set(caller);
        return null;
    }

    private static ProblemHttpResult TooMany(HttpContext http, int seconds)
    {
        http.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
        return AdminProblem.Of(StatusCodes.Status429TooManyRequests, "Rate limit exceeded: wait as Retry-After says");
    }
}
