using JamBox.Backend.Firmware;
using JamBox.Backend.Operation;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Mqtt.Handling;

/// <summary>
/// Every 10 s: says which release is new, retained, so that devices that come later hear it too. What a roll-out still holds back is not
/// said to all; its devices ask, and are told one by one.
/// </summary>
internal sealed class ReleaseNews : IJob
{
    /// <summary>Products with a platform and an environment, at most.</summary>
    private const int MaxLines = 500;

    private readonly Store _store;
    private readonly TopicMap _topics;
    private readonly MqttPublishers _publishers;
    private readonly Dictionary<string, long> _told = new(StringComparer.Ordinal);
    private volatile bool _mustTellAgain;

    /// <summary>Makes the job.</summary>
    public ReleaseNews(Store store, TopicMap topics, MqttPublishers publishers)
    {
        _store = store;
        _topics = topics;
        _publishers = publishers;
        publishers.Reached += deviceId => _mustTellAgain |= deviceId is null;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromSeconds(10);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (!_publishers.IsAny)
        {
            return;
        }

        if (_mustTellAgain)
        {
            // What the broker kept may be gone with it.
            _mustTellAgain = false;
            _told.Clear();
        }

        List<Release> releases = await _store.ReadAsync((MaxLines, true), FirmwareChoice.Newest).ConfigureAwait(false);

        // There is one such topic in an environment: the newest is told last, and stays.
        foreach (Release release in releases.OrderBy(static release => release.Id))
        {
            string line = $"{release.Product}/{release.Platform}/{release.Environment}";
            if (_told.GetValueOrDefault(line) != release.Id && await TellAsync(release, stopping).ConfigureAwait(false))
            {
                _told[line] = release.Id;
            }
        }
    }

    private async Task<bool> TellAsync(Release release, CancellationToken stopping)
    {
        bool isTold = false;
        byte[] text = MqttTexts.VersionUpdates(release.Product, release.Platform, release.Version.Text);
        foreach (string prefix in _topics.PrefixesOf(TopicKind.VersionUpdates))
        {
            isTold |= await _publishers.PublishAsync(
                TopicMap.Write(TopicKind.VersionUpdates, prefix, release.Environment, null), text, retain: true, stopping)
                .ConfigureAwait(false);
        }

        return isTold;
    }
}
