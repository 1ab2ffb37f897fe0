using System.Globalization;
using System.Text;
using System.Text.Json.Serialization;

using JamBox.Backend.Devices;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

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
        services.AddSingleton<BackendMetrics>();
        services.AddSingleton<MetricsText>();
        services.AddSingleton<IJob, RetentionJob>();
        services.AddSingleton<JobRunner>();
        services.AddHostedService(static provider => provider.GetRequiredService<JobRunner>());
    }

    /// <summary>The route table.</summary>
    public static void MapOperation(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/health", GetHealth).WithName("GetHealth").WithTags("Operation");
        routes.MapGet("/ready", GetReady).WithName("GetReady").WithTags("Operation").ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        routes.MapGet("/metrics", GetMetrics).WithName("GetMetrics").WithTags("Operation").Produces(StatusCodes.Status200OK, contentType: "text/plain");
        routes.MapMaintenance();
    }

    /// <summary>Says that the process answers. It does not look at the storage.</summary>
    internal static Ok<Health> GetHealth() => TypedResults.Ok(s_health);

    /// <summary>Says that the storage answers.</summary>
    internal static Results<Ok<Health>, ProblemHttpResult> GetReady(Store store)
    {
        try
        {
            store.Read(0, static (session, _) =>
            {
                using SqlStatement row = session.Query("SELECT 1");
                return row.Read();
            });
            return TypedResults.Ok(s_ready);
        }
        catch (StorageException)
        {
            return AdminProblem.Of(StatusCodes.Status503ServiceUnavailable, "The storage does not answer");
        }
    }

    /// <summary>The numbers, as Prometheus text.</summary>
    internal static ContentHttpResult GetMetrics(Store store, MetricsText metrics, TimeProvider clock)
    {
        StringBuilder text = new();
        metrics.Write(text);
        text.Append(CultureInfo.InvariantCulture, $"# TYPE jambox_write_queue_depth gauge\njambox_write_queue_depth {store.QueueDepth}\n");
        text.Append("# TYPE jambox_devices gauge\n");
        foreach ((string state, int count) in store.Read(clock.GetUtcNow().ToUnixTimeMilliseconds(), ByState))
        {
            text.Append(CultureInfo.InvariantCulture, $"jambox_devices{{state=\"{state}\"}} {count}\n");
        }

        return TypedResults.Text(text.ToString(), "text/plain; version=0.0.4");
    }

    private static SortedDictionary<string, int> ByState(SqlSession session, long now)
    {
        SortedDictionary<string, int> states = new(StringComparer.Ordinal) { ["new"] = 0, ["offline"] = 0, ["online"] = 0, ["warning"] = 0 };
        using SqlStatement row = session.Query("SELECT last_seen_at, report_interval_ms FROM devices");
        while (row.Read())
        {
            states[DeviceState.Of(row.Int64OrNull(0), row.Int32(1), now)]++;
        }

        return states;
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
internal sealed partial class OperationJson : JsonSerializerContext;
