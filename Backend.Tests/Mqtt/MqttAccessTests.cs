using JamBox.Backend.Mqtt;
using JamBox.Backend.Security;

namespace JamBox.Backend.Tests.Mqtt;

/// <summary>Who may say and hear what.</summary>
public sealed class MqttAccessTests
{
    private const string Prefixes = "jambox:device+env,vesper:serial";

    private static readonly MqttAccess s_access =
        new(new TopicMap(Prefixes, "homeassistant"), new MqttOptions { Prefixes = Prefixes, HomeAssistant = true });

    private static readonly MqttAccess s_deployments =
        new(new TopicMap(Prefixes, deployments: "rv/deployment"), new MqttOptions { Prefixes = Prefixes });

    [Theory]
    [InlineData("jambox/device/clock-1/telemetry", true)]
    [InlineData("jambox/device/clock-2/telemetry", false)]
    [InlineData("jambox/device/clock-1/commands", false)]
    [InlineData("jambox/prod/heartbeat/clock-1", true)]
    [InlineData("jambox/prod/heartbeat/clock-2", false)]
    [InlineData("jambox/prod/version/request", true)]
    [InlineData("jambox/prod/version/updates", false)]
    [InlineData("jambox/prod/command/clock-1", false)]
    [InlineData("jambox/prod/event/clock-1/+", false)]
    [InlineData("/vesper/clock-1/data", true)]
    [InlineData("/vesper/clock-1/control", false)]
    [InlineData("rv/deployment/status", false)]
    [InlineData("$SYS/broker/uptime", false)]
    [InlineData("jambox/prod/heartbeat/clock-1\0", false)]
    [InlineData("", false)]
    public void ADeviceSaysWhatIsItsOwn(string topic, bool may) => Assert.Equal(may, MayDevice("clock-1", MqttAct.Publish, topic));

    [Theory]
    [InlineData("jambox/device/clock-1/commands", true)]
    [InlineData("jambox/device/clock-1/#", true)]
    [InlineData("jambox/prod/event/clock-1/+", true)]
    [InlineData("/vesper/clock-1/+", true)]
    [InlineData("jambox/prod/version/updates", true)]
    [InlineData("jambox/prod/version/request", false)]
    [InlineData("jambox/device/clock-2/#", false)]
    [InlineData("jambox/device/+/commands", false)]
    [InlineData("jambox/+/command/clock-1", false)]
    [InlineData("jambox/prod/command/+", false)]
    [InlineData("jambox/#", false)]
    [InlineData("#", false)]
    [InlineData("+/device/clock-1/#", false)]
    [InlineData("$share/all/jambox/device/clock-1/commands", false)]
    [InlineData("$SYS/#", false)]
    public void ADeviceHearsWhatIsItsOwn(string filter, bool may) => Assert.Equal(may, MayDevice("clock-1", MqttAct.Subscribe, filter));

    [Theory]
    [InlineData("telemetry")]
    [InlineData("data")]
    [InlineData("x")]
    public void ADeviceCalledAsAWordOfTopicsHearsNoOther(string id)
    {
        foreach (string filter in (string[])
            ["jambox/prod/heartbeat/+", "jambox/prod/event/+", "jambox/device/#", "/vesper/+", "jambox/prod/command/#"])
        {
            Assert.False(MayDevice(id, MqttAct.Subscribe, filter), $"{id} hears {filter}");
        }
    }

    [Fact]
    public void PeopleReadInTheirPlacesAndWriteAsOperators()
    {
        Caller viewer = new("v", "key v", [new Grant(Role.Viewer, 1)], Role.Viewer);
        Caller keeper = new("o", "key o", [new Grant(Role.Operator, 1)], Role.Viewer);
        Assert.True(MayCaller(viewer, MqttAct.Subscribe, "jambox/device/at-1/telemetry"));
        Assert.False(MayCaller(viewer, MqttAct.Subscribe, "jambox/device/at-2/telemetry"));
        Assert.False(MayCaller(viewer, MqttAct.Subscribe, "jambox/device/nowhere/telemetry"));
        Assert.False(MayCaller(viewer, MqttAct.Publish, "jambox/device/at-1/commands"));
        Assert.True(MayCaller(keeper, MqttAct.Publish, "jambox/device/at-1/commands"));
        Assert.False(MayCaller(keeper, MqttAct.Publish, "jambox/device/at-2/commands"));
        Assert.False(MayCaller(keeper, MqttAct.Subscribe, "jambox/#"));
    }

