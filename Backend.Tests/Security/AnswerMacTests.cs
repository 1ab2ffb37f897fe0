using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Manufacturing;
using JamBox.Ota.Nvs;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Security;

/// <summary>
/// Authenticated answers on the socket: what a box with a key gets, what others do not notice, and which of two keys counts. The MAC is
/// computed here apart from the backend's own code.
/// </summary>
public abstract class AnswerMacTests(BackendHost shared) : HostedTest(shared, "--Manufacturing:Host=count.example.org")
{
    private const int MaxAnswerBytes = 300;

    private static int s_nonces;

    [Fact]
    public async Task EveryAnswerToABoxWithAKeyBearsItsMac()
    {
        Box box = await MakeAsync();
        foreach ((string method, string path, string body, int status) in new[]
        {
            ("POST", "/api/heartbeat", $$"""{"d":"{{box.Id}}"}""", 200),
            ("POST", "/api/reading", $$"""{"d":"{{box.Id}}","i":1,"u":1,"t":1769680799,"ts":1,"b":1,"n":1}""", 201),
            ("POST", "/api/reading", $$"""{"d":"{{box.Id}}","i":1,"u":1,"t":1769680799,"ts":1,"b":1,"n":1}""", 201),
            ("POST", "/api/reading", "{", 400),
            ("POST", "/api/reading", "{\"d\":\"JBNB9999\",\"i\":1,\"u\":1,\"t\":1}", 401),
            ("POST", "/api/heartbeat", new string(' ', 17_000), 413),
            ("GET", $"/api/config/{box.Id}?d={box.Id}", "", 200),
            ("GET", "/api/config/JBNB9999", "", 403),
            ("POST", "/api/geolocation", $$"""{"d":"{{box.Id}}","wifi":[]}""", 400),
            ("POST", "/api/ota/check", $$"""{"d":"{{box.Id}}","v":"6.0.0","hw":"atoms3-nb1","p":"LHE"}""", 200),
            ("GET", "/api/ota/manifest?id=7", "", 404),
            ("GET", "/api/ota/chunk?id=7&chunk=0", "", 404),
            ("POST", "/api/ota/complete", $$"""{"d":"{{box.Id}}","v":"6.1.0","id":7,"status":"failed"}""", 200),
        })
        {
            RawAnswer answer = await AskAsync(box, method, path, body);
            Assert.True(status == answer.Status, $"{path}: {answer.Text}");
            Assert.DoesNotContain("Content-Type", answer.Head, StringComparison.OrdinalIgnoreCase);
            Assert.InRange(answer.Length, 1, path.StartsWith("/api/config", StringComparison.Ordinal) ? 500 : MaxAnswerBytes);
        }

        for (int i = 0; i < 11; i++)
        {
            await AskAsync(box, "POST", "/api/geolocation", $$"""{"d":"{{box.Id}}","wifi":[]}""");
        }

        RawAnswer busy = await AskAsync(box, "POST", "/api/geolocation", $$"""{"d":"{{box.Id}}","wifi":[]}""");
        Assert.True(busy.Status is 400 or 429, busy.Text);
        await AdminAsync(HttpMethod.Put, $"/api/device/{box.Id}/status", """{"status":"inactive"}""");
        Assert.Equal(401, (await AskAsync(box, "POST", "/api/heartbeat", $$"""{"d":"{{box.Id}}"}""")).Status);
    }

    [Fact]
    public async Task TheLongestAnswerIsStillShort()
    {
        Box box = await MakeAsync();
        await Host.Services.GetRequiredService<Store>().WriteAsync(box.Id, static (session, id) =>
        {
            session.Execute("UPDATE devices SET config_version = 2147483647, has_commands = 1 WHERE device_id = $1", id);
            return session.Execute("""
                INSERT INTO commands (id, device_id, command, arg, state, queued_by, queued_at, expires_at)
                VALUES (2147483647, $1, 'set_interval', 3600000, 'queued', 'x', 0, 9999999999999)
                """, id);
        });
        string reading = $$"""{"d":"{{box.Id}}","i":1,"u":1,"t":1769680799,"ts":1,"b":1,"n":1}""";
        await AskAsync(box, "POST", "/api/reading", reading);
        RawAnswer answer = await AskAsync(box, "POST", "/api/reading", reading);
        Assert.EndsWith("\"note\":\"duplicate_ignored\"}", answer.Body, StringComparison.Ordinal);
        Assert.InRange(answer.Length, 270, MaxAnswerBytes);
    }

