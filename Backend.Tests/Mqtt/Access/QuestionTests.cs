using System.Net;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Mqtt.Handling;
using JamBox.Backend.Mqtt.Outside;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Places;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Mqtt.Access;

/// <summary>
/// What brokers outside ask, in the words in which they ask it: mosquitto-go-auth as its source sends it, RabbitMQ as
/// <see cref="RabbitBrokerTests"/> has seen it send.
/// </summary>
public abstract class QuestionTests(BackendHost shared) : PlaceTest(
    shared, $"--Mqtt:AuthKey={AuthKey}", "--Mqtt:Broker=mqtt://jambox:secret%40broker@127.0.0.1:1",
    "--Mqtt:Prefixes=jambox:device+env,vesper:serial", "--Mqtt:SharedUsers=clocks:vesper:password-of-clocks")
{
    private const string AuthKey = "key-of-the-broker";
    private const string Json = "application/json";
    private const string Form = "application/x-www-form-urlencoded";

    private static readonly (int, string) s_yes = (200, "ok");
    private static readonly (int, string) s_no = (403, "not allowed");

    [Theory]
    [InlineData("", 200, "ok", 403, "not allowed")]
    [InlineData("&mode=status", 200, "ok", 403, "not allowed")]
    [InlineData("&mode=text", 200, "ok", 200, "not allowed")]
    [InlineData("&mode=json", 200, """{"ok":true,"error":""}""", 200, """{"ok":false,"error":"not allowed"}""")]
    public async Task GoAuthIsAnsweredInTheWayItReads(string mode, int yes, string yesText, int no, string noText)
    {
        string good = $$"""{"clientid":"c1","password":"{{Device.Token}}","username":"{{Device.Id}}"}""";
        string bad = $$"""{"clientid":"c1","password":"wrong","username":"{{Device.Id}}"}""";
        Assert.Equal((yes, yesText), await AskAsync($"user?key={AuthKey}{mode}", good));
        Assert.Equal((no, noText), await AskAsync($"user?key={AuthKey}{mode}", bad));
        Assert.Equal((no, noText), await AskAsync($"superuser?key={AuthKey}{mode}", $$"""{"username":"{{Device.Id}}"}"""));

        // With http_params_mode form.
        Assert.Equal(
            (yes, yesText), await AskAsync($"user?key={AuthKey}{mode}", $"clientid=c1&password={Device.Token}&username={Device.Id}", Form));
        Assert.Equal((no, noText), await AskAsync($"superuser?key={AuthKey}{mode}", $"username={Device.Id}", Form));
    }

    /// <summary>1 read, 2 write, 3 both, 4 subscribe.</summary>
    [Theory]
    [InlineData("jambox/device/{id}/telemetry", 2, true)]
    [InlineData("jambox/device/{id}/telemetry", 1, true)]
    [InlineData("jambox/device/{id}/telemetry", 3, true)]
    [InlineData("jambox/device/{id}/commands", 4, true)]
    [InlineData("jambox/device/{id}/commands", 2, false)]
    [InlineData("jambox/device/{id}/commands", 3, false)]
    [InlineData("jambox/device/other/telemetry", 2, false)]
    [InlineData("jambox/device/other/commands", 4, false)]
    [InlineData("jambox/device/{id}/+", 4, true)]
    [InlineData("jambox/device/+/commands", 4, false)]
    [InlineData("$share/g/jambox/device/{id}/commands", 4, true)]
    [InlineData("$share/g/jambox/device/other/commands", 4, false)]
    [InlineData("$share/g/jambox/device/{id}/telemetry", 2, false)]
    [InlineData("$share//jambox/device/{id}/commands", 4, false)]
    [InlineData("#", 4, false)]
    [InlineData("$SYS/broker/uptime", 4, false)]
    [InlineData("", 2, false)]
    [InlineData("jambox/device/{id}/telemetry", 0, false)]
    [InlineData("jambox/device/{id}/telemetry", 5, false)]
    public async Task ADeviceMayWhatTheRuleSays(string topic, int access, bool isAllowed)
    {
        topic = topic.Replace("{id}", Device.Id, StringComparison.Ordinal);
        int expected = isAllowed ? 200 : 403;
        Assert.Equal(expected, await AclAsync(Device.Id, topic, access));
        Assert.Equal(isAllowed ? s_yes : s_no, await AskAsync(
            $"acl?key={AuthKey}", $"acc={access}&clientid=c1&topic={Uri.EscapeDataString(topic)}&username={Device.Id}", Form));
    }

    /// <summary>The same rule as inside: gateways only, each its own, for both kinds of brokers that ask.</summary>
    [Fact]
    public async Task TopicsOfDeploymentsAreForGateways()
    {
        string key = (await DoAsync(HttpMethod.Post, "/api/device/register", """{"device_id":"shop-1","kind":"gateway"}"""))
            .GetProperty("token").GetString()!;
        await DoAsync(HttpMethod.Post, "/api/device/register", """{"device_id":"clock-1","kind":"thing"}""");
        Assert.Equal(s_yes, await ConnectAsync("shop-1", key, "watcher-1"));
        foreach ((string user, string topic, int access, bool may) in new[]
        {
            ("shop-1", "rv/deployment/available", 4, true), ("shop-1", "rv/deployment/available", 1, true),
            ("shop-1", "rv/deployment/available/shop-1", 4, true), ("shop-1", "$share/g/rv/deployment/available/shop-1", 4, true),
            ("shop-1", "rv/deployment/available/shop-2", 4, false), ("shop-1", "rv/deployment/available", 2, false),
            ("shop-1", "rv/deployment/available/+", 4, false), ("shop-1", "rv/deployment/#", 4, false),
            ("shop-1", "rv/deployment/status", 2, true), ("shop-1", "rv/deployment/status/shop-1", 2, true),
            ("shop-1", "rv/deployment/status/shop-2", 2, false), ("shop-1", "rv/deployment/status", 4, false),
            ("clock-1", "rv/deployment/available", 4, false), ("clock-1", "rv/deployment/status", 2, false),
            ("clock-1", "rv/deployment/status/clock-1", 2, false), (Device.Id, "rv/deployment/available", 4, false),
            ("clocks", "rv/deployment/available", 4, false), ("jambox", "rv/deployment/available", 2, true),
            ("jambox", "rv/deployment/status/+", 4, true),
        })
        {
            string client = user == "jambox" ? OutsideBroker.ClientId : $"of-{user}";
            Assert.True((may ? 200 : 403) == await AclAsync(user, topic, access, client), $"{user} {access} {topic}");
        }

        Assert.Equal("allow", await TopicAsync("shop-1", "read", "rv.deployment.available"));
        Assert.Equal("allow", await TopicAsync("shop-1", "write", "rv.deployment.status.shop-1"));
        Assert.Equal("deny", await TopicAsync("shop-1", "write", "rv.deployment.available.shop-1"));
        Assert.Equal("deny", await TopicAsync("shop-1", "read", "rv.deployment.available.*"));
        Assert.Equal("deny", await TopicAsync("clock-1", "read", "rv.deployment.available"));
    }

    [Fact]
    public async Task KeysAreToldApartByTheirClientIds()
    {
        long place = await PlaceAsync("Shop");
        string viewer = await KeyAsync("viewer", place);
        string operating = await KeyAsync("operator");
        string topic = $"jambox/device/{Device.Id}/commands";
        Assert.Equal(s_yes, await ConnectAsync("key", viewer, "seer-1"));
        Assert.Equal(s_yes, await ConnectAsync("key", operating, "doer-1"));
        Assert.Equal(s_no, await ConnectAsync("key", "wrong", "doer-2"));

        // The box stands nowhere: who sees one place does not see it.
        Assert.Equal((403, 403), (await AclAsync("key", topic, 4, "seer-1"), await AclAsync("key", "jambox/#", 4, "seer-1")));
        Assert.Equal((200, 200), (await AclAsync("key", topic, 2, "doer-1"), await AclAsync("key", "jambox/#", 4, "doer-1")));
        Assert.Equal(403, await AclAsync("key", topic, 4, "nobody-1"));

        // It is put there.
        await MoveAsync(Device.Id, place);
        Host.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal((200, 403), (await AclAsync("key", topic, 4, "seer-1"), await AclAsync("key", topic, 2, "seer-1")));

        // A key that is gone is refused within 5 s, on connections that are open too.
        await DoAsync(HttpMethod.Delete, "/api/keys/test%202");
        Host.Clock.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(s_no, await ConnectAsync("key", operating, "doer-1"));
        Assert.Equal(403, await AclAsync("key", topic, 2, "doer-1"));
    }

    [Fact]
    public async Task ASharedUserSpeaksAsAnyDeviceBelowItsPrefixAndNothingElse()
    {
        // Warned of at the start, before anybody asks.
        Assert.Contains("user clocks is shared", Host.Log.Text, StringComparison.Ordinal);
        Assert.Equal(s_yes, await ConnectAsync("clocks", "password-of-clocks", "c9"));
        Assert.Equal(s_no, await ConnectAsync("clocks", "password-of-others", "c9"));
        Assert.Equal(200, await AclAsync("clocks", "/vesper/bell-1/data", 2));
        Assert.Equal(200, await AclAsync("clocks", "/vesper/bell-2/control", 4));
        Assert.Equal(403, await AclAsync("clocks", "/vesper/+/control", 4));
        Assert.Equal(403, await AclAsync("clocks", "/vesper/bell-1/control", 2));
        Assert.Equal(403, await AclAsync("clocks", $"jambox/device/{Device.Id}/telemetry", 2));
    }

    /// <summary>Client-id theft: a broker gives the session, and what waits in it, to whoever calls itself so.</summary>
    [Fact]
    public async Task AClientIdIsItsFirstUsersForThirtyDays()
    {
        TestDevice thief = await Host.RegisterAsync();
        Assert.Equal(s_yes, await ConnectAsync(Device.Id, Device.Token, "c1"));
        Assert.Equal(s_no, await ConnectAsync(thief.Id, thief.Token, "c1"));
        Assert.Equal(403, await AclAsync(thief.Id, $"jambox/device/{thief.Id}/telemetry", 2));
        Assert.Equal(s_yes, await ConnectAsync(thief.Id, thief.Token, "c2"));
        Assert.Equal(s_yes, await ConnectAsync(thief.Id, thief.Token, ""));
        Host.Clock.Advance(TimeSpan.FromDays(29));
        Assert.Equal(s_no, await ConnectAsync(thief.Id, thief.Token, "c1"));
        Host.Clock.Advance(TimeSpan.FromDays(2));
        Assert.Equal(s_yes, await ConnectAsync(thief.Id, thief.Token, "c1"));
        Assert.Equal(s_no, await ConnectAsync(Device.Id, Device.Token, "c1"));
    }

    /// <summary>The backend is asked about, too; its session is nobody else's.</summary>
    [Fact]
    public async Task TheBackendItselfIsLetInAndItsClientIdsAreItsOwn()
    {
        Assert.Equal(s_yes, await ConnectAsync("jambox", "secret@broker", OutsideBroker.ClientId));
        Assert.Equal(s_no, await ConnectAsync("jambox", "secret%40broker", OutsideBroker.ClientId));
        Assert.Equal(200, await AclAsync("jambox", "jambox/+/info/+", 4, OutsideBroker.ClientId));
        Assert.Equal(200, await AclAsync("jambox", $"jambox/device/{Device.Id}/commands", 2, OutsideBroker.ClientId));
        Assert.Equal(s_no, await ConnectAsync(Device.Id, Device.Token, "jambox"));
        Assert.Equal(s_no, await ConnectAsync(Device.Id, Device.Token, "jambox-server2"));
        Assert.Equal(s_yes, await ConnectAsync(Device.Id, Device.Token, "jamboxes"));
    }

    [Fact]
    public async Task ATokenThatWasReplacedIsGoodUntilTheNewOneIsUsed()
    {
        JsonElement json = await DoAsync(HttpMethod.Post, $"/api/device/{Device.Id}/regenerate-token");
        string next = json.GetProperty("token").GetString()!;
        Assert.Equal(s_yes, await ConnectAsync(Device.Id, Device.Token, "c1"));
        Assert.Equal(s_yes, await ConnectAsync(Device.Id, next, "c1"));
        Assert.Equal(s_no, await ConnectAsync(Device.Id, Device.Token, "c1"));
    }

    /// <summary>As RabbitMQ 3.10 sends it, which knows no other Content-Type and no header.</summary>
    [Fact]
    public async Task RabbitIsToldAllowOrDeny()
    {
        string id = Device.Id;
        Assert.Equal("allow", await RabbitAsync("user", $"username={id}&password={Device.Token}&vhost=%2F&client_id=c1"));
        Assert.Equal("deny", await RabbitAsync("user", $"username={id}&password=wrong&vhost=%2F&client_id=c1"));
        Assert.Equal("allow", await RabbitAsync("vhost", $"username={id}&vhost=%2F&ip=127.0.0.1&tags=&client_id=c1"));
        Assert.Equal("deny", await RabbitAsync("vhost", "username=nobody&vhost=%2F&ip=127.0.0.1&tags=&client_id=c1"));
        Assert.Equal("allow", await ResourceAsync(id, "queue", "mqtt-subscription-c1qos1", "configure"));
        Assert.Equal("allow", await ResourceAsync(id, "queue", "mqtt-subscription-c1qos0", "read"));
        Assert.Equal("allow", await ResourceAsync(id, "exchange", "amq.topic", "read"));
        Assert.Equal("allow", await ResourceAsync(id, "exchange", "amq.topic", "write"));
        Assert.Equal("deny", await ResourceAsync(id, "exchange", "amq.topic", "configure"));
        Assert.Equal("deny", await ResourceAsync(id, "exchange", "amq.direct", "write"));
        Assert.Equal("deny", await ResourceAsync(id, "exchange", "", "write"));
        Assert.Equal("deny", await ResourceAsync(id, "queue", "mqtt-subscription-c2qos1", "read"));
        Assert.Equal("deny", await ResourceAsync(id, "queue", "mqtt-subscription-c1qos2", "read"));
        Assert.Equal("deny", await ResourceAsync(id, "queue", "work", "read"));
        Assert.Equal("allow", await TopicAsync(id, "write", $"jambox.device.{id}.telemetry"));
        Assert.Equal("allow", await TopicAsync(id, "read", $"jambox.device.{id}.*"));
        Assert.Equal("deny", await TopicAsync(id, "read", "jambox.device.*.commands"));
        Assert.Equal("deny", await TopicAsync(id, "read", "#"));
        Assert.Equal("deny", await TopicAsync(id, "write", "jambox.device.other.telemetry"));
        Assert.Equal("deny", await TopicAsync(id, "write", $"jambox/device/{id}/telemetry"));
        Assert.Equal("allow", await RabbitAsync("user", "username=jambox&password=secret%40broker&vhost=%2F&client_id=jambox"));
        Assert.Equal("allow", await RabbitAsync("vhost", "username=jambox&vhost=%2F&ip=127.0.0.1&tags=&client_id=jambox"));
        Assert.Equal("allow", await RabbitAsync(
            "resource",
            "username=jambox&vhost=%2F&resource=queue&name=mqtt-subscription-jamboxqos1&permission=configure&tags=&client_id=jambox"));
        Assert.Equal("allow", await RabbitAsync(
            "topic",
            "username=jambox&vhost=%2F&resource=topic&name=amq.topic&permission=read&tags=&routing_key=jambox.%2A.info.%2A"
            + "&variable_map.client_id=jambox&variable_map.username=jambox&variable_map.vhost=%2F"));
    }

    [Fact]
    public async Task WhoDoesNotKnowTheKeyLearnsNothing()
    {
        string good = $$"""{"clientid":"c1","password":"{{Device.Token}}","username":"{{Device.Id}}"}""";
        Assert.Equal(403, (await AskAsync("user", good)).Status);
        Assert.Equal(403, (await AskAsync("user?key=", good)).Status);
        Assert.Equal(403, (await AskAsync($"user?key={AuthKey}x", good)).Status);
        Assert.Equal(403, (await AskAsync($"user?key={new string('k', 300)}", good)).Status);
        Assert.Equal((200, "deny"), await AskAsync("rabbit/user", $"username={Device.Id}&password={Device.Token}&client_id=c1", Form));
        Assert.Equal(200, (await AskAsync("user", good, Json, AuthKey)).Status);

        await using BackendHost none = Host.Another();
        await none.InitializeAsync();
        TestDevice device = await none.RegisterAsync();
        good = $$"""{"clientid":"c1","password":"{{device.Token}}","username":"{{device.Id}}"}""";
        using StringContent body = new(good, Encoding.UTF8, Json);
        using HttpResponseMessage answer = await none.Http.PostAsync("/mqtt/auth/user?key=", body);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
    }

    [Fact]
    public async Task KeysCannotBeGuessedForLong()
    {
        await using BackendHost host = Host.Another($"--Mqtt:AuthKey={AuthKey}", "--RateLimits:FailedPerMinute=3");
        await host.InitializeAsync();
        List<int> answers = [];
        for (int i = 0; i < 5; i++)
        {
            using StringContent body = new("{}", Encoding.UTF8, Json);
            using HttpResponseMessage answer = await host.Http.PostAsync(
                i % 2 == 0 ? "/mqtt/auth/acl?key=x" : "/mqtt/auth/rabbit/topic?key=x", body);
            answers.Add((int)answer.StatusCode);
            Assert.Equal(answers[^1] == 429, answer.Headers.RetryAfter is not null);
        }

        Assert.Equal([403, 200, 403, 429, 429], answers);

        // Whoever knows it is let in from the same address.
        using StringContent good = new("{}", Encoding.UTF8, Json);
        using HttpResponseMessage known = await host.Http.PostAsync($"/mqtt/auth/superuser?key={AuthKey}", good);
        Assert.Equal(403, (int)known.StatusCode);
    }

    /// <summary>Token in query logged: a fault of the old systems.</summary>
    [Fact]
    public async Task NeitherKeyNorPasswordIsInTheLog()
    {
        await AskAsync($"user?key={AuthKey}", $$"""{"clientid":"c1","password":"wrong-password","username":"{{Device.Id}}"}""");
        await AskAsync($"user?key={AuthKey}", $$"""{"clientid":"c1","password":"{{Device.Token}}","username":"{{Device.Id}}"}""");
        await AskAsync($"acl?key={AuthKey}x", "{");
        Assert.Contains("a connection of", Host.Log.Text, StringComparison.Ordinal);
        foreach (string secret in new[] { AuthKey, "wrong-password", Device.Token, "password-of-clocks", "secret%40broker" })
        {
            Assert.DoesNotContain(secret, Host.Log.Text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ARefusalIsCountedAndSaidOnceAMinute()
    {
        MqttRefusals refusals = Host.Services.GetRequiredService<MqttRefusals>();
        long before = refusals.Count;
        for (int i = 0; i < 10; i++)
        {
            await AclAsync(Device.Id, $"jambox/device/other{i}/telemetry\u001b[31m", 2);
        }

        Assert.Equal(10, refusals.Count - before);
        string line = Assert.Single(
            Host.Log.Text.Split('\n'), static line => line.Contains("jambox/device/other", StringComparison.Ordinal));
        Assert.DoesNotContain('\u001b', line);
    }

    /// <summary>Neither yes nor no: the broker must not take it for either.</summary>
    [Theory]
    [InlineData("user", """{"username":"JBNB0001","password":"a","clientid":"c"}""", Json)]
    [InlineData("acl", """{"username":"JBNB0001","topic":"jambox/device/JBNB0001/telemetry","acc":2,"clientid":"c"}""", Json)]
    [InlineData("rabbit/user", "username=JBNB0001&password=a&client_id=c", Form)]
    [InlineData("rabbit/topic", "username=JBNB0001&name=amq.topic&permission=read&routing_key=jambox.device.JBNB0001.telemetry", Form)]
    public async Task AStorageThatDoesNotAnswerIsNoAnswer(string path, string body, string type)
    {
        await Host.Services.GetRequiredService<Store>().WriteAsync(0, static (session, _) =>
        {
            // A storage that answers each question with an error, in whatever program.
            session.Execute("ALTER TABLE devices RENAME TO devices_lost");
            return session.Execute("ALTER TABLE mqtt_clients RENAME TO mqtt_clients_lost");
        });
        Assert.Equal(503, (await AskAsync($"{path}?key={AuthKey}", body, type)).Status);
    }

    private Task<(int Status, string Text)> ConnectAsync(string user, string password, string client) =>
        AskAsync($"user?key={AuthKey}", $$"""{"clientid":"{{client}}","password":"{{password}}","username":"{{user}}"}""");

    private async Task<int> AclAsync(string user, string topic, int access, string client = "c1")
    {
        string quoted = JsonSerializer.Serialize(topic);
        return (await AskAsync(
            $"acl?key={AuthKey}", $$"""{"acc":{{access}},"clientid":"{{client}}","topic":{{quoted}},"username":"{{user}}"}""")).Status;
    }

    private async Task<string> RabbitAsync(string question, string form)
    {
        (int status, string text) = await AskAsync($"rabbit/{question}?key={AuthKey}", form, Form);
        Assert.Equal(200, status);
        return text;
    }

    private Task<string> ResourceAsync(string user, string resource, string name, string permission) => RabbitAsync(
        "resource", $"username={user}&vhost=%2F&resource={resource}&name={name}&permission={permission}&tags=&client_id=c1");

    private Task<string> TopicAsync(string user, string permission, string key) => RabbitAsync(
        "topic",
        $"username={user}&vhost=%2F&resource=topic&name=amq.topic&permission={permission}&tags=&routing_key={Uri.EscapeDataString(key)}"
        + $"&variable_map.client_id=c1&variable_map.username={user}&variable_map.vhost=%2F");

    private async Task<(int Status, string Text)> AskAsync(string path, string body, string type = Json, string? header = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, $"/mqtt/auth/{path}");
        request.Content = new StringContent(body);
        request.Content.Headers.ContentType = new(type);
        if (header is not null)
        {
            request.Headers.Add("X-Auth-Key", header);
        }

        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        return ((int)answer.StatusCode, (int)answer.StatusCode == 503 ? "" : await answer.Content.ReadAsStringAsync());
    }
}
