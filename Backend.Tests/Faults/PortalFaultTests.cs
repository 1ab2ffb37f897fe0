using System.Net;
using System.Text.Json;

using JamBox.Backend.Operation;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Faults;

/// <summary>
/// The predecessor's faults of portal and alerts, by their numbers. (26 to 29 are of the second storage, which we do not have.)
/// </summary>
public abstract class PortalFaultTests(BackendHost shared) : HostedTest(shared)
{
    [Fact]
    public async Task Fault30_EveryAdminEndpointAsksForAKeyAndNoOtherSiteIsInvited()
    {
        using JsonDocument document = JsonDocument.Parse(await Host.Http.GetStringAsync("/openapi/v1.json"));
        int asked = 0;
        foreach (JsonProperty path in document.RootElement.GetProperty("paths").EnumerateObject()
            .Where(static path => path.Name.StartsWith("/api/", StringComparison.Ordinal)))
        {
            foreach (JsonProperty method in path.Value.EnumerateObject())
            {
                using HttpRequestMessage request = new(
                    new HttpMethod(method.Name), path.Name.Replace("{id}", Device.Id, StringComparison.Ordinal));
                request.Headers.Add("Origin", "http://elsewhere");
                using HttpResponseMessage answer = await Host.Http.SendAsync(request);

                // Who needs no key has something else to show: a PIN, a password, a link. From another site none of them is taken. Only what
                // a page asks before it knows who looks is told to anybody: that nobody is known, and whether a box is online.
                JsonElement security = method.Value.GetProperty("security");
                bool needsKey = security.GetArrayLength() > 0
                    && security.EnumerateArray().All(static either => either.EnumerateObject().Any());
                Assert.True(
                    path.Name == "/api/access" || (path.Name == "/api/activate/{device_id}" && method.Name == "get") ? answer.StatusCode == HttpStatusCode.OK
                    : needsKey ? answer.StatusCode == HttpStatusCode.Unauthorized : (int)answer.StatusCode is 400 or 403 or 404,
                    $"{method.Name} {path.Name}: {answer.StatusCode}");
                Assert.DoesNotContain(answer.Headers, static header => header.Key.StartsWith("Access-Control", StringComparison.Ordinal));
                asked++;
            }
        }

        Assert.InRange(asked, 80, 300);
    }

    [Fact]
    public async Task Fault31_AndFault37_FiguresCoverEveryReadingHoweverMany()
    {
        const int Readings = 1100;
        await Task.WhenAll(Enumerable.Range(0, Readings).Select(n => ReadingAsync(n)));
        JsonElement figures = (await GetAsync("/api/summary")).GetProperty("figures");
        Assert.Equal(
            $"{Readings} {Readings * 10} {Readings * 5}", $"{figures.GetProperty("readings_count")} {figures.GetProperty("total_impressions")} {figures.GetProperty("total_unique")}");
        Assert.Equal(
            Readings,
            (await GetAsync("/api/hourly?days=1")).GetProperty("hourly").EnumerateArray().Sum(
                static hour => hour.GetProperty("readings").GetInt32()));
        Assert.Equal(Readings, (await GetAsync("/api/stats")).GetProperty("today").GetProperty("readings_count").GetInt32());
        using HttpResponseMessage csv = await Host.AdminAsync(HttpMethod.Get, $"/api/readings.csv?device_id={Device.Id}");
        Assert.Equal(Readings + 1, (await csv.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries).Length);
    }

    [Fact]
    public async Task Fault32_TodayIsThePlacesAndUnknownLevelsAreNoLevels()
    {
        JsonElement place = (await AdminAsync(HttpMethod.Put, $"/api/device/{Device.Id}/location", """{"timezone":"Pacific/Auckland","location_name":"Down under"}""")).Json;
        // 10:00 UTC is 23:00 in Auckland; an hour and a half later it is tomorrow there.
        await ReadingAsync(1, ",\"cell_rssi\":-80");
        await ReadingAsync(2, ",\"cell_rssi\":-999");
        await ReadingAsync(3, ",\"cell_rssi\":-85");
        Host.Clock.Advance(TimeSpan.FromMinutes(90));
        await ReadingAsync(4, ",\"cell_rssi\":-70");
        JsonElement today = await GetAsync($"/api/summary?place={place.GetProperty("place_id")}");
        Assert.Equal(
            "2026-01-30 10 -70", $"{today.GetProperty("day").GetString()} {today.GetProperty("figures").GetProperty("total_impressions")} {today.GetProperty("figures").GetProperty("avg_signal")}");
        JsonElement yesterday = await GetAsync($"/api/summary?device={Device.Id}&day=2026-01-29");
        Assert.Equal(
            "2026-01-28T11:00:00Z 30 -82", $"{yesterday.GetProperty("from").GetString()} {yesterday.GetProperty("figures").GetProperty("total_impressions")} {yesterday.GetProperty("figures").GetProperty("avg_signal")}");
        Assert.Equal("2026-01-29 23:00", yesterday.GetProperty("busiest_hour").GetProperty("hour").GetString());
    }

    [Theory]
    [InlineData("2026-03-29", 23)]
    [InlineData("2026-10-25", 25)]
    [InlineData("2026-06-01", 24)]
    public async Task Fault32_ADayHasAsManyHoursAsThePlacesClockGivesIt(string day, int hours)
    {
        await AdminAsync(HttpMethod.Put, $"/api/device/{Device.Id}/location", """{"timezone":"Europe/Berlin"}""");
        JsonElement[] rows = [.. (await GetAsync($"/api/hourly?device_id={Device.Id}&day={day}")).GetProperty("hourly").EnumerateArray()];
        Assert.Equal(hours, rows.Length);
        Assert.Equal(hours == 25 ? 24 : hours, rows.Select(static row => row.GetProperty("hour").GetString()).Distinct().Count());
        Assert.Equal(hours, rows.Select(static row => row.GetProperty("start").GetString()).Distinct().Count());
    }

