using System.Text;
using System.Text.Json;

using JamBox.Backend.Mqtt.Handling;
using JamBox.Backend.Telemetry;

namespace JamBox.Backend.Tests.Mqtt;

/// <summary>
/// Old clients take a word for a command wherever it stands: what people want is said without them, and is the same JSON.
/// </summary>
public sealed class MqttTextsTests
{
    [Theory]
    [InlineData("v0", "plain", false)]
    [InlineData("v0", "RESTART now, and info", true)]
    [InlineData("info", "x", true)]
    [InlineData("v0", "\restart \\restart \"rollback\" snapshotinfo", true)]
    public void AWordOfACommandStandsInNoWish(string key, string value, bool isChanged)
    {
        WantedValue wanted = new(key, TelemetryValue.Of(value), 0, "somebody");
        byte[] one = MqttTexts.Wanted(wanted, 0);
        byte[] all = MqttTexts.Control([wanted])!;
        Assert.Equal(value, JsonElement.Parse(one).GetProperty("state").GetString());
        Assert.Equal(value, JsonElement.Parse(all).GetProperty(key).GetString());
        foreach (byte[] payload in new[] { one, all })
        {
            string text = Encoding.UTF8.GetString(payload);
            foreach (string word in new[] { "rollback", "restart", "snapshot", "info" })
            {
                Assert.DoesNotContain(word, text, StringComparison.OrdinalIgnoreCase);
            }
        }

        Assert.Equal(isChanged, Encoding.UTF8.GetString(all).Contains("\\u00", StringComparison.Ordinal));
    }

    [Fact]
    public void WhatHasNoSuchWordStaysByteForByte()
    {
        byte[] config = Encoding.UTF8.GetBytes("""{ "temp_offset": -2.0, "name": "Hall" }""");
        Assert.Same(config, MqttTexts.WithoutCommandWords(config));
    }
}
