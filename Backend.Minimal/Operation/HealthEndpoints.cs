using System.Text.Json.Serialization;

using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace JamBox.Backend.Operation;

/// <summary>For whoever watches the process.</summary>
internal static class HealthEndpoints
{
    private static readonly Health s_health = new("jambox-nb", "ok", OpenApiTitle.Version);
    private static readonly Health s_ready = new("jambox-nb", "ready", OpenApiTitle.Version);

    /// <summary>Adds what keeps the process in order.</summary>
    public static void AddOperation(this IServiceCollection services)
    {
        services.AddFeatureOptions<RetentionOptions>(RetentionOptions.Section);
        services.AddJson(OperationJson.Default);
        services.AddSingleton<IJob, RetentionJob>();
        services.AddSingleton<JobRunner>();
        services.AddHostedService(static provider => provider.GetRequiredService<JobRunner>());
    }

    /// <summary>The route table.</summary>
    public static void MapOperation(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health", GetHealth).WithName("GetHealth").WithTags("Operation").ForAnybody();
        routes.MapGet("/ready", GetReady).WithName("GetReady").WithTags("Operation").ForAnybody().Refuses(
            StatusCodes.Status503ServiceUnavailable);
        routes.MapMaintenance();
        routes.MapDeadLetters();
    }

    /// <summary>Says that the process answers. It does not look at the storage.</summary>
    internal static Ok<Health> GetHealth() => TypedResults.Ok(s_health);

    /// <summary>Says that everything that a request needs answers: the storage.</summary>
    internal static async Task<Results<Ok<Health>, ProblemHttpResult>> GetReady(HealthCheckService checks, CancellationToken aborted)
    {
        HealthReport report = await checks.CheckHealthAsync(aborted).ConfigureAwait(false);
        string? fault = report.Entries.Values.Where(static entry => entry.Status != HealthStatus.Healthy)
            .Select(static entry => entry.Description).FirstOrDefault();
        return report.Status == HealthStatus.Healthy
            ? TypedResults.Ok(s_ready)
            : AdminProblem.Of(StatusCodes.Status503ServiceUnavailable, fault ?? "The backend is not ready");
    }
}

/// <summary>The answer of <c>GET /health</c>.</summary>
/// <param name="Service">Always jambox-nb.</param>
/// <param name="Status">Always ok: whoever answers is alive.</param>
/// <param name="Version">Version of the backend.</param>
internal sealed record Health(
    [property: JsonPropertyName("service")] string Service,
    [property: JsonPropertyName("status")] string Status,
    [property: JsonPropertyName("version")] string Version);

/// <summary>Serializers of health and maintenance, made when compiled: no reflection while running.</summary>
[JsonSerializable(typeof(Health))]
[JsonSerializable(typeof(MaintenanceResult))]
[JsonSerializable(typeof(List<DeadLetter>))]
internal sealed partial class OperationJson : JsonSerializerContext;
