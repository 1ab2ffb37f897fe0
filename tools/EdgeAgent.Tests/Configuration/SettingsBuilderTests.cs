using System.Collections;
using System.Text;

using JamBox.Edge.Configuration;

using Microsoft.Extensions.Logging;

namespace JamBox.Edge.Tests.Configuration;

public sealed class SettingsBuilderTests
{
    private const string Least = """{"server":"https://jambox.example","gateway":"gw-1"}""";
    private const string Secret = """{"token":"0123456789abcdef"}""";

    [Fact]
    public void The_least_that_must_be_said_is_enough()
    {
        AgentSettings settings = Build(Least, Secret);
        Assert.Equal(new Uri("https://jambox.example/"), settings.Server);
        Assert.Equal(("gw-1", "0123456789abcdef"), (settings.Gateway, settings.Token));
        Assert.Equal((60, 15, 20), (settings.PollSeconds, settings.DeployMinutes, settings.ModulesParallel));
        Assert.Equal((10_000, 60_000), (settings.OtaPortFirst, settings.OtaPortLast));
        Assert.Equal(LogLevel.Information, settings.LogLevel);
        Assert.False(settings.AllowUnsigned);
        Assert.Null(settings.MqttBroker);
        Assert.Empty(settings.TrustedKeys);
        Assert.DoesNotContain("0123456789abcdef", settings.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Names_are_told_apart_in_the_file_and_in_the_environment()
    {
        Assert.Equal(SettingTable.All.Count, SettingTable.All.Select(static one => one.Name).Distinct().Count());
        Assert.Equal(SettingTable.All.Count, SettingTable.All.Select(static one => one.Variable).Distinct().Count());
        Assert.Equal("JAMBOX_EDGE_MQTT_BROKER", SettingTable.Find("mqtt.broker")!.Variable);
        Assert.Equal("JAMBOX_EDGE_DOWNLOAD_IDLE_SECONDS", SettingTable.Find("download.idleSeconds")!.Variable);
        Assert.All(SettingTable.All, static one =>
            Assert.True(one.Default is null || SettingsBuilder.FindFault(one, one.Default) is null, one.Name));
    }

    [Fact]
    public void Nothing_by_which_one_could_be_broken_into_is_the_servers()
    {
        string[] harmless = [.. SettingTable.All.Where(static one => one.IsHarmless).Select(static one => one.Name)];
        Assert.Equal(
            ["pollSeconds", "heartbeatSeconds", "logLevel", "download.idleSeconds", "reports.kept", "modules.parallel"], harmless);
        Assert.DoesNotContain(SettingTable.All, static one => one is { IsHarmless: true, IsSecret: true });
    }

    [Fact]
    public void Later_places_win()
    {
        SettingsBuilder builder = new();
        builder.AddFile(
            Bytes("""{"server":"https://a.example","gateway":"gw-1","pollSeconds":100,"modules":{"parallel":3},"deployMinutes":7}"""),
            "agent.json");
        builder.AddSecrets(Bytes(Secret), "agent.secrets");
        builder.AddServer(Bytes("""{"pollSeconds":200,"modules.parallel":4.0}"""), []);
        builder.AddEnvironment(new Hashtable
        {
            ["JAMBOX_EDGE_POLL_SECONDS"] = "300", ["JAMBOX_EDGE_GATEWAY"] = "", ["PATH"] = "/bin", ["jambox_edge_allow_unsigned"] = "true",
        });
        AgentSettings settings = builder.Build();
        Assert.Equal((300, 4, 7, "gw-1", true),
            (settings.PollSeconds, settings.ModulesParallel, settings.DeployMinutes, settings.Gateway, settings.AllowUnsigned));
    }

    [Fact]
    public void The_server_gets_only_what_is_harmless_and_right()
    {
        SettingsBuilder builder = new();
        builder.AddFile(Bytes(Least), "agent.json");
        builder.AddSecrets(Bytes(Secret), "agent.secrets");
        List<string> refused = [];
        builder.AddServer(
            Bytes(
                """
                {"server":"https://evil.example","allowUnsigned":true,"trustedKeys":"x","token":"x","health.command":"rm -rf /",
                "pollSeconds":5,"heartbeatSeconds":120,"nonsense":1,"logLevel":"loud"}
                """),
            refused);
        AgentSettings settings = builder.Build();
        Assert.Equal(new Uri("https://jambox.example/"), settings.Server);
        Assert.Equal((false, null, 60, 120),
            (settings.AllowUnsigned, settings.HealthCommand, settings.PollSeconds, settings.HeartbeatSeconds));
        Assert.Equal(8, refused.Count);
        Assert.Contains("allowUnsigned: only the file on the gateway can change it", refused);
        Assert.Contains("pollSeconds must be a whole number, 10 to 86400", refused);
    }

    [Fact]
    public void What_the_agent_has_is_told_so_that_the_server_can_compare()
    {
        AgentSettings settings = Build(Least, Secret);
        List<string> refused = [];
        Dictionary<string, SettingValue> told = ServerConfig.Read(Bytes(ServerConfig.Write(settings)), refused);
        Assert.Empty(refused);
        Assert.Equal(
            SettingTable.All.Where(static one => one.IsHarmless).Select(static one => (one.Name, one.Default)).Order(),
            told.Select(static one => (one.Key, (string?)one.Value.Text)).Order());
    }

    [Theory]
    [InlineData("""{"sever":"https://a.example"}""", "there is no setting sever: is server meant?")]
    [InlineData("""{"mqtt":{"brokr":"x"}}""", "there is no setting mqtt.brokr: is mqtt.broker meant?")]
    [InlineData("""{"nonsenseOfAllSorts":1}""", "there is no setting nonsenseOfAllSorts")]
    [InlineData("""{"server":"https://a.example","server":"https://b.example"}""", "server stands there twice")]
    [InlineData("""{"gateway":"a","Gateway":"b"}""", "Gateway stands there twice")]
    [InlineData("""{"pollSeconds":"60"}""", "pollSeconds must be a number, without quotation marks")]
    [InlineData("""{"pollSeconds":60.5}""", "pollSeconds must be a whole number, 10 to 86400")]
    [InlineData("""{"pollSeconds":9}""", "pollSeconds must be a whole number, 10 to 86400")]
    [InlineData("""{"pollSeconds":99999999999999999999}""", "pollSeconds must be a whole number")]
    [InlineData("""{"allowUnsigned":"true"}""", "allowUnsigned must be true or false, without quotation marks")]
    [InlineData("""{"allowUnsigned":1}""", "allowUnsigned must be true or false")]
    [InlineData("""{"trustedKeys":"abc"}""", "trustedKeys must be a list of texts")]
    [InlineData("""{"trustedKeys":["abc"]}""", "128 hex digits")]
    [InlineData("""{"trustedKeys":[7]}""", "trustedKeys must be a list of texts")]
    [InlineData("""{"server":"jambox.example"}""", "server must be a whole address that begins with https:// or http://")]
    [InlineData("""{"server":"ftp://jambox.example"}""", "server must be a whole address")]
    [InlineData("""{"server":"https://a:b@jambox.example"}""", "must not hold a user or password")]
    [InlineData("""{"server":"https://jambox.example/?a=1"}""", "must end with its path")]
    [InlineData("""{"server":"http://jambox.example"}""", "server must begin with https://")]
    [InlineData("""{"mqtt":{"broker":"mqtt://jambox.example"}}""", "mqtt.broker must begin with mqtts://")]
    [InlineData("""{"mqtt":{"broker":"mqtts://jambox.example/x"}}""", "must end with host and port")]
    [InlineData("""{"mqtt":{"topic":"rv/+/x"}}""", "mqtt.topic must be words")]
    [InlineData("""{"mqtt":{"topic":"rv//x"}}""", "mqtt.topic must be words")]
    [InlineData("""{"gateway":"gw 1"}""", "gateway must have letters, digits")]
    [InlineData("""{"gateway":"gw\u0000"}""", "gateway must be one line")]
    [InlineData("""{"folder":"jambox"}""", "folder must be a full path")]
    [InlineData("""{"folder":"/"}""", "and not the root")]
    [InlineData("""{"modules":{"mqttRoot":"/no/such/file.pem"}}""", "there is no such file")]
    [InlineData("""{"modules":{"trigger":"shout"}}""", "modules.trigger must be one of mqtt, http, none")]
    [InlineData("""{"modules":{"trigger":"http"}}""", "modules.triggerUrl is missing")]
    [InlineData("""{"modules":{"ports":"80-90"}}""", "modules.ports must be FIRST-LAST")]
    [InlineData("""{"serverRoot":"/no/such/file.pem"}""", "there is no such file")]
    [InlineData("""{"token":"0123456789abcdef"}""", "token is a secret, and belongs into agent.secrets")]
    [InlineData("""{"mqtt":7}""", "there is no setting mqtt")]
    [InlineData("[]", "agent.json must hold one JSON object")]
    [InlineData("", "agent.json is no JSON in line 1")]
    [InlineData("{\n \"server\": \"https://a.example\"\n \"gateway\": \"x\"\n}", "agent.json is no JSON in line 3")]
    public void What_is_wrong_is_said_with_what_to_do(string file, string expected)
    {
        SettingsException fault = Assert.Throws<SettingsException>(() => Build(file, Secret));
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("mqtt://10.0.0.7", false, false)]
    [InlineData("mqtt://10.0.0.7", true, true)]
    [InlineData("mqtts://10.0.0.7", false, true)]
    [InlineData("mqtt://127.0.0.1", false, true)]
    public void A_password_at_the_gateways_own_broker_stays_on_this_machine_unless_it_is_allowed(string broker, bool allow, bool isTaken)
    {
        string file = $$"""
            {"server":"https://jambox.example","gateway":"gw-1","modules":{"mqtt":"{{broker}}"},"allowPlain":{{(allow ? "true" : "false")}}}
            """;
        const string Secrets = """{"token":"0123456789abcdef","modules.mqttPassword":"of-the-broker"}""";
        if (isTaken)
        {
            Assert.Equal("of-the-broker", Build(file, Secrets).LocalMqttPassword);
        }
        else
        {
            SettingsException fault = Assert.Throws<SettingsException>(() => Build(file, Secrets));
            Assert.Contains("modules.mqtt must begin with mqtts://", fault.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("of-the-broker", fault.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void All_that_is_wrong_is_said_at_once()
    {
        SettingsException fault = Assert.Throws<SettingsException>(
            () => Build("""{"pollSeconds":1,"deployMinutes":0,"gateway":"!"}""", """{"token":"short","gateway":"gw-1"}"""));
        Assert.Equal(6, fault.Faults.Count);
        Assert.Contains("agent.secrets: gateway is no secret, and belongs into the other file", fault.Faults);
        Assert.Contains("server is missing: put it into the file, or set JAMBOX_EDGE_SERVER", fault.Faults);
        Assert.DoesNotContain("short", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_variable_that_means_nothing_is_a_fault()
    {
        SettingsBuilder builder = new();
        builder.AddFile(Bytes(Least), "agent.json");
        builder.AddSecrets(Bytes(Secret), "agent.secrets");
        builder.AddEnvironment(new Hashtable { ["JAMBOX_EDGE_POLSECONDS"] = "30", [SettingTable.FileVariable] = "/x" });
        SettingsException fault = Assert.Throws<SettingsException>(builder.Build);
        Assert.Equal(["JAMBOX_EDGE_POLSECONDS in the environment: there is no such setting"], fault.Faults);
    }

    [Theory]
    [InlineData("http://127.0.0.1:5000", "mqtt://localhost:1883", false)]
    [InlineData("http://[::1]:5000", "mqtt://[::1]:1883", false)]
    [InlineData("http://192.168.1.2:5000", "mqtt://192.168.1.2", true)]
    public void Plain_text_stays_on_this_machine_unless_it_is_allowed(string server, string broker, bool allow)
    {
        AgentSettings settings = Build(
            $$"""{"server":"{{server}}","gateway":"gw-1","mqtt":{"broker":"{{broker}}"},"allowPlain":{{(allow ? "true" : "false")}}}""",
                Secret);
        Assert.Equal("http", settings.Server.Scheme);
    }

    [Fact]
    public void People_may_write_comments_and_a_mark_of_windows_may_stand_in_front()
    {
        byte[] file =
            [.. Encoding.UTF8.Preamble, .. Bytes("{ // where\n \"server\": \"https://a.example\", \"gateway\": \"gw-1\", /* done */ }")];
        SettingsBuilder builder = new();
        builder.AddFile(file, "agent.json");
        builder.AddSecrets(Bytes(Secret), "agent.secrets");
        Assert.Equal("gw-1", builder.Build().Gateway);
    }

    internal static AgentSettings Build(string file, string secrets)
    {
        SettingsBuilder builder = new();
        builder.AddFile(Bytes(file), "agent.json");
        builder.AddSecrets(Bytes(secrets), "agent.secrets");
        builder.AddEnvironment(new Hashtable());
        return builder.Build();
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);
}
