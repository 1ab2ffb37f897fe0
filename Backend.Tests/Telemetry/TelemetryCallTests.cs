using System.Net;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Telemetry;

/// <summary>The calls of devices, as old ones make them.</summary>
public abstract class TelemetryCallTests(BackendHost shared) : TelemetryTest(shared)
{
    [Theory]
    [InlineData("")]
    [InlineData("/api")]
    public async Task TheOldCallsAnswerByteForByte(string root)
    {
        TestDevice thing = await ThingAsync();
        string time = Now(Host);
        (int status, string body, _) = await SendAsync(HttpMethod.Get, $"{root}/telemetry/latest?device_token={thing.Token}");
        Assert.Equal((200, $$"""{"device_id":"{{thing.Id}}","data":{},"timestamp":null}"""), (status, body));

        (status, body, _) = await SendAsync(
            HttpMethod.Post, $"{root}/devices/{thing.Id}/telemetry",
            $$$"""{"device_token":"{{{thing.Token}}}","data":{"v0":1,"temperature":25.5}}""");
        Assert.Equal(
            (200, $$$"""{"message":"ok","device_id":"{{{thing.Id}}}","data":{"v0":1,"temperature":25.5},"timestamp":"{{{time}}}"}"""),
            (status, body));

        Host.Clock.Advance(TimeSpan.FromSeconds(1));
        time = Now(Host);
        (status, body, _) = await SendAsync(
            HttpMethod.Post, $"{root}/telemetry", $$$"""{"device_token":"{{{thing.Token}}}","data":{"humidity":true}}""");
        Assert.Equal(
            (200,
                $$$"""{"message":"ok","device_id":"{{{thing.Id}}}","led":1,"updated_data":{"v0":1,"temperature":25.5,"humidity":true},"timestamp":"{{{time}}}"}"""),
            (status, body));

        (status, body, _) = await SendAsync(HttpMethod.Get, $"{root}/telemetry/latest?device_token={thing.Token}");
        Assert.Equal(
            (200, $$$"""{"device_id":"{{{thing.Id}}}","data":{"v0":1,"temperature":25.5,"humidity":true},"timestamp":"{{{time}}}"}"""),
            (status, body));

        (status, body, _) = await SendAsync(
            HttpMethod.Get, $"{root}/telemetry/history?device_id={thing.Id}&key=v0&period=24h", token: BackendHost.AdminKey);
        Assert.Equal(200, status);
        Assert.Equal(1, JsonElement.Parse(body)[0].GetProperty("value").GetDouble());
    }

    [Theory]
    [InlineData("""{"led":1,"v0":0}""", 1)]
    [InlineData("""{"led":false,"v0":1}""", 0)]
    [InlineData("""{"v0":2}""", 1)]
    [InlineData("""{"v1":1}""", 0)]
    public async Task LedIsLedElseV0(string data, int led) =>
        Assert.Equal(led, (await SayAsync(await ThingAsync(), data)).GetProperty("led").GetInt32());

