using System.Buffers;
using System.Text.Json;

using JamBox.Backend.Deployments;
using JamBox.Backend.Devices;
using JamBox.Backend.Firmware;
using JamBox.Backend.Mqtt.Boxes;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Telemetry;
using JamBox.Backend.Things;

namespace JamBox.Backend.Mqtt.Handling;

/// <summary>
/// Takes what devices send, whichever broker it came through, and hands it to the room that it is for. Returns after the commit.
/// </summary>
internal sealed class MessageHandler : IMqttMessageHandler
{
    private readonly MqttDevices _devices;
    private readonly TelemetryIntake _telemetry;
    private readonly ThingCalls _things;
    private readonly UpdateTalk _updates;
    private readonly DeviceOutbox _outbox;
    private readonly RepeatFilter _repeats;
    private readonly MqttRefusals _refusals;
    private readonly HomeAssistantStatus _homeAssistant;
    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly DeploymentNews _news;

    /// <summary>Makes it.</summary>
    public MessageHandler(
        MqttDevices devices, TelemetryIntake telemetry, ThingCalls things, UpdateTalk updates, DeviceOutbox outbox, RepeatFilter repeats,
        MqttRefusals refusals, HomeAssistantStatus homeAssistant, Store store, TimeProvider clock, DeploymentNews news)
    {
        _store = store;
        _clock = clock;
        _news = news;
        _devices = devices;
        _telemetry = telemetry;
        _things = things;
        _updates = updates;
        _outbox = outbox;
        _repeats = repeats;
        _refusals = refusals;
        _homeAssistant = homeAssistant;
    }

    /// <inheritdoc/>
    public async ValueTask HandleAsync(TopicMatch topic, MqttSender sender, MqttMessage message, CancellationToken cancel)
    {
        if (topic.Kind == TopicKind.HomeAssistantStatus)
        {
            await _homeAssistant.TakeAsync(message.Payload).ConfigureAwait(false);
            return;
        }

        if (topic.Kind == TopicKind.DeploymentStatus)
        {
            await TakeDeploymentAsync(topic, sender, message).ConfigureAwait(false);
            return;
        }

        string id = topic.DeviceId ?? MqttJson.Text(message.Payload, "device_id") ?? "";
        if (await _devices.FindAsync(sender, id).ConfigureAwait(false) is not { } device)
        {
            _refusals.Note(topic, id, "there is no such device, or it is another one's");
            return;
        }

        string name = $"{topic.Kind} {topic.Environment} {id} {topic.Rest}";
        string? fault = null;
        await _repeats.TakeOnceAsync(
            name, message, async () => fault = await TakeAsync(topic, device, message, cancel).ConfigureAwait(false)).ConfigureAwait(false);
        if (fault is not null)
        {
            _refusals.Note(topic, id, fault);
        }
    }

    /// <summary>
    /// A gateway speaks for itself; where the broker is outside, whose word it is says the topic, or else <c>device_id</c>.
    /// It knows its own repeats by their time.
    /// </summary>
    private async Task TakeDeploymentAsync(TopicMatch topic, MqttSender sender, MqttMessage message)
    {
        DeploymentWord? word = DeploymentWord.Parse(message.Payload, out string? fault);
        string id = topic.DeviceId ?? word?.Gateway ?? sender.Device?.DeviceId ?? "";
        if (word is not null)
        {
            fault = word.Gateway is { } named && named != id ? "device_id: must be that of the sender"
                : id.Length == 0
                    ? "device_id: is missing, so that nobody knows whose it is; say it, or publish below the gateway's own topic"
                : await _devices.FindAsync(sender, id).ConfigureAwait(false) is not { Kind: DeviceKind.Gateway }
                    ? "there is no such gateway, or it is another one's"
                : (await _store.WriteAsync((id, word, _clock.GetUtcNow().ToUnixTimeMilliseconds()), DeploymentIntake.Take)
                    .ConfigureAwait(false))?.Error;
        }

        if (fault is not null)
        {
            _refusals.Note(topic, id, fault);
        }
        else if (DeploymentStatus.IsEnd(word!.Status))
        {
            _news.Wake();
        }
    }

