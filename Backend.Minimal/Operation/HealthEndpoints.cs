using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Operation;

/// <summary>For whoever watches the process.</summary>
internal static class HealthEndpoints
{
    private static readonly Health s_health = new("jambox-nb", "ok", OpenApiTitle.Version);

    /// <summary>The route table.</summary>
    public static void MapHealth(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health", GetHealth).WithTags("Operation");
    }

    /// <summary>Says that the process answers. It does not look at the storage.</summary>
    internal static Ok<Health> GetHealth() => TypedResults.Ok(s_health);
}
