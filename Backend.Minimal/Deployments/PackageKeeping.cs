using System.Globalization;

using JamBox.Backend.Operation;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Deployments;

/// <summary>Which packages stay: the newest ones, and those that a gateway runs or is to run.</summary>
internal static class PackageKeeping
{
    /// <summary>Packages that go in one turn.</summary>
    private const int MaxPerTurn = 20;

    /// <summary>Packages that are looked at for that.</summary>
    private const int MaxLooked = 500;

    /// <summary>Packages that are named as what could go.</summary>
    private const int MaxNamed = 3;

    /// <summary>Who takes them away, in the audit log.</summary>
    private const string Who = "server";

    /// <summary>Removes a package.</summary>
    /// <returns>Why it stays; null = the storage knows it no more.</returns>
    public static Refusal? Remove(SqlSession session, (string Id, bool Force, string Who, long At) wanted)
    {
        if (!GatewayText.IsDeploymentId(wanted.Id) || DeploymentSql.Find(session, wanted.Id) is not { } deployment)
        {
            return GatewayText.NoDeployment;
        }

        // Whoever publishes it meanwhile waits.
        DeploymentNotices.Hold(session);
        if (!wanted.Force && DeploymentUse.Of(session, wanted.Id, wanted.At) is { } use)
        {
            return Refusal.Conflict($"{use}; ?force=true removes it all the same");
        }

        DeploymentRollouts.Withdraw(session, wanted.Id, wanted.Who, wanted.At);
        DeploymentSql.Remove(session, deployment, wanted.Who, wanted.At);
        return null;
    }

    /// <summary>Removes what is too old to be kept.</summary>
    /// <returns>The ids of what the storage knows no more.</returns>
    public static List<string> RemoveOld(SqlSession session, (int Keep, long Now) wanted)
    {
        List<Deployment> old = DeploymentSql.BehindNewest(session, (wanted.Keep, MaxLooked));
        if (old.Count == 0)
        {
            return [];
        }

        DeploymentNotices.Hold(session);
        HashSet<string> used = DeploymentUse.InUse(session);
        List<string> removed = [];
        foreach (Deployment deployment in old.Where(deployment => !used.Contains(deployment.Id)).Take(MaxPerTurn))
        {
            DeploymentRollouts.Withdraw(session, deployment.Id, Who, wanted.Now);
            DeploymentSql.Remove(session, deployment, Who, wanted.Now);
            removed.Add(deployment.Id);
        }

        return removed;
    }

    /// <summary>Says that there is no room for packages, and what to do.</summary>
    public static string TellFull(SqlSession session, long quotaBytes)
    {
        HashSet<string> used = DeploymentUse.InUse(session);
        string[] unused =
        [
            .. DeploymentSql.Oldest(session, MaxLooked).Where(deployment => !used.Contains(deployment.Id)).Take(MaxNamed).Select(
                static d => string.Create(
                    CultureInfo.InvariantCulture, $"{d.Id} (version {d.Version}, {Math.Max(1, d.Size / 1_048_576)} MB)")),
        ];
        string advice = unused.Length == 0
            ? "every package there is in use: raise Deployments:QuotaMB"
            : $"delete what nobody runs, such as {string.Join(", ", unused)}, or raise Deployments:QuotaMB";
        return string.Create(
            CultureInfo.InvariantCulture, $"The room for packages is full, {quotaBytes / 1_048_576} MB: {advice}");
    }
}

/// <summary>Removes old packages, and files that belong to none.</summary>
internal sealed class PackageJob : IJob
{
    private readonly Store _store;
    private readonly PackageFolder _folder;
    private readonly TimeProvider _clock;
    private readonly DeploymentsOptions _options;
    private readonly ILogger<PackageJob> _logger;

    /// <summary>Makes the job.</summary>
    public PackageJob(Store store, PackageFolder folder, TimeProvider clock, DeploymentsOptions options, ILogger<PackageJob> logger)
    {
        _store = store;
        _folder = folder;
        _clock = clock;
        _options = options;
        _logger = logger;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromMinutes(5);

    /// <inheritdoc/>
    public TimeSpan FirstAfter => TimeSpan.FromMinutes(1);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        bool isMore = _options.KeepNewest > 0;
        while (isMore && !stopping.IsCancellationRequested)
        {
            List<string> removed = await _store.WriteAsync(
                (_options.KeepNewest, _clock.GetUtcNow().ToUnixTimeMilliseconds()), PackageKeeping.RemoveOld).ConfigureAwait(false);
            removed.ForEach(_folder.Remove);
            isMore = removed.Count > 0;
        }

        int swept = await _folder.SweepAsync(id => _store.ReadAsync(id, DeploymentSql.Exists), _clock.GetUtcNow())
            .ConfigureAwait(false);
        if (swept > 0)
        {
            _logger.LogInformation("{Files} files of packages that nobody knows were removed from {Folder}", swept, _folder.Path);
        }
    }
}