    /// <returns>Why it was not taken.</returns>
    private async Task<string?> TakeAsync(TopicMatch topic, DeviceIdentity device, MqttMessage message, CancellationToken cancel) =>
        topic.Kind switch
        {
            TopicKind.Telemetry => await TakeTelemetryAsync(device, message.Payload, cancel).ConfigureAwait(false),
            TopicKind.SerialData => await TakeTelemetryAsync(device, Wrapped(message.Payload), cancel).ConfigureAwait(false),
            TopicKind.Info => await TakeInfoAsync(topic, device, message.Payload).ConfigureAwait(false),
            TopicKind.Heartbeat => await TakeHeartbeatAsync(topic, device, message.Payload).ConfigureAwait(false),
            TopicKind.VersionRequest => await TakeVersionRequestAsync(topic, device, message.Payload).ConfigureAwait(false),
            TopicKind.OtaStart or TopicKind.OtaProgress or TopicKind.OtaComplete =>
                await _updates.TakeAsync(topic, device.DeviceId, message.Payload).ConfigureAwait(false),
            TopicKind.Event => await _things.TakeEventAsync(device.DeviceId, topic.Rest!, message.Payload).ConfigureAwait(false),
            TopicKind.Snapshot => await _things.TakeSnapshotAsync(device.DeviceId, message.Payload).ConfigureAwait(false),
            _ => "is a topic of the server's",
        };

    private async Task<string?> TakeTelemetryAsync(DeviceIdentity device, ReadOnlyMemory<byte> payload, CancellationToken cancel)
    {
        if (TelemetryBody.Parse(payload.Span, out string? fault) is not { } body)
        {
            return fault;
        }

        if (body.DeviceToken is { Length: > 0 } token && !await _devices.IsTokenOfAsync(token, device).ConfigureAwait(false))
        {
            return "device_token: is not this device's";
        }

        TelemetryTaken taken = await _telemetry.TakeAsync(device, body, cancel).ConfigureAwait(false);
        return taken.Fault;
    }

    private async Task<string?> TakeInfoAsync(TopicMatch topic, DeviceIdentity device, ReadOnlyMemory<byte> payload)
    {
        if (ThingInfo.Parse(payload, out string? fault) is not { } info)
        {
            return fault;
        }

        // It listens on this environment's topics, whatever its settings say.
        info.Environment = topic.Environment;
        fault = await _things.TakeInfoAsync(device.DeviceId, info).ConfigureAwait(false);
        if (fault is null)
        {
            // It is sent on each connect: what waits can reach it now.
            _outbox.Reached(device.DeviceId);
        }

        return fault;
    }

    private async Task<string?> TakeHeartbeatAsync(TopicMatch topic, DeviceIdentity device, ReadOnlyMemory<byte> payload)
    {
        ThingHeartbeat heartbeat = new();
        string? fault = ThingHeartbeat.Fields.Parse(payload.Span, heartbeat)?.Error
            ?? await _things.BeatAsync(device.DeviceId, heartbeat).ConfigureAwait(false);
        if (fault is null && heartbeat.Version is { } version)
        {
            await _updates.OfferAsync(
                topic, device, new VersionWord(heartbeat.Product, heartbeat.Board, version), onlyIfNewer: true).ConfigureAwait(false);
        }

        return fault;
    }

    private async Task<string?> TakeVersionRequestAsync(TopicMatch topic, DeviceIdentity device, ReadOnlyMemory<byte> payload)
    {
        ThingHeartbeat said = new();
        string? fault = ThingHeartbeat.Fields.Parse(payload.Span, said)?.Error;
        fault ??= said.DeviceId is { } claimed && claimed != device.DeviceId ? "device_id: must be that of the sender" : null;
        return fault ?? await _updates.OfferAsync(
            topic, device, new VersionWord(said.Product, said.Board, said.Version), onlyIfNewer: false).ConfigureAwait(false);
    }

    /// <summary>Free JSON is what telemetry calls data.</summary>
    private static ReadOnlyMemory<byte> Wrapped(ReadOnlyMemory<byte> payload)
    {
        ArrayBufferWriter<byte> body = new(payload.Length + 16);
        body.Write("{\"data\":"u8);
        body.Write(payload.Span);
        body.Write("}"u8);
        return body.WrittenMemory;
    }
}

/// <summary>Reads single members of a payload.</summary>
internal static class MqttJson
{
    /// <summary>A text of an object.</summary>
    /// <returns>Null when there is none, or the payload is no object.</returns>
    public static string? Text(ReadOnlyMemory<byte> payload, string name)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(payload);
            return document.RootElement.ValueKind == JsonValueKind.Object ? Text(document.RootElement, name) : null;
        }
        catch (Exception broken) when (broken is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>A text of an object, without control characters, at most 64 characters of it.</summary>
    public static string? Text(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            && value.GetString() is { Length: > 0 } text
            ? new string([.. text.Where(static c => !char.IsControl(c) && !char.IsSurrogate(c)).Take(64)])
            : null;
}
