using JamBox.Backend.Mqtt;
using JamBox.Backend.Mqtt.Handling;
using JamBox.Backend.Operation;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Deployments;

/// <summary>
/// Every 10 s, and at once when somebody has published: says at each topic what its gateways are to run, retained, so that those who come
/// later hear it too. What stands in the storage is what is to stand at the broker: after a restart, or when the broker was away, all of it
/// is said again, and what is no more to stand there is taken away.
/// </summary>
internal sealed class DeploymentNews : IJob, IDisposable
{
    private readonly Store _store;
    private readonly TopicMap _topics;
    private readonly MqttPublishers _publishers;
    private readonly PackageFolder _folder;
    private readonly ILogger<DeploymentNews> _logger;
    private readonly Dictionary<string, long> _told = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile bool _mustTellAgain = true;
    private int _isWoken;

    /// <summary>Makes the job.</summary>
    public DeploymentNews(
        Store store, TopicMap topics, MqttPublishers publishers, PackageFolder folder, ILogger<DeploymentNews> logger)
    {
        _store = store;
        _topics = topics;
        _publishers = publishers;
        _folder = folder;
        _logger = logger;
        publishers.Reached += OnReached;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromSeconds(10);

    /// <summary>Has gateways told soon: something was published, or taken back. Nobody waits for it.</summary>
    public void Wake()
    {
        if (_publishers.IsAny && _topics.DeploymentRoot is not null && Interlocked.Exchange(ref _isWoken, 1) == 0)
        {
            _ = TellSoonAsync();
        }
    }

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (!_publishers.IsAny || _topics.DeploymentRoot is not { } root)
        {
            return;
        }

        await _turn.WaitAsync(stopping).ConfigureAwait(false);
        try
        {
            if (_mustTellAgain)
            {
                // What the broker kept may be gone with it.
                _mustTellAgain = false;
                _told.Clear();
            }

            // The newest first: a gateway that hears its own notice first does not begin with the older one for all.
            List<(string Gateway, DeploymentNotice? Notice)> topics =
                await _store.ReadAsync(0, DeploymentNotices.Topics).ConfigureAwait(false);
            HashSet<string> known = new(topics.Select(static one => one.Gateway), StringComparer.Ordinal);
            topics.AddRange(
                _told.Keys.Where(gateway => !known.Contains(gateway)).Select(static gateway => (gateway, (DeploymentNotice?)null)));
            Dictionary<string, bool> files = new(StringComparer.Ordinal);
            foreach ((string gateway, DeploymentNotice? said) in topics)
            {
                // Of what cannot be fetched nobody is told: after a restore the folder of packages may come later, or never.
                DeploymentNotice? notice = said is not null && HasFile(files, said.Package) ? said : null;
                long at = notice?.At ?? 0;
                if ((!_told.TryGetValue(gateway, out long told) || told != at)
                    && await TellAsync(root, gateway, notice, stopping).ConfigureAwait(false))
                {
                    _told[gateway] = at;
                }
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _publishers.Reached -= OnReached;
        _turn.Dispose();
    }

    private bool HasFile(Dictionary<string, bool> known, Deployment package) =>
        known.TryGetValue(package.Id, out bool has) ? has : known[package.Id] = _folder.Has(package);

    private void OnReached(string? deviceId)
    {
        if (deviceId is null)
        {
            _mustTellAgain = true;
            Wake();
        }
    }

    private async Task TellSoonAsync()
    {
        // Off whoever wakes it.
        await Task.Yield();
        Volatile.Write(ref _isWoken, 0);
        try
        {
            await RunAsync(CancellationToken.None).ConfigureAwait(false);
        }
        catch (Exception away) when (away is StorageException or StorageBusyException)
        {
            _logger.LogWarning("MQTT: what gateways are to deploy could not be read; it is told in the next round");
        }
        catch (ObjectDisposedException)
        {
            // The process ends.
        }
    }

    private ValueTask<bool> TellAsync(string root, string gateway, DeploymentNotice? notice, CancellationToken stopping) =>
        _publishers.PublishAsync(
            TopicMap.Write(TopicKind.DeploymentNotice, root, null, gateway.Length == 0 ? null : gateway),
            notice is null ? ReadOnlyMemory<byte>.Empty : notice.ToJson(), retain: true, stopping);
}