    [Fact]
    public async Task WhoeverSendsNoNonceSeesNoDifference()
    {
        Box box = await MakeAsync();
        TestDevice plain = new(Host, box.Id, box.Token);
        string body = $$"""{"d":"{{box.Id}}"}""";
        RawAnswer answer = await plain.PostAsync("/api/heartbeat", body);
        Assert.DoesNotContain("\nM:", answer.Head, StringComparison.Ordinal);
        Assert.Contains("Content-Type: application/json", answer.Head, StringComparison.Ordinal);

        // A device without a key, a nonce that is none, a stranger, HEAD, and a path that is for people.
        foreach (string request in new[]
        {
            Request("POST", "/api/heartbeat", Device.Token, "00112233445566778", $$"""{"d":"{{Device.Id}}"}"""),
            Request("POST", "/api/heartbeat", Device.Token, "0011223344556677", $$"""{"d":"{{Device.Id}}"}"""),
            Request("POST", "/api/heartbeat", box.Token, "001122334455667x", body),
            Request("POST", "/api/heartbeat", "nobody", Nonce(box), body),
            Request("HEAD", $"/api/config/{box.Id}", box.Token, Nonce(box), ""),
            Request("GET", "/api/devices", BackendHost.AdminKey, Nonce(box), ""),
        })
        {
            RawAnswer other = await Host.RawAsync(request);
            Assert.InRange(other.Status, 200, 499);
            Assert.DoesNotContain("\nM:", other.Head, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task ABoxIsAnsweredWithTheKeyThatItHas()
    {
        Box first = await MakeAsync();
        string body = $$"""{"d":"{{first.Id}}"}""";
        await AskAsync(first, "POST", "/api/heartbeat", body);
        Box lost = await ImageAsync(first.Device, "?newMacKey=true"), second = await ImageAsync(first.Device, "?newMacKey=true");
        Assert.NotEqual(first.Key, second.Key);
        await AskAsync(first, "POST", "/api/heartbeat", body);
        Assert.Equal("authenticated", await AnswersAsync(first.Id));

        // Whoever read the token on the line and guesses the name of the newest key takes nothing from the box.
        Assert.Equal(200, (await Host.RawAsync(Request("POST", "/api/heartbeat", first.Token, Nonce(second), body))).Status);
        await AskAsync(first, "POST", "/api/heartbeat", body);

        // An image that got lost is forgotten with its key; the newest works, and the one before until then.
        Assert.Equal(401, (await Host.RawAsync(Request("POST", "/api/heartbeat", lost.Token, Nonce(lost), body))).Status);
        await AskAsync(second, "POST", "/api/heartbeat", body);
        Host.Clock.Advance(TimeSpan.FromSeconds(5));
        RawAnswer old = await Host.RawAsync(Request("POST", "/api/heartbeat", second.Token, Nonce(first), body));
        Assert.Equal(200, old.Status);
        Assert.DoesNotContain("\nM:", old.Head, StringComparison.Ordinal);
        Assert.Equal("other_key", await AnswersAsync(first.Id));

        // From then on that one is the one before.
        Box third = await ImageAsync(first.Device, "?newMacKey=true");
        Host.Clock.Advance(TimeSpan.FromSeconds(5));
        await AskAsync(second, "POST", "/api/heartbeat", body);
        await AskAsync(third, "POST", "/api/heartbeat", body);
    }

    [Fact]
    public async Task WhatABoxCanMakeOfAnswersIsShownAndAlerted()
    {
        Box box = await MakeAsync();
        Assert.Null(await AnswersAsync(box.Id));
        await AskAsync(box, "POST", "/api/heartbeat", Beat(box, 1, 0));
        Assert.Equal("authenticated", await AnswersAsync(box.Id));
        await HeartbeatAsync();
        Assert.Equal("no_key", (await DeviceRowAsync()).GetProperty("answers").GetString());
        JsonElement listed = await GetAsync("/api/devices?answers=no_key");
        Assert.Equal(Device.Id, Assert.Single(listed.EnumerateArray()).GetProperty("device_id").GetString());
        Assert.Equal(400, (await AdminAsync(HttpMethod.Get, "/api/devices?answers=maybe")).Status);

        // More than at the heartbeat before in the same boot, or some in a new one.
        Assert.Empty(await OpenAlertsAsync(box.Id));
        await AskAsync(box, "POST", "/api/heartbeat", Beat(box, 1, 3));
        Assert.Equal("answers", Assert.Single(await OpenAlertsAsync(box.Id)).GetProperty("alert_type").GetString());
        await AskAsync(box, "POST", "/api/heartbeat", Beat(box, 1, 3));
        Assert.Empty(await OpenAlertsAsync(box.Id));
        await AskAsync(box, "POST", "/api/heartbeat", Beat(box, 2, 1));
        Assert.Single(await OpenAlertsAsync(box.Id));
        await AskAsync(box, "POST", "/api/heartbeat", Beat(box, 2, 1));

        // One that had a key and comes without; a key that the server does not have.
        await new TestDevice(Host, box.Id, box.Token).PostAsync("/api/heartbeat", Beat(box, 2, 1));
        Assert.Contains("asks without", Assert.Single(await OpenAlertsAsync(box.Id)).GetRawText(), StringComparison.Ordinal);
        await AskAsync(box, "POST", "/api/heartbeat", Beat(box, 2, 1));
        Assert.Empty(await OpenAlertsAsync(box.Id));
        byte[] other = RandomNumberGenerator.GetBytes(AnswerMac.KeyBytes);
        await Host.RawAsync(Request("POST", "/api/heartbeat", box.Token, Nonce(box with { Key = other }), Beat(box, 3, 0)));
        Assert.Equal("other_key", await AnswersAsync(box.Id));
        Assert.Contains("another key", Assert.Single(await OpenAlertsAsync(box.Id)).GetRawText(), StringComparison.Ordinal);
    }

    /// <summary>The layout of docs/wire.md, to the byte, by another implementation of HMAC's two halves than the framework's.</summary>
    [Fact]
    public void TheMacIsThisToTheByte()
    {
        byte[] key = [.. Enumerable.Range(0, 32).Select(static i => (byte)i)], nonce = [1, 2, 3, 4, 5, 6, 7, 8];
        byte[] message = [.. "JBNB0001\0"u8, .. nonce, .. "/api/reading\0"u8, .. "201"u8, .. "{}"u8];
        byte[] block = [.. key, .. new byte[32]];
        byte[] inner = SHA256.HashData([.. block.Select(static b => (byte)(b ^ 0x36)), .. message]);
        byte[] outer = SHA256.HashData([.. block.Select(static b => (byte)(b ^ 0x5C)), .. inner]);
        Assert.Equal(outer[..8], AnswerMac.Compute(key, "JBNB0001", nonce, "/api/reading", 201, "{}"u8));
    }

    private static string Nonce(Box box)
    {
        byte[] random = BitConverter.GetBytes(Interlocked.Increment(ref s_nonces));
        return Convert.ToHexStringLower([.. random, 7, 7, .. HMACSHA256.HashData(box.Key, Encoding.ASCII.GetBytes(box.Id))[..2]]);
    }

    private static string Beat(Box box, int boot, int count) =>
        $"{{\"d\":\"{box.Id}\",\"b\":{boot}{(count == 0 ? "" : $",\"hc\":{{\"am\":{count}}}")}}}";

    private static string Request(string method, string path, string token, string nonce, string body) =>
        $"{method} {path} HTTP/1.1\r\nHost: 10.0.0.1:5000\r\nAuthorization: Bearer {token}\r\nN: {nonce}\r\n"
        + (method == "POST" ? $"Content-Type: application/json\r\nContent-Length: {body.Length}\r\n" : "")
        + $"Connection: close\r\n\r\n{body}";

    /// <summary>Asks as the box, and checks the MAC as the box does.</summary>
    private async Task<RawAnswer> AskAsync(Box box, string method, string path, string body)
    {
        string nonce = Nonce(box);
        RawAnswer answer = await Host.RawAsync(Request(method, path, box.Token, nonce, body));
        string line = answer.Head.Split("\r\n").SingleOrDefault(static line => line.StartsWith("M: ", StringComparison.Ordinal))
            ?? throw new InvalidOperationException($"no MAC in {answer.Text}");
        byte[] message =
        [
            .. Encoding.ASCII.GetBytes(box.Id), 0, .. Convert.FromHexString(nonce), .. Encoding.ASCII.GetBytes(path), 0,
            .. Encoding.ASCII.GetBytes(answer.Status.ToString(CultureInfo.InvariantCulture)), .. Encoding.UTF8.GetBytes(answer.Body),
        ];
        Assert.Equal(Convert.ToHexStringLower(HMACSHA256.HashData(box.Key, message)[..8]), line[3..]);
        return answer;
    }

    private async Task<string?> AnswersAsync(string id) =>
        (await GetAsync($"/api/device/{id}")).GetProperty("device").GetProperty("answers").GetString();

    private async Task<JsonElement[]> OpenAlertsAsync(string id) =>
        [.. (await Host.ListAsync($"/api/alerts?device_id={id}")).Where(
            static alert => alert.GetProperty("cleared_at").ValueKind == JsonValueKind.Null)];

    private async Task<Box> MakeAsync() => await ImageAsync(await Host.MakeOneAsync());

    private async Task<Box> ImageAsync(JsonElement device, string query = "")
    {
        NvsImage image = NvsImage.Parse(await Host.ImageAsync(device, query));
        return new Box(
            device, device.GetProperty("device_id").GetString()!, MakerCalls.TextOf(image, "token"),
            image.Find(IdentityImage.Namespace, "mac_key")!.Bytes);
    }

    private sealed record Box(JsonElement Device, string Id, string Token, byte[] Key);
}