    /// <summary>403 whether there is such a device or not: only an admin is told which.</summary>
    [Fact]
    public async Task IdsCannotBeProbed()
    {
        TestDevice thing = await ThingAsync(), other = await ThingAsync();
        const string Data = """{"data":{"a":1}}""";
        (int Status, string Body) known = await AnswerAsync(thing.Id, "wrong"), unknown = await AnswerAsync("nobody", "wrong");
        Assert.Equal(403, known.Status);
        Assert.Equal(known, unknown);
        Assert.Equal(403, (await AnswerAsync(thing.Id, other.Token)).Status);
        Assert.Equal(403, (await AnswerAsync("nobody", other.Token)).Status);
        Assert.Equal(403, (await AnswerAsync(thing.Id, null)).Status);
        Assert.Equal(403, (await AnswerAsync("nobody", await KeyAsync("viewer"))).Status);
        Assert.Equal(404, (await AnswerAsync("nobody", BackendHost.AdminKey)).Status);
        Assert.Equal(403, (await AnswerAsync(thing.Id, BackendHost.AdminKey)).Status);
        Assert.Equal(400, (await AnswerAsync("no%20id", other.Token)).Status);
        Assert.Equal(403, (await SendAsync(HttpMethod.Get, "/telemetry/latest?device_token=wrong")).Status);
        Assert.Equal(403, (await SendAsync(HttpMethod.Get, "/telemetry/latest")).Status);
        Assert.Equal(403, (await SendAsync(HttpMethod.Post, "/telemetry", """{"device_token":"wrong","data":{}}""")).Status);

        async Task<(int Status, string Body)> AnswerAsync(string id, string? token)
        {
            (int status, string body, _) = await SendAsync(HttpMethod.Post, $"/devices/{id}/telemetry", Data, token);
            return (status, body);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("""{"data":{"_server":1}}""")]
    [InlineData("""{"data":{"a":[]}}""")]
    public async Task ABrokenBodyIsRefused(string body)
    {
        (int status, string answer, _) = await SendAsync(HttpMethod.Post, "/telemetry", body, (await ThingAsync()).Token);
        Assert.Equal(400, status);
        Assert.NotEqual("", JsonElement.Parse(answer).GetProperty("error").GetString());
    }

    /// <summary>A token that stands in a query or a body is a secret all the same.</summary>
    [Fact]
    public async Task TokenInQueryIsNeverLogged()
    {
        TestDevice thing = await ThingAsync();
        Assert.Equal(200, (await SendAsync(HttpMethod.Get, $"/telemetry/latest?device_token={thing.Token}")).Status);
        Assert.Equal(200, (await SendAsync(HttpMethod.Post, "/telemetry", $$$"""{"device_token":"{{{thing.Token}}}","data":{}}""")).Status);
        Assert.Equal(404, (await SendAsync(HttpMethod.Get, $"/telemetry/nothing?device_token={thing.Token}")).Status);
        Assert.NotEqual(200, (await SendAsync(HttpMethod.Post, $"/telemetry?device_token={thing.Token}", """{"data":{}}""")).Status);
        Assert.DoesNotContain(thing.Token, Host.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ABatchIsStoredOnceHoweverOftenItComes()
    {
        TestDevice thing = await ThingAsync();
        string batch = $$$"""
            {"device_token":"{{{thing.Token}}}","batch":[
                {"t":"{{{Now(Host, 60)}}}","data":{"a":2,"b":5}},{"t":"{{{Now(Host, 120)}}}","data":{"a":1}},
                {"t":"{{{Now(Host, 60)}}}","data":{"a":9,"c":7}}]}
            """;
        Assert.Equal(200, (await SendAsync(HttpMethod.Post, "/telemetry", batch, isPacked: true)).Status);
        Assert.Equal(200, (await SendAsync(HttpMethod.Post, "/telemetry", batch)).Status);
        Assert.Equal([1d, 2d], (await HistoryAsync(thing, "a")).Select(static one => one.Value));
        Assert.Equal([7d], (await HistoryAsync(thing, "c")).Select(static one => one.Value));

        // Of a moment that is known a new key is added.
        await SendAsync(
            HttpMethod.Post, "/telemetry", $$$"""{"batch":[{"t":"{{{Now(Host, 120)}}}","data":{"a":8,"d":4}}]}""", thing.Token);
        Assert.Equal([1d, 2d], (await HistoryAsync(thing, "a")).Select(static one => one.Value));
        Assert.Equal([4d], (await HistoryAsync(thing, "d")).Select(static one => one.Value));
        JsonElement series = await GetAsync($"/api/devices/{thing.Id}/telemetry?key=a&period=1h");
        Assert.Equal(5, series.GetProperty("points_stored").GetInt64());
    }

    [Theory]
    [InlineData(-11 * 60, "ahead")]
    [InlineData(31 * 24 * 3600, "further back")]
    public async Task ATimeThatCannotBeIsRefused(int secondsAgo, string reason)
    {
        (int status, string body, _) = await SendAsync(
            HttpMethod.Post, "/telemetry", $$$"""{"batch":[{"t":"{{{Now(Host, secondsAgo)}}}","data":{"a":1}}]}""",
            (await ThingAsync()).Token);
        Assert.Equal(400, status);
        Assert.Contains(reason, body, StringComparison.Ordinal);
    }

    /// <summary>A few kilobytes that would be a gigabyte cost no more than the limit.</summary>
    [Fact]
    public async Task ABombOfGzipIsStopped()
    {
        TestDevice thing = await ThingAsync();
        byte[] bomb = new byte[20 * 1024 * 1024];
        Array.Fill(bomb, (byte)' ');
        Assert.Equal(413, (await SendAsync(HttpMethod.Post, "/telemetry", bomb, thing.Token, isPacked: true)).Status);
        Assert.Equal(413, (await SendAsync(HttpMethod.Post, "/telemetry", new byte[65 * 1024], thing.Token, isPacked: false)).Status);
        byte[] padded = Encoding.UTF8.GetBytes("""{"data":{"a":1}}""" + new string(' ', 1_000_000));
        Assert.Equal(200, (await SendAsync(HttpMethod.Post, "/telemetry", padded, thing.Token, isPacked: true)).Status);
        using HttpRequestMessage broken = new(HttpMethod.Post, "/telemetry") { Content = new ByteArrayContent([1, 2, 3]) };
        broken.Headers.Authorization = new("Bearer", thing.Token);
        broken.Content.Headers.ContentEncoding.Add("gzip");
        using HttpResponseMessage answer = await Host.Http.SendAsync(broken);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    /// <summary>A connection that is closed while the sender still writes takes the answer with it.</summary>
    [Fact]
    public async Task WhoSendsTooMuchIsToldAndMaySendOn()
    {
        TestDevice thing = await ThingAsync();
        for (int round = 0; round < 20; round++)
        {
            Assert.Equal(413, (await SendAsync(HttpMethod.Post, "/telemetry", new byte[900_000], thing.Token, isPacked: false)).Status);
            Assert.Equal(413, (await thing.PostAsync("/api/things/heartbeat", new string(' ', 900_000))).Status);
            await SayAsync(thing, """{"a":1}""");
        }
    }

    [Fact]
    public async Task ADeviceThatSendsIsSeen()
    {
        TestDevice thing = await ThingAsync();
        await SayAsync(thing, """{"a":1}""");
        JsonElement device = (await GetAsync($"/api/device/{thing.Id}")).GetProperty("device");
        Assert.Equal("online", device.GetProperty("connection_status").GetString());
        await Host.RestartAsync();
        Assert.Equal(1, (await GetAsync($"/api/devices/{thing.Id}/state")).GetProperty("merged").GetProperty("a").GetInt32());
    }

    [Fact]
    public async Task ManyAtOnceAreAllStored()
    {
        TestDevice[] things = [await ThingAsync(), await ThingAsync(), await ThingAsync()];
        await Task.WhenAll(Enumerable.Range(0, 120).Select(i => SayAsync(
            things[i % 3], $$$"""{"n":{{{i}}},"on":{{{(i % 2 == 0 ? "true" : "false")}}}}""")));
        Host.Clock.Advance(TimeSpan.FromSeconds(1));
        foreach (TestDevice thing in things)
        {
            Assert.Equal(40, (await HistoryAsync(thing, "n")).Length);
        }
    }

    [Fact]
    public async Task ADeviceHasSoManyKeysAndNoMore()
    {
        TestDevice thing = await ThingAsync();
        for (int part = 0; part < 4; part++)
        {
            await SayAsync(thing, $"{{{string.Join(',', Enumerable.Range(part * 64, 64).Select(static i => $"\"k{i}\":{i}"))}}}");
        }

        Assert.Equal(400, (await SendAsync(HttpMethod.Post, "/telemetry", """{"data":{"more":1}}""", thing.Token)).Status);
        await SayAsync(thing, """{"k7":null}""");
        await SayAsync(thing, """{"more":1}""");
    }
}

