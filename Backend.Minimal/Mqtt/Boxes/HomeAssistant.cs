using System.Text.Encodings.Web;
using System.Text.Json;

using JamBox.Backend.Storage;

namespace JamBox.Backend.Mqtt.Boxes;

/// <summary>
/// What Home Assistant is told of a box, by its MQTT discovery: one retained message for each value says where to hear it, how to read it
/// and what it is; all name the same device, so that they stand together there.
/// </summary>
internal static class HomeAssistant
{
    private const string Sensor = "sensor";

    /// <summary>A box is worth reading until it has been silent for a day: it sends late what it has counted.</summary>
    private const string AvailabilityTemplate =
        "{{ 'online' if value_json.connection_status in ['online', 'warning'] else 'offline' }}";

    /// <summary>Home Assistant takes the text None for a value that is not known.</summary>
    private static readonly Entity[] s_entities =
    [
        new("binary_sensor", "online", "Online", "{{ 'ON' if value_json.connection_status == 'online' else 'OFF' }}")
        {
            DeviceClass = "connectivity", IsDiagnostic = true,
        },
        new(Sensor, "people_now", "People now", "{{ value_json.people_now.value if value_json.people_now else None }}")
        {
            Unit = "people", StateClass = "measurement", Icon = "mdi:account-group", Decimals = 0,
        },
        new(Sensor, "visitors_today", "Visitors today", "{{ value_json.visitors_today.value if value_json.visitors_today else None }}")
        {
            Unit = "visitors", StateClass = "total", LastReset = "{{ value_json.day_start }}", Icon = "mdi:counter", Decimals = 0,
        },
        new(Sensor, "device_minutes_today", "Device-minutes today", "{{ value_json.unique_count_today }}")
        {
            Unit = "device-minutes", StateClass = "total", LastReset = "{{ value_json.day_start }}", Icon = "mdi:cellphone-wireless",
        },
        new(Sensor, "device_minutes_last_hour", "Device-minutes in the last hour", "{{ value_json.unique_count_last_hour }}")
        {
            Unit = "device-minutes", StateClass = "measurement", Icon = "mdi:cellphone-wireless",
        },
        new(Sensor, "battery", "Battery", "{{ value_json.battery_pct }}")
        {
            Unit = "%", DeviceClass = "battery", StateClass = "measurement", IsDiagnostic = true, NeedsBattery = true,
        },
        new(Sensor, "signal", "Signal", "{{ value_json.signal_dbm }}")
        {
            Unit = "dBm", DeviceClass = "signal_strength", StateClass = "measurement", IsDiagnostic = true,
        },
        new(Sensor, "last_seen", "Last seen", "{{ value_json.last_seen_at }}") { DeviceClass = "timestamp", IsDiagnostic = true },
    ];

    /// <summary>The messages that introduce a box.</summary>
    /// <param name="prefix">First part of their topics.</param>
    /// <param name="stateTopic">Where the state of the box is told.</param>
    /// <param name="box">The box.</param>
    public static IEnumerable<BoxMessage> Configs(string prefix, string stateTopic, BoxRow box) =>
        from entity in s_entities
        where !entity.NeedsBattery || box.BatteryPct is not null
        select new BoxMessage(
            TopicMap.WriteConfig(prefix, entity.Component, box.DeviceId, entity.Key), Write(entity, stateTopic, box));

    private static byte[] Write(Entity entity, string stateTopic, BoxRow box)
    {
        using MemoryStream buffer = new(1024);
        using (Utf8JsonWriter json = new(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("name", entity.Name);
            json.WriteString("unique_id", $"jambox_{box.DeviceId}_{entity.Key}");
            json.WriteString("state_topic", stateTopic);
            json.WriteString("value_template", entity.Template);
            json.WriteNumber("qos", 1);
            WriteKind(json, entity);
            if (entity.Component == Sensor)
            {
                json.WriteString("availability_topic", stateTopic);
                json.WriteString("availability_template", AvailabilityTemplate);
            }

            WriteDevice(json, box);
            json.WriteStartObject("origin");
            json.WriteString("name", "JamBox NB");
            json.WriteEndObject();
            json.WriteEndObject();
        }

        return buffer.ToArray();
    }

    private static void WriteKind(Utf8JsonWriter json, Entity entity)
    {
        WriteIfSaid(json, "unit_of_measurement", entity.Unit);
        WriteIfSaid(json, "device_class", entity.DeviceClass);
        WriteIfSaid(json, "state_class", entity.StateClass);
        WriteIfSaid(json, "last_reset_value_template", entity.LastReset);
        WriteIfSaid(json, "icon", entity.Icon);
        WriteIfSaid(json, "entity_category", entity.IsDiagnostic ? "diagnostic" : null);
        if (entity.Decimals is { } decimals)
        {
            json.WriteNumber("suggested_display_precision", decimals);
        }
    }

    private static void WriteDevice(Utf8JsonWriter json, BoxRow box)
    {
        json.WriteStartObject("device");
        json.WriteStartArray("identifiers");
        json.WriteStringValue($"jambox_{box.DeviceId}");
        json.WriteEndArray();
        json.WriteString("name", box.Place is { } place ? $"{place} {box.DeviceId}" : box.DeviceId);
        json.WriteString("manufacturer", "JamBox");
        json.WriteString("model", "JamBox NB");
        json.WriteString("serial_number", box.DeviceId);
        WriteIfSaid(json, "sw_version", box.FirmwareVersion);
        WriteIfSaid(json, "suggested_area", box.Place);
        json.WriteEndObject();
    }

    private static void WriteIfSaid(Utf8JsonWriter json, string name, string? text)
    {
        if (text is not null)
        {
            json.WriteString(name, text);
        }
    }

    /// <summary>A value of a box.</summary>
    /// <param name="Component">Home Assistant's kind of entity.</param>
    /// <param name="Key">What it is called in topics and ids.</param>
    /// <param name="Name">What people see.</param>
    /// <param name="Template">How it is read from the state.</param>
    private sealed record Entity(string Component, string Key, string Name, string Template)
    {
        public string? Unit { get; init; }

        public string? DeviceClass { get; init; }

        public string? StateClass { get; init; }

        /// <summary>Of a total: how the moment is read at which it began anew.</summary>
        public string? LastReset { get; init; }

        public string? Icon { get; init; }

        public int? Decimals { get; init; }

        /// <summary>Whether it says something of the box itself.</summary>
        public bool IsDiagnostic { get; init; }

        /// <summary>Whether it is shown only of a box that has said how full its battery is.</summary>
        public bool NeedsBattery { get; init; }
    }
}

/// <summary>
/// Hears that Home Assistant has started: then it wants to be told everything. The process that hears it need not be the one that
/// publishes, so that it is asked through the storage.
/// </summary>
internal sealed class HomeAssistantStatus(Store store, TimeProvider clock)
{
    /// <summary>More often than this nothing is told anew, ms.</summary>
    private const long MinPauseMs = 10_000;

    private long _askedAt = -MinPauseMs;

    /// <summary>Takes what it says.</summary>
    /// <exception cref="StorageException">The storage does not answer.</exception>
    public async Task TakeAsync(ReadOnlyMemory<byte> payload)
    {
        long now = clock.GetUtcNow().ToUnixTimeMilliseconds();
        long before = Interlocked.Read(ref _askedAt);
        if (payload.Span.SequenceEqual("online"u8) && (now < before || now - before >= MinPauseMs))
        {
            await store.WriteAsync(now, BoxFeedSql.AskAgain).ConfigureAwait(false);
            Interlocked.Exchange(ref _askedAt, now);
        }
    }
}
