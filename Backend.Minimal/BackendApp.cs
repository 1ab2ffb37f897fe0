using JamBox.Backend.Builds;
using JamBox.Backend.Commands;
using JamBox.Backend.Config;
using JamBox.Backend.Demo;
using JamBox.Backend.Deployments;
using JamBox.Backend.Devices;
using JamBox.Backend.Events;
using JamBox.Backend.Firmware;
using JamBox.Backend.Geolocation;
using JamBox.Backend.Insights;
using JamBox.Backend.Manufacturing;
using JamBox.Backend.Mqtt;
using JamBox.Backend.Mqtt.Embedded;
using JamBox.Backend.Notifications;
using JamBox.Backend.Observability;
using JamBox.Backend.OldFleet;
using JamBox.Backend.Operation;
using JamBox.Backend.Patches;
using JamBox.Backend.People;
using JamBox.Backend.Places;
using JamBox.Backend.Portal;
using JamBox.Backend.Readings;
using JamBox.Backend.Reports;
using JamBox.Backend.Rollouts;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Telemetry;
using JamBox.Backend.Things;
using JamBox.Backend.Timeline;
using JamBox.Backend.Traffic;
using JamBox.Backend.Trust;
using JamBox.Backend.Updates;
using JamBox.Backend.Wire;

using Microsoft.Extensions.DependencyInjection.Extensions;
using OpenTelemetry.Metrics;

namespace JamBox.Backend;

/// <summary>Builds the backend, for its own process and for others that host it (the device twin, the tests).</summary>
public static class BackendApp
{
    /// <summary>
    /// Builds the application: configuration checked, storage opened and migrated, admin key made at the first start, routes
    /// mapped. It does not listen until the caller starts it; disposing it drains what is being written and closes the storage.
    /// </summary>
    /// <param name="args">Command line, such as <c>--Urls=http://127.0.0.1:0</c> or <c>--Storage:Path=…</c>.</param>
    /// <param name="configure">
    /// Runs before anything is read or registered. A host that lives in virtual time registers its own
    /// <see cref="TimeProvider"/> (every stored and answered time, the <c>Date</c> header included, comes from it) and its own
    /// <see cref="ISecretSource"/> (every token comes from it), and sets configuration and logging.
    /// </param>
    /// <returns>The application, ready for <c>StartAsync</c>. With port 0 the real address is in <c>app.Urls</c> after the start.</returns>
    /// <exception cref="StartupException">A configuration value is unknown or invalid, or the storage cannot be opened.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        WebApplicationBuilder builder = ServiceDefaults.CreateBuilder(args);
        configure?.Invoke(builder);
        ServiceDefaults.CheckHost(builder.Configuration);
        AddServices(builder.Services, builder.Configuration);

        WebApplication app = builder.Build();
        try
        {
            ServiceDefaults.Check(app);
            Prepare(app);
        }
        catch
        {
            ((IDisposable)app).Dispose();
            throw;
        }

        // Said one by one: the framework would put them before ours, whose answers then lacked the date, and more.
        app.UseKnownProxies();
        app.UseMiddleware<AnswerMacMiddleware>();
        app.UseMiddleware<WireMiddleware>();
        app.UseMiddleware<ReadingMiddleware>();
        app.UseMiddleware<TelemetryMiddleware>();
        app.UseRoutingWithHead();
        app.UseOrigin();
        app.UseWsTickets();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseMiddleware<QueryMiddleware>();
        app.UseMiddleware<StorageGate>();
        MapRoutes(app);
        return app;
    }

    private static void AddServices(IServiceCollection services, IConfiguration configuration)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddWire();
        services.AddStorage();
        services.AddSecurity();
        services.AddReadings();
        services.AddDevices();
        services.AddPlaces();
        services.AddDemo();
        services.AddPeople();
        services.AddConfig();
        services.AddCommands();
        services.AddBuilds();
        services.AddPatches();
        services.AddUpdates();
        services.AddTrust();
        services.AddFirmware();
        services.AddManufacturing();
        services.AddThings();
        services.AddDeployments();
        services.AddDeploymentNotices();
        services.AddMqtt(configuration);
        services.AddOldFleet();
        services.AddGeolocation();
        services.AddInsights();
        services.AddNotifications();
        services.AddReports();
        services.AddEvents();
        services.AddTelemetry();
        services.AddOperation();
        services.AddObservability(configuration);
        services.AddTraffic();
        services.AddTimeline();
        services.AddRollouts();
        services.AddPortal();
        services.AddOpenApiDocument();
    }

    private static void MapRoutes(WebApplication app)
    {
        app.MapReadings();
        app.MapCompact();
        app.MapDevices();
        app.MapPlaces();
        app.MapDemo();
        app.MapPeople();
        app.MapConfig();
        app.MapCommands();
        app.MapGeolocation();
        app.MapBuilds();
        app.MapPatches();
        app.MapUpdates();
        app.MapTrust();
        app.MapFirmware();
        app.MapManufacturing();
        app.MapThings();
        app.MapDeployments();
        app.MapDeploymentNotices();
        app.MapMqtt();
        app.MapOldFleet();
        app.MapRollouts();
        app.MapInsights();
        app.MapNotifications();
        app.MapReports();
        app.MapEvents();
        app.MapTelemetry();
        app.MapSecurity();
        app.MapOperation();
        app.MapTraffic();
        app.MapTimeline();
        app.MapObservability();
        app.MapPortal();
        app.MapOpenApiDocument();
        app.MapApiReference();
    }

    /// <summary>What must be right before the first request, done now so that a failure stops the start.</summary>
    private static void Prepare(WebApplication app)
    {
        Store store = app.Services.GetRequiredService<Store>();
        ScratchFolder.Sweep(app.Services.GetRequiredService<TemporaryFolder>().Path);
        app.Logger.LogInformation("Storage: {Storage}, schema {Schema}", store.Target.Name, store.SchemaNumber);
        BackendMetrics metrics = app.Services.GetRequiredService<BackendMetrics>();
        store.Measure(metrics);
        ReadingEndpoints.Defer(store, app.Logger);
        metrics.Observe(store, app.Services.GetRequiredService<TimeProvider>(), app.Services.GetServices<IRetryQueue>());
        metrics.Observe(app.Services.GetService<EmbeddedBroker>());
        app.Services.GetRequiredService<MeterProvider>();
        metrics.ShowZeros();
        app.Services.GetRequiredService<TopicMap>();
        app.Services.GetRequiredService<ApiKeys>();
        app.Services.GetRequiredService<ProtectionKeys>().Prepare();
    }
}