/// <summary>How much a device may send.</summary>
public abstract class TelemetryLimitTests(BackendHost shared) : TelemetryTest(shared, "--RateLimits:TelemetryPerMinute=100")
{
    /// <summary>The limiter of the predecessor counted and refused nobody.</summary>
    [Fact]
    public async Task RejectionIsSwitchedOn()
    {
        TestDevice thing = await ThingAsync(), other = await ThingAsync();
        for (int i = 0; i < 100; i++)
        {
            await SayAsync(thing, """{"a":1}""");
        }

        (int status, _, System.Net.Http.Headers.HttpResponseHeaders headers) =
            await SendAsync(HttpMethod.Post, "/telemetry", """{"data":{"a":1}}""", thing.Token);
        Assert.Equal(429, status);
        Assert.InRange(int.Parse(headers.GetValues("Retry-After").Single()), 1, 60);
        Assert.Equal(429, (await SendAsync(HttpMethod.Get, $"/telemetry/latest?device_token={thing.Token}")).Status);
        foreach (string call in new[] { "heartbeat", "info", "events/door", "snapshot" })
        {
            Assert.Equal(429, (await thing.PostAsync($"/api/things/{call}", "{}")).Status);
        }

        // By device, not by address; and what is no telemetry is not counted.
        await SayAsync(other, """{"a":1}""");
        Assert.Equal(200, (await other.PostAsync("/api/things/heartbeat", "{}")).Status);
        Assert.Equal(200, (await SendAsync(HttpMethod.Get, "/health")).Status);
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        await SayAsync(thing, """{"a":1}""");
    }
}

/// <summary>From where a request comes is said by its connection, and by proxies that are known.</summary>
public abstract class ForwardedAddressTests(BackendHost shared) : TelemetryTest(shared, "--RateLimits:FailedPerMinute=3")
{
    /// <summary>Else each guess would come from another address, and the limit of guesses would be none.</summary>
    [Fact]
    public async Task XForwardedForIsNotBelievedFromAnyone()
    {
        int[] answers = await GuessAsync(Host);
        Assert.Equal([403, 403, 403, 429, 429], answers);
    }

    [Fact]
    public async Task AKnownProxyIsBelieved()
    {
        await using BackendHost behind = Host.Another("--RateLimits:FailedPerMinute=3", "--ForwardedHeaders:KnownProxies=127.0.0.0/8, ::1");
        await behind.InitializeAsync();
        int[] answers = await GuessAsync(behind);
        Assert.Equal([403, 403, 403, 403, 403], answers);
    }

    private static async Task<int[]> GuessAsync(BackendHost host)
    {
        List<int> answers = [];
        for (int i = 0; i < 5; i++)
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "/telemetry")
            {
                Content = new StringContent("""{"device_token":"guess","data":{}}"""),
            };
            request.Headers.Add("X-Forwarded-For", $"203.0.113.{i}");
            using HttpResponseMessage answer = await host.Http.SendAsync(request);
            answers.Add((int)answer.StatusCode);
        }

        return [.. answers];
    }
}
