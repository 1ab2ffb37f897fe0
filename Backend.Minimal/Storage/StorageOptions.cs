using JamBox.Backend.Operation;

using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace JamBox.Backend.Storage;

/// <summary><c>Storage:*</c>.</summary>
internal sealed class StorageOptions
{
    /// <summary>The section.</summary>
    public const string Section = "Storage";

    /// <summary><c>sqlite</c> (unless said) or <c>postgres</c>.</summary>
    public string Provider { get; set; } = "sqlite";

    /// <summary>The SQLite file; a relative path starts at the content root. <c>data/jambox.db</c> unless said.</summary>
    public string Path { get; set; } = System.IO.Path.Combine("data", "jambox.db");

    /// <summary>Connection string of PostgreSQL, as Npgsql reads it.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary>Where the data is.</summary>
    /// <param name="contentRoot">Relative paths start here.</param>
    /// <exception cref="StartupException">A value is invalid.</exception>
    public StorageTarget ToTarget(string contentRoot) =>
        Provider.ToUpperInvariant() switch
        {
            "SQLITE" => StorageTarget.File(ReadPath(Path, contentRoot)),
            "POSTGRES" => StorageTarget.Postgres(ConnectionString),
            _ => throw new StartupException("Storage:Provider", $"'{Provider}' is not known; use 'sqlite' or 'postgres'."),
        };

    private static string ReadPath(string path, string contentRoot)
    {
        if (string.IsNullOrWhiteSpace(path) || path[0] == ':' || path.Contains('\0', StringComparison.Ordinal))
        {
            throw new StartupException("Storage:Path", "must be the path of a file.");
        }

        string full = System.IO.Path.GetFullPath(path, contentRoot);
        if (Directory.Exists(full) || System.IO.Path.EndsInDirectorySeparator(full))
        {
            throw new StartupException("Storage:Path", $"'{full}' is a folder; it must be a file.");
        }

        return full;
    }
}

/// <summary>The storage has no endpoints of its own.</summary>
internal static class StorageServices
{
    /// <summary>Adds the storage.</summary>
    public static void AddStorage(this IServiceCollection services)
    {
        services.AddFeatureOptions<StorageOptions>(StorageOptions.Section);
        services.AddSingleton(static provider =>
            provider.GetRequiredService<StorageOptions>().ToTarget(provider.GetRequiredService<IHostEnvironment>().ContentRootPath));
        services.AddHealthChecks().AddCheck<StorageHealth>("storage");
        services.AddSingleton(static provider => Store.Open(
            provider.GetRequiredService<StorageTarget>(), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<Store>>()));
        services.AddSingleton<StorageTurns>();
        services.TryAddSingleton(TemporaryFolder.OfSystem);
    }
}

/// <summary>Healthy when the storage can be written to.</summary>
internal sealed class StorageHealth(Store store) : IHealthCheck
{
    /// <inheritdoc/>
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await store.TryWriteAsync().ConfigureAwait(false);
            return HealthCheckResult.Healthy();
        }
        catch (Exception fault) when (fault is StorageException or StorageBusyException)
        {
            // What is wrong exactly stands in the log: strangers may ask too.
            return HealthCheckResult.Unhealthy("The storage cannot be written to");
        }
    }
}
