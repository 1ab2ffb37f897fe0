using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Mqtt.Embedded;

/// <summary>What others hear of boxes through the broker in the backend: Home Assistant needs nothing but a key.</summary>
public abstract class BoxesInsideTests(BackendHost shared) : BrokerTest(shared, args: "--Mqtt:HomeAssistant=true")
{
    [Fact]
    public async Task AShopsCounterShowsUpInHomeAssistant()
    {
        TestDevice box = await Host.RegisterAsync();
        Assert.Equal(200, (await box.PostAsync("/api/heartbeat", $$"""{"d":"{{box.Id}}","v":"1.4.0","uptime":5}""")).Status);
        Listener assistant = await ConnectAsync("key", BackendHost.AdminKey);
        await assistant.SubscribeAsync($"jambox/box/{box.Id}/#");
        await assistant.SubscribeAsync("homeassistant/#");
        await assistant.SayAsync("homeassistant/status", "online");
        string config = await NextAsync(assistant, $"homeassistant/binary_sensor/{box.Id}_online/config {{");
        Assert.Equal(
            $"jambox/box/{box.Id}/state",
            JsonElement.Parse(config).GetProperty("state_topic").GetString());
        string state = await NextAsync(assistant, $"jambox/box/{box.Id}/state {{");
        Assert.Equal("1.4.0", JsonElement.Parse(state).GetProperty("firmware_version").GetString());
        Assert.Equal(
            201,
            (await box.ReadingAsync($"\"t\":{Host.Clock.GetUtcNow().ToUnixTimeSeconds()},\"ts\":1,\"b\":1,\"n\":1")).Status);
        string reading = await NextAsync(assistant, $"jambox/box/{box.Id}/reading {{");
        Assert.Equal(box.Id, JsonElement.Parse(reading).GetProperty("device_id").GetString());

        // Who comes later is told how it is, and what there is.
        Listener later = await ConnectAsync("key", BackendHost.AdminKey, "later");
        await later.SubscribeAsync("homeassistant/+/+/config");
        await later.HearAsync($"{box.Id}_online/config");
        await later.SubscribeAsync("jambox/box/+/state");
        await later.HearAsync("(retained)");
    }

    /// <summary>What a box says of itself is for people; no device hears it, or says it.</summary>
    [Fact]
    public async Task ADeviceHasNoPartInIt()
    {
        TestDevice box = await Host.RegisterAsync();
        Listener device = await ConnectAsync("clock-1", await ThingAsync("clock-1"));
        Assert.Equal(MQTTnet.MqttClientSubscribeResultCode.NotAuthorized, await device.SubscribeAsync($"jambox/box/{box.Id}/state"));
        Assert.Equal(MQTTnet.MqttClientSubscribeResultCode.NotAuthorized, await device.SubscribeAsync("homeassistant/#"));
        Assert.Equal(
            MQTTnet.MqttClientPublishReasonCode.NotAuthorized,
            (await device.SayAsync($"jambox/box/{box.Id}/state", "{}")).ReasonCode);
    }

    /// <summary>The payload of the next message that begins so; the clock goes on until it comes.</summary>
    private async Task<string> NextAsync(Listener listener, string start)
    {
        string? found = null;
        await UntilAsync(async () =>
        {
            while (found is null && listener.Count > 0)
            {
                string heard = await listener.HearAsync();
                found = heard.StartsWith(start, StringComparison.Ordinal) ? heard[(start.Length - 1)..] : null;
            }

            if (found is null)
            {
                Host.Clock.Advance(TimeSpan.FromSeconds(5));
            }

            return found is not null;
        });
        return found!.Replace(" (retained)", "", StringComparison.Ordinal);
    }
}