    [Theory]
    [InlineData("' OR 1=1--")]
    [InlineData("JBNB0001,device_id.neq.x")]
    [InlineData("<script>")]
    [InlineData("%00")]
    [InlineData("..%2F..%2Fetc")]
    public async Task Fault33_NoIdentifierIsEverPartOfAQuery(string id)
    {
        string escaped = id.Contains('%', StringComparison.Ordinal) ? id : Uri.EscapeDataString(id);
        foreach (string path in new[]
        {
            $"/api/device/{escaped}",
            $"/api/device/{escaped}/config",
            $"/api/device/{escaped}/commands",
            $"/api/readings?device_id={escaped}",
            $"/api/summary?device={escaped}",
        })
        {
            Assert.InRange((await AdminAsync(HttpMethod.Get, path)).Status, 400, 404);
        }

        Assert.InRange((await AdminAsync(HttpMethod.Put, $"/api/device/{escaped}/status", """{"status":"inactive"}""")).Status, 400, 404);
        Assert.Equal(201, (await ReadingAsync(1)).Status);
    }

    [Fact]
    public async Task Fault34_TextFromOutsideStaysText()
    {
        const string Script = "<script>alert(1)</script>";
        await AdminAsync(HttpMethod.Put, $"/api/device/{Device.Id}/location", $$"""{"location_name":"{{Script}}"}""");
        using HttpResponseMessage answer = await Host.AdminAsync(HttpMethod.Get, "/api/devices");
        Assert.DoesNotContain("<script", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.Contains("default-src 'none'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal(Script, (await DeviceRowAsync()).GetProperty("location_name").GetString());
    }

    [Fact]
    public async Task Fault35_ASilentBoxIsNotOnlineForADay()
    {
        Assert.Equal("new Never", await StateAsync());
        await ReadingAsync(1);
        Assert.Equal("online Just now", await StateAsync());
        Host.Clock.Advance(TimeSpan.FromMinutes(15));
        Assert.Equal("online 15 min ago", await StateAsync());
        Host.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal("warning 15 min ago", await StateAsync());
        await AdminAsync(HttpMethod.Put, $"/api/config/{Device.Id}", """{"report_interval_ms":3600000}""");
        Assert.Equal("online 15 min ago", await StateAsync());
        Host.Clock.Advance(TimeSpan.FromHours(24));
        Assert.Equal("offline 1 days ago", await StateAsync());
    }

    [Fact]
    public async Task Fault36_AnAlertThatCouldNotBeSentIsSentLaterOnceAndRecoveryIsToldToo()
    {
        using FakeServer hook = new("{}") { Status = 500 };
        await using BackendHost host = Host.Another($"--Alerts:WebhookUrl={hook.Address}", "--Alerts:WebhookSecret=hush");
        await host.StartAsync();
        TestDevice device = await host.RegisterAsync();
        await host.RegisterAsync();
        await device.PostAsync("/api/heartbeat", $$"""{"d":"{{device.Id}}"}""");
        host.Clock.Advance(TimeSpan.FromHours(25));
        await SettleAsync(host);
        await host.RestartAsync();
        hook.Status = 200;
        for (int i = 0; i < 5; i++)
        {
            host.Clock.Advance(TimeSpan.FromHours(2));
            await SettleAsync(host);
        }

        string[] sent = [.. hook.Requests];
        Assert.Equal(2, sent.Length);
        Assert.Equal(Header(sent[0], "X-JamBox-Delivery"), Header(sent[1], "X-JamBox-Delivery"));
        string body = sent[1][(sent[1].IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..];
        Assert.Equal(Alerts.WebhookSignature("hush", Header(sent[1], "X-JamBox-Timestamp"), body), Header(sent[1], "X-JamBox-Signature"));
        Assert.Contains($"\"device_id\":\"{device.Id}\",\"alert_type\":\"offline\",\"state\":\"raised\"", body, StringComparison.Ordinal);

        await device.PostAsync("/api/heartbeat", $$"""{"d":"{{device.Id}}"}""");
        await SettleAsync(host);
        await SettleAsync(host);
        Assert.Contains("\"state\":\"recovered\"", Assert.Single(hook.Requests.Skip(2)), StringComparison.Ordinal);
        Assert.Equal(JsonValueKind.String, Assert.Single(await host.ListAsync("/api/alerts")).GetProperty("cleared_at").ValueKind);
        Assert.DoesNotContain("hush", host.Log.Text, StringComparison.Ordinal);
    }

    private static string Header(string request, string name) =>
        request.Split("\r\n").Single(line => line.StartsWith(name + ":", StringComparison.OrdinalIgnoreCase)).Split(": ")[1];

    /// <summary>A minute for the alerts, and ten seconds for their delivery.</summary>
    private static async Task SettleAsync(BackendHost host)
    {
        foreach (int seconds in new[] { 60, 10, 10 })
        {
            host.Clock.Advance(TimeSpan.FromSeconds(seconds));
            await host.Services.GetRequiredService<JobRunner>().IdleAsync();
        }
    }

    private async Task<string> StateAsync()
    {
        JsonElement row = await DeviceRowAsync();
        return $"{row.GetProperty("connection_status").GetString()} {row.GetProperty("last_seen_ago").GetString()}";
    }

    private static class Alerts
    {
        public static string WebhookSignature(string secret, string timestamp, string body) =>
            "sha256=" + Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(
                System.Text.Encoding.UTF8.GetBytes(secret), System.Text.Encoding.UTF8.GetBytes($"{timestamp}.{body}")));
    }
}
