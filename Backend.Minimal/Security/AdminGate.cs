using JamBox.Backend.Wire;

using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.Security;

/// <summary>Lets admin requests through that bear the admin key.</summary>
internal static class AdminGate
{
    /// <summary>A group of endpoints that ask for the admin key.</summary>
    public static RouteGroupBuilder MapAdmin(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/api");
        group.AddEndpointFilter(Filter);
        group.ProducesProblem(StatusCodes.Status401Unauthorized);
        return group;
    }

    private static ValueTask<object?> Filter(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        HttpContext http = context.HttpContext;
        if (http.RequestServices.GetRequiredService<AdminKey>().Opens(http.Request))
        {
            http.Response.Headers.CacheControl = "no-store";
            return next(context);
        }

        http.Response.Headers[HeaderNames.WWWAuthenticate] = "Bearer";
        string error = http.Request.Headers.ContainsKey(HeaderNames.Authorization) ? "Invalid admin key" : "Missing Authorization header";
        return ValueTask.FromResult<object?>(AdminProblem.Of(StatusCodes.Status401Unauthorized, error));
    }
}
