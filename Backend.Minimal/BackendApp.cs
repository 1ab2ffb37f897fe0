using JamBox.Backend.Builds;
using JamBox.Backend.Commands;
using JamBox.Backend.Config;
using JamBox.Backend.Devices;
using JamBox.Backend.Events;
using JamBox.Backend.Geolocation;
using JamBox.Backend.Insights;
using JamBox.Backend.Notifications;
using JamBox.Backend.OldFleet;
using JamBox.Backend.Operation;
using JamBox.Backend.Patches;
using JamBox.Backend.Portal;
using JamBox.Backend.Readings;
using JamBox.Backend.Rollouts;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;
using JamBox.Backend.Wire;

using Microsoft.Extensions.DependencyInjection.Extensions;

namespace JamBox.Backend;

/// <summary>Builds the backend, for its own process and for others that host it (the device twin, the tests).</summary>
public static class BackendApp
{
    /// <summary>Seconds that a sender may pause in mid-request: narrowband is slow, so Kestrel's 5 would cut good devices off.</summary>
    private const int SlowSenderGraceSeconds = 60;

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
    /// <exception cref="StartException">A configuration value is unknown or invalid, or the storage cannot be opened.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        WebApplicationBuilder builder = CreateBuilder(args);
        configure?.Invoke(builder);
        Settings settings = Settings.Read(builder.Configuration, builder.Environment.ContentRootPath);
        AddServices(builder.Services, settings);

        WebApplication app = builder.Build();
        Prepare(app, settings);
        app.UseMiddleware<WireMiddleware>();
        app.MapReadings();
        app.MapDevices();
        app.MapHeartbeats();
        app.MapConfig();
        app.MapCommands();
        app.MapGeolocation();
        app.MapBuilds();
        app.MapUpdates();
        app.MapOldFleet();
        app.MapRollouts();
        app.MapInsights();
        app.MapNotifications();
        app.MapEvents();
        app.MapMaintenance();
        app.MapSecurity();
        app.MapHealth();
        app.MapPortal();
        app.MapOpenApi();
        return app;
    }

    private static WebApplicationBuilder CreateBuilder(string[] args)
    {
        WebApplicationBuilder builder;
        try
        {
            // The name is ours even in another process: it is part of what the OpenAPI document is made from.
            builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ApplicationName = typeof(BackendApp).Assembly.GetName().Name });
        }
        catch (InvalidDataException broken)
        {
            throw new StartException("appsettings.json", (broken.InnerException ?? broken).Message);
        }

        // Lowest in rank, so that every other source may say otherwise.
        builder.Configuration.Sources.Insert(0, new Microsoft.Extensions.Configuration.Memory.MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?> { ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning" },
        });
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBody.MaxBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = 8 * 1024;
            kestrel.Limits.MaxRequestHeaderCount = 32;
            kestrel.Limits.MaxRequestLineSize = 4 * 1024;
            kestrel.Limits.MaxConcurrentConnections = 10_000;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(SlowSenderGraceSeconds);
            kestrel.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 20, TimeSpan.FromSeconds(SlowSenderGraceSeconds));
        });
        return builder;
    }

    private static void AddServices(IServiceCollection services, Settings settings)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<ISecretSource, SystemSecretSource>();
        services.AddSingleton(provider => Store.Open(settings.Storage, provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => ApiKeys.Load(settings.AdminKey, provider));
        services.AddSingleton(settings);
        services.AddSingleton(settings.RateLimits);
        services.AddSingleton<RateLimits>();
        services.AddSingleton<DeviceGate>();
        services.AddSingleton<OldPatchCache>();
        services.AddSingleton(settings.Ota);
        services.AddSingleton<PatchCache>();
        services.AddSingleton<UpdateDownloads>();
        services.TryAddSingleton<IReleaseSource, RolloutReleases>();
        services.AddSingleton<IJob, PatchJob>();
        services.AddSingleton(settings.Geolocation);
        services.TryAddSingleton<IGeolocationProvider, GoogleGeolocation>();
        services.AddSingleton<IJob, GeolocationJob>();
        services.AddSingleton(settings.Alerts);
        services.AddSingleton<IAlertSender, LogSender>();
        services.AddSingleton<IAlertSender, WebhookSender>();
        services.AddSingleton<IAlertSender, SmtpSender>();
        services.AddSingleton<IJob, AlertJob>();
        services.AddSingleton<IJob, DeliveryJob>();
        services.AddSingleton<IJob, RetentionJob>();
        services.AddSingleton<IJob, RolloutJob>();
        services.AddSingleton(settings.Retention);
        services.AddSingleton<BackendMetrics>();
        services.AddSingleton<MetricsText>();
        services.AddSingleton<JobRunner>();
        services.AddHostedService(static provider => provider.GetRequiredService<JobRunner>());
        services.ConfigureHttpJsonOptions(static options =>
        {
            options.SerializerOptions.TypeInfoResolverChain.Insert(0, BackendJson.Default);
            // ASP.NET's own writes < and > as they are; escaped, even JSON that somebody puts into a page is no script.
            options.SerializerOptions.Encoder = System.Text.Encodings.Web.JavaScriptEncoder.Default;
        });
        services.AddOpenApi("v1", OpenApiTitle.Apply);
    }

    /// <summary>What must be right before the first request, done now so that a failure stops the start.</summary>
    private static void Prepare(WebApplication app, Settings settings)
    {
        Store store = app.Services.GetRequiredService<Store>();
        app.Logger.LogInformation("Storage: {Storage}, schema {Schema}", settings.Storage.Name, store.SchemaNumber);
        store.Measure(app.Services.GetRequiredService<BackendMetrics>());
        app.Services.GetRequiredService<MetricsText>();
        app.Services.GetRequiredService<ApiKeys>();
    }
}
