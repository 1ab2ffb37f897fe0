using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Mqtt;
using JamBox.Backend.Mqtt.Access;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Mqtt.Access;

/// <summary>Who may connect over MQTT, whichever broker it is.</summary>
public abstract class MqttSignInTests(BackendHost shared)
    : HostedTest(
        shared, $"--Mqtt:Secret={Secret}", "--Mqtt:Prefixes=jambox:device+env,vesper:serial",
        "--Mqtt:SharedUsers=oldclock:vesper:compiled-in:with-colon")
{
    private const string Secret = "the secret of all old clocks";

    private IMqttSignIn SignIn => Host.Services.GetRequiredService<IMqttSignIn>();

    [Fact]
    public async Task ADeviceSignsInWithItsTokenAndNoOthers()
    {
        TestDevice one = await ThingAsync("m-1");
        TestDevice other = await ThingAsync("m-2");
        Assert.Equal("m-1", (await SignInAsync("m-1", one.Token))?.Device?.DeviceId);
        Assert.Null(await SignInAsync("m-1", other.Token));
        Assert.Null(await SignInAsync("m-3", one.Token));
        Assert.Null(await SignInAsync("", one.Token));
        Assert.Null(await SignInAsync(null, null));
        Assert.Null(await SignInAsync("m-1", new string('x', 5000)));
    }

    [Fact]
    public async Task AnOldTokenEndsWhenItsSuccessorIsUsed()
    {
        TestDevice device = await ThingAsync("m-4");
        MqttSender before = (await SignInAsync("m-4", device.Token))!;
        string next = (await AdminAsync(HttpMethod.Post, "/api/device/m-4/regenerate-token")).Json.GetProperty("token").GetString()!;
        Assert.NotNull(await SignInAsync("m-4", device.Token));
        Assert.NotNull(await SignInAsync("m-4", next));
        Assert.Null(await SignInAsync("m-4", device.Token));
        Assert.False(await SignIn.IsGoodAsync(before, CancellationToken.None));
    }

    [Fact]
    public async Task ADeviceThatIsSwitchedOffIsRefused()
    {
        TestDevice device = await ThingAsync("m-5");
        MqttSender sender = (await SignInAsync("m-5", device.Token))!;
        Assert.True(await SignIn.IsGoodAsync(sender, CancellationToken.None));
        Assert.Equal(200, (await AdminAsync(HttpMethod.Put, "/api/device/m-5/status", """{"status":"inactive"}""")).Status);
        Assert.False(await SignIn.IsGoodAsync(sender, CancellationToken.None));
        Assert.Null(await SignInAsync("m-5", device.Token));
    }

    [Fact]
    public async Task PeopleSignInWithAKey()
    {
        MqttSender sender = (await SignInAsync("key", BackendHost.AdminKey))!;
        Assert.NotNull(sender.Caller);
        Assert.True(await SignIn.IsGoodAsync(sender, CancellationToken.None));
        Assert.Null(await SignInAsync("key", BackendHost.AdminKey + "x"));
    }

    [Fact]
    public async Task TheDerivedPasswordCountsWhereItIsOnAndUntilTheTokenIsUsed()
    {
        TestDevice device = await ThingAsync("m-6");
        string password = Convert.ToHexStringLower(
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes("m-6")))[..32];
        Assert.Null(await SignInAsync("m-6", password));
        (int status, JsonElement json) = await AdminAsync(HttpMethod.Put, "/api/devices/m-6/mqtt-password", """{"derived":true}""");
        Assert.Equal((200, password), (status, json.GetProperty("password").GetString()));
        MqttSender sender = (await SignInAsync("m-6", password))!;
        Assert.Equal("m-6", sender.Device!.DeviceId);
        Assert.True(await SignIn.IsGoodAsync(sender, CancellationToken.None));
        Assert.Null(await SignInAsync("m-6", password[..31] + (password[31] == '0' ? '1' : '0')));
        Assert.Null(await SignInAsync("m-5", password));

        // Over HTTP counts as well.
        Assert.Equal(200, (await device.PostAsync("/api/things/heartbeat", """{"uptime":1}""")).Status);
        Assert.Null(await SignInAsync("m-6", password));
        Assert.False(await SignIn.IsGoodAsync(sender, CancellationToken.None));
        Assert.Equal(200, (await AdminAsync(HttpMethod.Put, "/api/devices/m-6/mqtt-password", """{"derived":false}""")).Status);
        Assert.Equal(404, (await AdminAsync(HttpMethod.Put, "/api/devices/nobody/mqtt-password", """{"derived":true}""")).Status);
        Assert.Equal(400, (await AdminAsync(HttpMethod.Put, "/api/devices/m-6/mqtt-password", "{}")).Status);
    }

    [Fact]
    public async Task ASharedUserSpeaksForItsPrefixOnly()
    {
        MqttSender sender = (await SignInAsync("oldclock", "compiled-in:with-colon"))!;
        Assert.Null(await SignInAsync("oldclock", "compiled-in"));
        MqttAccess access = Host.Services.GetRequiredService<MqttAccess>();
        Assert.True(access.May(sender, MqttAct.Publish, "/vesper/JB1/data", static _ => null));
        Assert.True(access.May(sender, MqttAct.Subscribe, "/vesper/JB1/control", static _ => null));
        Assert.False(access.May(sender, MqttAct.Publish, "/vesper/JB1/control", static _ => null));
        Assert.False(access.May(sender, MqttAct.Publish, "jambox/device/JB1/telemetry", static _ => null));
        Assert.False(access.May(sender, MqttAct.Subscribe, "/vesper/+/control", static _ => null));
    }

    [Fact]
    public async Task AClientIdIsItsFirstUsersFor30Days()
    {
        TestDevice one = await ThingAsync("m-7");
        TestDevice other = await ThingAsync("m-8");
        Assert.NotNull(await SignInAsync("m-7", one.Token, "hall", owns: true));
        Assert.NotNull(await SignInAsync("m-7", one.Token, "hall", owns: true));
        Assert.Null(await SignInAsync("m-8", other.Token, "hall", owns: true));
        Assert.NotNull(await SignInAsync("m-8", other.Token, "hall", owns: false));
        Assert.NotNull(await SignInAsync("m-8", other.Token, "", owns: true));
        Assert.Null(await SignInAsync("m-8", other.Token, new string('c', 257), owns: true));
        Host.Clock.Advance(TimeSpan.FromDays(31));
        Assert.NotNull(await SignInAsync("m-8", other.Token, "hall", owns: true));
        Assert.Null(await SignInAsync("m-7", one.Token, "hall", owns: true));
    }

    [Fact]
    public async Task WhoInventsClientIdsKeepsAHundredOfThem()
    {
        TestDevice device = await ThingAsync("m-9");
        for (int i = 0; i < 105; i++)
        {
            Assert.NotNull(await SignInAsync("m-9", device.Token, $"invented-{i}", owns: true));
            Host.Clock.Advance(TimeSpan.FromSeconds(5));
        }

        ClientIds clients = Host.Services.GetRequiredService<ClientIds>();
        Assert.Null(await clients.OwnerAsync("invented-0"));
        Assert.Equal("m-9", await clients.OwnerAsync("invented-104"));
    }

    private ValueTask<MqttSender?> SignInAsync(string? user, string? password, string clientId = "c", bool owns = false) =>
        SignIn.SignInAsync(user, password, clientId, owns, CancellationToken.None);

    private async Task<TestDevice> ThingAsync(string id)
    {
        (int status, JsonElement json) = await AdminAsync(
            HttpMethod.Post, "/api/device/register", $$"""{"device_id":"{{id}}","kind":"thing"}""");
        Assert.Equal(201, status);
        return new TestDevice(Host, id, json.GetProperty("token").GetString()!);
    }
}
