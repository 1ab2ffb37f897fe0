using System.Diagnostics;

using JamBox.Backend.Builds;
using JamBox.Backend.Operation;
using JamBox.Backend.Wire;

using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace JamBox.Backend.Observability;

/// <summary>
/// What the backend measures of itself: as text for Prometheus at <c>/metrics</c>, and to a collector when one is configured. Only then are
/// requests traced and timed too; without one, a device's request pays for its counters alone.
/// </summary>
internal static class ObservabilityEndpoints
{
    private const string ServiceName = "jambox-nb";

    /// <summary>Adds the measuring.</summary>
    /// <param name="services">The services.</param>
    /// <param name="configuration">Says whether there is a collector.</param>
    public static void AddObservability(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddFeatureOptions<ObservabilityOptions>(ObservabilityOptions.Section);
        services.AddSingleton<BackendMetrics>();
        services.AddOpenTelemetry()
            .ConfigureResource(static resource => resource.AddService(ServiceName, serviceVersion: OpenApiTitle.Version))
            .WithMetrics(static metrics => metrics.AddMeter(BackendMetrics.MeterName).AddPrometheusExporter(Keep));

        // Other hosts in this process have meters of the same name: their numbers are theirs.
        services.ConfigureOpenTelemetryMeterProvider(static (provider, metrics) =>
        {
            BackendMetrics own = provider.GetRequiredService<BackendMetrics>();
            metrics.AddView(instrument =>
                instrument.Meter.Name == BackendMetrics.MeterName && !own.Owns(instrument) ? MetricStreamConfiguration.Drop : null);
        });

        if (configuration[$"{ObservabilityOptions.Section}:{nameof(ObservabilityOptions.OtlpEndpoint)}"] is { Length: > 0 } text
            && Uri.TryCreate(text, UriKind.Absolute, out Uri? collector))
        {
            AddCollector(services, collector);
        }
    }

    /// <summary>The route table.</summary>
    public static void MapObservability(this IEndpointRouteBuilder routes)
    {
        ScrapeBudget budget = new();
        RequestDelegate scrape = routes.CreateApplicationBuilder().UseOpenTelemetryPrometheusScrapingEndpoint(static _ => true).Build();
        routes.MapGet("/metrics", (Delegate)(Func<HttpContext, Task>)(http => ScrapeAsync(http, scrape, budget))).WithName("GetMetrics")
            .WithTags("Observability")
            .ForAnybody()
            .WithSummary("Gives the numbers, as Prometheus text.").Produces<string>(StatusCodes.Status200OK, "text/plain")
            .Refuses(StatusCodes.Status503ServiceUnavailable);
    }

    private static Task ScrapeAsync(HttpContext http, RequestDelegate scrape, ScrapeBudget budget)
    {
        if (budget.TryTake())
        {
            return scrape(http);
        }

        http.Response.Headers.RetryAfter = "1";
        return AdminProblem.Of(StatusCodes.Status503ServiceUnavailable, "Too many ask for the numbers: once in some seconds is enough")
            .ExecuteAsync(http);
    }

    private static void AddCollector(IServiceCollection services, Uri collector)
    {
        services.AddOpenTelemetry()
            .WithMetrics(metrics => metrics.AddAspNetCoreInstrumentation()
                .AddOtlpExporter(options => Send(options, collector, "v1/metrics")))
            .WithTracing(traces => traces.AddAspNetCoreInstrumentation()
                .AddOtlpExporter(options => Send(options, collector, "v1/traces")));
    }

    private static void Send(OtlpExporterOptions options, Uri collector, string signal)
    {
        options.Protocol = OtlpExportProtocol.HttpProtobuf;
        options.Endpoint = new Uri($"{collector.AbsoluteUri.TrimEnd('/')}/{signal}");
    }

    /// <summary>Names and tags are as written here: dashboards know them.</summary>
    private static void Keep(PrometheusAspNetCoreOptions options)
    {
        options.DisableTotalNameSuffixForCounters = true;
        options.ScopeInfoEnabled = false;
        options.TargetInfoEnabled = false;
        options.ScrapeResponseCacheDurationMilliseconds = 0;
    }
}

/// <summary>
/// Anybody may ask for the numbers, and they cost two milliseconds of a processor: strangers get a tenth of one and no more.
/// </summary>
internal sealed class ScrapeBudget
{
    private const int PerSecond = 50;

    private readonly Lock _gate = new();
    private long _since = Stopwatch.GetTimestamp();
    private int _taken;

    /// <summary>Takes one of this second's; real time, whatever the backend's clock says.</summary>
    public bool TryTake()
    {
        lock (_gate)
        {
            if (Stopwatch.GetElapsedTime(_since) >= TimeSpan.FromSeconds(1))
            {
                (_since, _taken) = (Stopwatch.GetTimestamp(), 0);
            }

            return ++_taken <= PerSecond;
        }
    }
}

/// <summary><c>Observability:*</c>.</summary>
internal sealed class ObservabilityOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Observability";

    /// <summary>Address of a collector that takes OTLP over HTTP, such as <c>http://localhost:4318</c>; null = none.</summary>
    [WebAddress]
    public Uri? OtlpEndpoint { get; set; }
}