    [Fact]
    public void WhoSeesAllPlacesHearsAllTopicsOfOursAndNoOthers()
    {
        Caller viewer = new("v", "key v", [new Grant(Role.Viewer, null)], Role.Viewer);
        Assert.True(MayCaller(viewer, MqttAct.Subscribe, "jambox/#"));
        Assert.True(MayCaller(viewer, MqttAct.Subscribe, "/vesper/+/data"));
        foreach (string filter in (string[])["#", "+/#", "$SYS/#", "other/#", "jambox/#/x", "jambox/a+", "jambox#"])
        {
            Assert.False(MayCaller(viewer, MqttAct.Subscribe, filter), filter);
        }
    }

    [Theory]
    [InlineData("jambox/box/at-1/reading", true)]
    [InlineData("jambox/box/at-1/state", true)]
    [InlineData("homeassistant/sensor/at-1_battery/config", true)]
    [InlineData("jambox/box/at-2/reading", false)]
    [InlineData("jambox/box/at-2/state", false)]
    [InlineData("homeassistant/sensor/at-2_battery/config", false)]
    [InlineData("vesper/box/at-1/state", false)]
    [InlineData("jambox/box/at-1/other", false)]
    [InlineData("jambox/box/at-1/#", false)]
    [InlineData("homeassistant/#", false)]
    [InlineData("homeassistant/status", true)]
    public void WhatIsToldOfBoxesPeopleReadInTheirPlaces(string topic, bool may)
    {
        Caller viewer = new("v", "key v", [new Grant(Role.Viewer, 1)], Role.Viewer);
        Caller all = new("a", "key a", [new Grant(Role.Admin, null)], Role.Viewer);
        Assert.Equal(may, MayCaller(viewer, MqttAct.Subscribe, topic));
        Assert.Equal(!topic.StartsWith("vesper", StringComparison.Ordinal) && !topic.EndsWith("other", StringComparison.Ordinal),
            MayCaller(all, MqttAct.Subscribe, topic));

        // Only the server says it, whoever asks; Home Assistant says that it is there.
        Assert.Equal(topic == "homeassistant/status", MayCaller(viewer, MqttAct.Publish, topic));
        Assert.Equal(topic == "homeassistant/status", MayCaller(all, MqttAct.Publish, topic));

        // Devices neither say nor hear it, also of their own id; nor do those that share a user.
        foreach (MqttAct act in Enum.GetValues<MqttAct>())
        {
            Assert.False(MayDevice("at-1", act, topic), $"{act} {topic}");
            foreach (string prefix in (string[])["jambox", "homeassistant"])
            {
                MqttSender shared = new(null, null, "c") { SharedPrefix = prefix };
                Assert.False(s_access.May(shared, act, topic, static _ => 1), $"{prefix} {act} {topic}");
            }
        }
    }

    [Fact]
    public void WithoutHomeAssistantItsTopicsAreNobodys()
    {
        MqttAccess access = new(new TopicMap(Prefixes), new MqttOptions { Prefixes = Prefixes });
        Caller all = new("a", "key a", [new Grant(Role.Admin, null)], Role.Viewer);
        foreach (string topic in (string[])["homeassistant/#", "homeassistant/status", "homeassistant/sensor/at-1_battery/config"])
        {
            Assert.False(access.May(new MqttSender(null, all, "c"), MqttAct.Subscribe, topic, static _ => 1), topic);
        }
    }

