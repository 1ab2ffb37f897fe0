using JamBox.Backend.Firmware;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Mqtt.Handling;

/// <summary>
/// Updates over MQTT: who asks is told which version is meant for it, by the function that gives it out too; and what it says of its update
/// goes to the rules that words over HTTP go to. What came by the topics of one environment stays in it.
/// </summary>
internal sealed class UpdateTalk
{
    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly PlatformTable _platforms;
    private readonly ISecretSource _secrets;
    private readonly MqttPublishers _publishers;

    /// <summary>Makes it.</summary>
    public UpdateTalk(
        Store store, TimeProvider clock, PlatformTable platforms, ISecretSource secrets, MqttPublishers publishers)
    {
        _store = store;
        _clock = clock;
        _platforms = platforms;
        _secrets = secrets;
        _publishers = publishers;
    }

    private long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>Tells a device which version is meant for it.</summary>
    /// <param name="topic">Where it spoke.</param>
    /// <param name="device">The device.</param>
    /// <param name="word">What it says of itself.</param>
    /// <param name="onlyIfNewer">Whether nothing is said when it has that version, or is fetching one.</param>
    /// <returns>Why it cannot be told.</returns>
    public async Task<string?> OfferAsync(TopicMatch topic, DeviceIdentity device, VersionWord word, bool onlyIfNewer)
    {
        (string? product, string? board) = await _store.ReadAsync(device.DeviceId, LineOf, settled: false).ConfigureAwait(false);
        if ((word.Board ?? board) is not { } text || _platforms.Resolve(text) is not { } platform)
        {
            return onlyIfNewer ? null : "board: is no platform that is known";
        }

        if (onlyIfNewer && await _store.ReadAsync(device.DeviceId, UpdateSessionSql.IsAnyOpen, settled: false).ConfigureAwait(false))
        {
            return null;
        }

        FirmwareWish wish = new(platform, word.Product ?? product, topic.Environment ?? FirmwareText.Production, null, device);
        (Release? release, _) = await _store.WriteAsync((wish, _platforms, Now), FirmwareChoice.Ask).ConfigureAwait(false);
        string current = word.Version ?? "";
        bool isPinned = await _store.ReadAsync(device.DeviceId, IsPinned, settled: false).ConfigureAwait(false);
        bool isMeant = release is not null && IsMeant(release.Version, ReleaseVersion.Parse(current), isPinned);
        if (onlyIfNewer && !isMeant)
        {
            return null;
        }

        byte[] answer = MqttTexts.VersionResponse(new VersionAnswer(
            release?.Version.Text ?? current, current, isMeant, release?.Product ?? word.Product ?? product ?? "", platform.Name,
            UpdateSessionEndpoints.NewId(_secrets), isPinned));
        await _publishers.PublishAsync(
            TopicMap.Write(TopicKind.VersionResponse, topic.Prefix, topic.Environment, device.DeviceId), answer, retain: false)
            .ConfigureAwait(false);
        return null;
    }

    /// <summary>Takes what a device says of its update.</summary>
    /// <returns>Why it was not taken.</returns>
    public async Task<string?> TakeAsync(TopicMatch topic, string deviceId, ReadOnlyMemory<byte> payload)
    {
        if (OtaWord.Parse(payload, out string? fault) is not { } said)
        {
            return fault;
        }

        UpdateWord word = new(
            deviceId, said.SessionId, said.Product, said.Platform, said.OldVersion, said.NewVersion, topic.Environment);
        return topic.Kind switch
        {
            TopicKind.OtaStart => await StartAsync(word).ConfigureAwait(false),
            TopicKind.OtaProgress when said.Percent is null => "progress: must be 0 to 100",
            TopicKind.OtaProgress =>
                Known(await _store.WriteAsync((word, said.Percent.Value, Now), UpdateSessionSql.Progress).ConfigureAwait(false)),
            _ when said.IsSuccess is null => "status: must be success or failed",
            _ => Known(await _store.WriteAsync((word, said.IsSuccess.Value, said.Error, Now), UpdateSessionSql.Complete)
                .ConfigureAwait(false)),
        };
    }

    private async Task<string?> StartAsync(UpdateWord word) =>
        Known(await _store.WriteAsync((word, UpdateSessionEndpoints.NewId(_secrets), Now), UpdateSessionSql.Start).ConfigureAwait(false));

    private static string? Known(UpdateSession? session) => session is null ? "there is no such update" : null;

    /// <summary>Newer is meant; of one that is pinned whatever is not that version.</summary>
    private static bool IsMeant(ReleaseVersion release, ReleaseVersion? runs, bool isPinned) =>
        runs is null || (isPinned ? release.Key != runs.Key : release.IsAfter(runs));

    private static (string? Product, string? Platform) LineOf(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT product, platform FROM devices WHERE device_id = $1", deviceId);
        return row.Read() ? (row.TextOrNull(0), row.TextOrNull(1)) : (null, null);
    }

    private static bool IsPinned(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT 1 FROM ota_pins WHERE device_id = $1", deviceId);
        return row.Read();
    }
}

/// <summary>What a device says of its firmware; null = it did not.</summary>
/// <param name="Product">What it is for.</param>
/// <param name="Board">Its chip or board.</param>
/// <param name="Version">What it runs.</param>
internal sealed record VersionWord(string? Product, string? Board, string? Version);
