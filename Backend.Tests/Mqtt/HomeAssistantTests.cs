using System.Text.Json;
using System.Text.RegularExpressions;

using JamBox.Backend.Mqtt;
using JamBox.Backend.Mqtt.Boxes;

namespace JamBox.Backend.Tests.Mqtt;

/// <summary>
/// What Home Assistant is told of a box, against the rules of its documentation: www.home-assistant.io/integrations/mqtt (discovery),
/// sensor.mqtt and binary_sensor.mqtt.
/// </summary>
public sealed partial class HomeAssistantTests
{
    private const string StateTopic = "jambox/box/JBNB0001/state";

    private static readonly string[] s_ofAny =
    [
        "name", "unique_id", "state_topic", "value_template", "device_class", "icon", "entity_category", "qos", "availability_topic",
        "availability_template", "device", "origin",
    ];

    private static readonly string[] s_ofSensors =
        [.. s_ofAny, "unit_of_measurement", "state_class", "last_reset_value_template", "suggested_display_precision"];

    private static readonly string[] s_ofDevices =
        ["identifiers", "name", "manufacturer", "model", "serial_number", "sw_version", "suggested_area"];

    /// <summary>Of the classes of sensors that we use: the units that each may have; null = none.</summary>
    private static readonly Dictionary<string, string[]?> s_units = new()
    {
        ["battery"] = ["%"], ["signal_strength"] = ["dB", "dBm"], ["timestamp"] = null,
    };

    private static readonly BoxRow s_box = new("JBNB0001", "online", 1, -97, 87, "1.4.0", 3, "Café \"Sol\"", "Europe/Madrid");

    public static TheoryData<string, string> Messages
    {
        get
        {
            TheoryData<string, string> messages = [];
            foreach (BoxMessage message in HomeAssistant.Configs("homeassistant", StateTopic, s_box))
            {
                messages.Add(message.Topic, System.Text.Encoding.UTF8.GetString(message.Payload));
            }

            return messages;
        }
    }

    [Theory]
    [MemberData(nameof(Messages))]
    public void EachMessageIsAsDocumented(string topic, string payload)
    {
        Match match = DiscoveryTopic().Match(topic);
        Assert.True(match.Success, topic);
        bool isSensor = match.Groups["component"].Value == "sensor";
        JsonElement json = JsonElement.Parse(payload);
        Assert.Empty(Names(json).Except(isSensor ? s_ofSensors : s_ofAny));

        // state_topic is what both need; unique_id is needed by device, and device and origin say who it is.
        Assert.Equal(StateTopic, Text(json, "state_topic"));
        Assert.Matches("^[A-Za-z0-9_]+$", Text(json, "unique_id"));
        Assert.Empty(Names(json.GetProperty("device")).Except(s_ofDevices));
        Assert.Equal("jambox_JBNB0001", Assert.Single(json.GetProperty("device").GetProperty("identifiers").EnumerateArray()).GetString());
        Assert.Equal("Café \"Sol\" JBNB0001", Text(json.GetProperty("device"), "name"));
        Assert.NotEqual("", Text(json.GetProperty("origin"), "name"));
        Assert.InRange(json.GetProperty("qos").GetInt32(), 0, 2);
        Assert.Contains(Said(json, "entity_category"), new[] { null, "diagnostic" });
        Assert.Matches("^mdi:[a-z-]+$", Said(json, "icon") ?? "mdi:none");
        CheckKind(json, isSensor);
        CheckTemplates(json);
    }

    [Fact]
    public void ABoxWithoutABatteryShowsNone()
    {
        string[] with = [.. HomeAssistant.Configs("homeassistant", StateTopic, s_box).Select(static message => message.Topic)];
        BoxRow box = s_box with { BatteryPct = null };
        string[] without = [.. HomeAssistant.Configs("homeassistant", StateTopic, box).Select(static message => message.Topic)];
        Assert.Equal(["homeassistant/sensor/JBNB0001_battery/config"], with.Except(without));
        Assert.Equal(with.Length, with.Distinct().Count());
    }

    [Fact]
    public void OurOwnTopicsAreRead()
    {
        TopicMap map = new("jambox:device+env", "homeassistant");
        foreach (BoxMessage message in HomeAssistant.Configs("homeassistant", StateTopic, s_box))
        {
            TopicMatch match = map.Find(message.Topic)!;
            Assert.Equal((TopicKind.HomeAssistantConfig, "JBNB0001"), (match.Kind, match.DeviceId));
            Assert.EndsWith($"JBNB0001_{match.Rest}/config", message.Topic, StringComparison.Ordinal);
        }
    }

    private static void CheckKind(JsonElement json, bool isSensor)
    {
        string? kind = Said(json, "device_class");
        if (!isSensor)
        {
            Assert.Equal("connectivity", kind);
            return;
        }

        string? unit = Said(json, "unit_of_measurement");
        string? state = Said(json, "state_class");
        Assert.Contains(state, new[] { null, "measurement", "total" });
        if (kind is not null)
        {
            Assert.True(s_units.ContainsKey(kind), kind);
            Assert.True(s_units[kind] is { } units ? units.Contains(unit) : unit is null && state is null, $"{kind} in {unit}");
        }

        // Of a number that begins anew, when: with state_class total, and with no other.
        Assert.Equal(state == "total", json.TryGetProperty("last_reset_value_template", out _));
        Assert.Equal(Text(json, "state_topic"), Text(json, "availability_topic"));
    }

    /// <summary>Each template reads members that the state has.</summary>
    private static void CheckTemplates(JsonElement json)
    {
        JsonElement state = JsonSerializer.SerializeToElement(
            new BoxState(
                "JBNB0001", "online", DateTime.UnixEpoch, null, 1, 1, "1", 1, "a", "UTC", DateTime.UnixEpoch, 1, 1, new(1, 2, 3),
                new(1, 2, 3)),
            BoxJson.Default.BoxState);
        int read = 0;
        foreach (JsonProperty template in json.EnumerateObject())
        {
            if (!template.Name.EndsWith("template", StringComparison.Ordinal))
            {
                continue;
            }

            foreach (Match member in Member().Matches(template.Value.GetString()!))
            {
                read++;
                Assert.True(state.TryGetProperty(member.Groups[1].Value, out JsonElement value), member.Value);
                Assert.True(member.Groups[2].Length == 0 || value.TryGetProperty(member.Groups[2].Value, out _), member.Value);
            }
        }

        Assert.InRange(read, 1, 10);
    }

    private static IEnumerable<string> Names(JsonElement json) => json.EnumerateObject().Select(static one => one.Name);

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static string? Said(JsonElement json, string name) =>
        json.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    [GeneratedRegex("^homeassistant/(?<component>sensor|binary_sensor)/(?<object>[a-zA-Z0-9_-]+)/config$")]
    private static partial Regex DiscoveryTopic();

    [GeneratedRegex(@"value_json\.(\w+)(?:\.(\w+))?")]
    private static partial Regex Member();
}