    /// <summary>Topics of deployments are for gateways, each its own; what is to run is said by the server alone.</summary>
    [Theory]
    [InlineData("gateway", false, "rv/deployment/available", true)]
    [InlineData("gateway", false, "rv/deployment/available/at-1", true)]
    [InlineData("gateway", false, "rv/deployment/available/at-2", false)]
    [InlineData("gateway", false, "rv/deployment/available/+", false)]
    [InlineData("gateway", false, "rv/deployment/available/at-1/#", false)]
    [InlineData("gateway", false, "rv/deployment/#", false)]
    [InlineData("gateway", false, "rv/deployment/status", false)]
    [InlineData("gateway", true, "rv/deployment/status", true)]
    [InlineData("gateway", true, "rv/deployment/status/at-1", true)]
    [InlineData("gateway", true, "rv/deployment/status/at-2", false)]
    [InlineData("gateway", true, "rv/deployment/status/", false)]
    [InlineData("gateway", true, "rv/deployment/status/at-1/x", false)]
    [InlineData("gateway", true, "rv/deployment/available", false)]
    [InlineData("gateway", true, "rv/deployment/available/at-1", false)]
    [InlineData("gateway", true, "rv/deployment", false)]
    [InlineData("gateway", true, "rv/other/status", false)]
    [InlineData("gateway", true, "jambox/prod/heartbeat/at-1", true)]
    [InlineData("thing", false, "rv/deployment/available", false)]
    [InlineData("thing", false, "rv/deployment/available/at-1", false)]
    [InlineData("thing", true, "rv/deployment/status", false)]
    [InlineData("thing", true, "rv/deployment/status/at-1", false)]
    [InlineData("box", false, "rv/deployment/available", false)]
    [InlineData("box", true, "rv/deployment/status", false)]
    public void DeploymentsAreForGateways(string kind, bool says, string topic, bool may) => Assert.Equal(may, s_deployments.May(
        new MqttSender(new DeviceIdentity(1, "at-1", "active", "", null) { Kind = kind }, null, "c"),
        says ? MqttAct.Publish : MqttAct.Subscribe, topic, static _ => null));

    [Fact]
    public void PeopleReadDeploymentsInTheirPlacesAndSayNone()
    {
        Caller all = new("all", "key all", [new Grant(Role.Operator, null)], Role.Viewer);
        Caller here = new("here", "key here", [new Grant(Role.Operator, 1)], Role.Viewer);
        foreach ((string topic, MqttAct act, bool mayAll, bool mayHere) in new[]
        {
            ("rv/deployment/available", MqttAct.Subscribe, true, false), ("rv/deployment/available/at-1", MqttAct.Subscribe, true, true),
            ("rv/deployment/available/at-2", MqttAct.Subscribe, true, false), ("rv/deployment/#", MqttAct.Subscribe, true, false),
            ("rv/deployment/available/+", MqttAct.Subscribe, true, false), ("rv/#", MqttAct.Subscribe, false, false),
            ("rv/deployment/+/x/#", MqttAct.Subscribe, false, false), ("rv/deployment/available", MqttAct.Publish, false, false),
            ("rv/deployment/available/at-1", MqttAct.Publish, false, false), ("rv/deployment/status/at-1", MqttAct.Publish, true, true),
            ("rv/deployment/status/at-2", MqttAct.Publish, true, false), ("rv/deployment/status", MqttAct.Publish, true, false),
        })
        {
            foreach ((Caller caller, bool may) in new[] { (all, mayAll), (here, mayHere) })
            {
                Assert.True(may == s_deployments.May(
                    new MqttSender(null, caller, "c"), act, topic, static id => id switch { "at-1" => 1, "at-2" => 2, _ => null }),
                    $"{caller.Name} {act} {topic}");
            }
        }

        // Shared users are old clocks: they have nothing to do with gateways.
        MqttSender shared = new(null, null, "c") { SharedPrefix = "rv/deployment" };
        Assert.False(s_deployments.May(shared, MqttAct.Subscribe, "rv/deployment/available", static _ => 1));
    }

    [Fact]
    public void NobodyMayNothing() =>
        Assert.False(s_access.May(new MqttSender(null, null, "c"), MqttAct.Subscribe, "jambox/prod/version/updates", static _ => 1));

    [Theory]
    [InlineData("jambox.device.clock-1.commands", "jambox/device/clock-1/commands")]
    [InlineData(".vesper.JB1.data", "/vesper/JB1/data")]
    [InlineData("jambox.device.*.#", "jambox/device/+/#")]
    [InlineData("jambox/device", null)]
    [InlineData("", null)]
    public void TheBrokersRoutingKeyIsReadAsATopic(string key, string? topic) => Assert.Equal(topic, RabbitTopic.Read(key));

    private static bool MayDevice(string id, MqttAct act, string topic) =>
        s_access.May(new MqttSender(new DeviceIdentity(1, id, "active", "", null), null, "c"), act, topic, static _ => null);

    private static bool MayCaller(Caller caller, MqttAct act, string topic) =>
        s_access.May(new MqttSender(null, caller, "c"), act, topic, static id => id switch { "at-1" => 1, "at-2" => 2, _ => null });
}
