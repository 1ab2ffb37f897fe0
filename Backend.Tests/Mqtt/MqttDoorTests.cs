using JamBox.Backend.Mqtt;

namespace JamBox.Backend.Tests.Mqtt;

/// <summary>What is told of the way to the broker.</summary>
public sealed class MqttDoorTests
{
    [Theory]
    [InlineData("mqtt://jambox:secret@broker.example.org", "broker.example.org 1883 False")]
    [InlineData("mqtts://jambox:secret@broker.example.org", "broker.example.org 8883 True")]
    [InlineData("mqtts://broker.example.org:443", "broker.example.org 443 True")]
    public void TheBrokerIsNamedWithoutTheServersOwnPassword(string broker, string told)
    {
        MqttDoor door = Door(broker)!;
        Assert.Equal(told, $"{door.Host} {door.Port} {door.Tls}");
        Assert.DoesNotContain("secret", door.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void WithoutABrokerThereIsNoWay() => Assert.Null(Door(null));

    [Fact]
    public void TheTopicsAreTheDevicesOwn()
    {
        string[] told =
        [
            .. Door("mqtt://broker", "jambox:device+env")!.Topics
                .Select(static one => $"{one.What} {(one.Sends ? '>' : '<')} {one.Topic}"),
        ];
        Assert.Equal(
            [
                "values > jambox/device/clock-1/telemetry", "heartbeat > jambox/dev/heartbeat/clock-1", "info > jambox/dev/info/clock-1",
                "event > jambox/dev/event/clock-1/TYPE", "snapshot > jambox/dev/display/snapshot/clock-1",
                "wanted < jambox/device/clock-1/commands", "command < jambox/dev/command/clock-1",
            ],
            told);
    }

    /// <summary>What is told must be what the server listens to, whatever the layouts are.</summary>
    [Theory]
    [InlineData("jambox:device+env")]
    [InlineData("vesper:serial")]
    [InlineData("a:device,b:env,c:serial")]
    public void WhatADeviceSendsIsUnderstood(string prefixes)
    {
        TopicMap map = new(prefixes);
        IReadOnlyList<MqttDoorTopic> topics = Door("mqtt://broker", prefixes)!.Topics;
        Assert.Contains(topics, static one => one.What == MqttDoorWord.Values);
        Assert.Contains(topics, static one => one.What == MqttDoorWord.Wanted);
        Assert.All(topics, one => Assert.Equal("clock-1", map.Find(one.Topic)?.DeviceId));
    }

    private static MqttDoor? Door(string? broker, string prefixes = "jambox:device+env") =>
        MqttDoor.Of(new MqttOptions { Broker = broker, Prefixes = prefixes }, new TopicMap(prefixes), "clock-1", "dev");
}
