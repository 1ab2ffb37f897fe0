using System.Text;
using System.Text.Json;

using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Traffic;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Traffic;

/// <summary>What devices cost over the air: to the byte, as it was on the socket.</summary>
public abstract class TrafficTests(BackendHost shared) : HostedTest(shared)
{
    [Fact]
    public async Task EveryByteOfADeviceIsCounted()
    {
        long received = 0;
        long sent = 0;
        (string Path, string Body)[] calls =
        [
            ("/api/reading", $$"""{"d":"{{Device.Id}}","t":1769680799,"ts":1,"b":1,"n":1,"i":1,"u":1}"""),
            ("/api/reading", $$"""{"d":"{{Device.Id}}","t":1769680799,"ts":1,"b":1,"n":1,"i":1,"u":1}"""),
            ("/api/heartbeat", $$"""{"d":"{{Device.Id}}","v":"6.0.0","b":1}"""),
            ("/api/reading", """{"t":1}"""),
            ("/api/ota/check?x=1", $$"""{"d":"{{Device.Id}}","v":"5.5"}"""),
            ("/api/geolocation", $$"""{"d":"{{Device.Id}}","wifi":[]}"""),
        ];
        foreach ((string path, string body) in calls)
        {
            byte[] request = BackendHost.DeviceRequest(path, Device.Token, Encoding.ASCII.GetBytes(body));
            received += request.Length;
            sent += (await Host.RawAsync(request)).Length;
        }

        foreach (string path in (string[])[$"/api/config/{Device.Id}", "/api/ota/manifest?id=77", "/api/ota/chunk?id=77&chunk=0"])
        {
            string request =
                $"GET {path} HTTP/1.1\r\nHost: 10.0.0.1:5000\r\nAuthorization: Bearer {Device.Token}\r\nConnection: close\r\n\r\n";
            received += request.Length;
            sent += (await Host.RawAsync(request)).Length;
        }

        // A stranger's are nobody's.
        await Host.RawAsync(BackendHost.DeviceRequest("/api/reading", "x", "{}"u8.ToArray()));
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        JsonElement row = Assert.Single(await Host.ListAsync($"/api/traffic?device_id={Device.Id}"));
        Assert.Equal(
            $"2026-01-29 {calls.Length + 3} {received} {sent}",
            $"{row.GetProperty("day")} {row.GetProperty("requests")} {row.GetProperty("received_bytes")} {row.GetProperty("sent_bytes")}");
        string metrics = await Host.Http.GetStringAsync("/metrics");
        Assert.Contains($"jambox_device_bytes_total{{direction=\"received\"}} {received}\n", metrics, StringComparison.Ordinal);
        Assert.Contains($"jambox_device_bytes_total{{direction=\"sent\"}} {sent}\n", metrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ADayIsAddedUpAndANewOneBegins()
    {
        await ReadingAsync(1);
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        await ReadingAsync(2);
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        JsonElement first = Assert.Single(await Host.ListAsync("/api/traffic"));
        Assert.Equal(2, first.GetProperty("requests").GetInt32());
        Host.Clock.Advance(TimeSpan.FromDays(1));
        await ReadingAsync(3);
        await Host.RestartAsync();

        // The end of the process wrote what was counted.
        JsonElement[] rows = await Host.ListAsync("/api/traffic");
        Assert.Equal(
            ["2026-01-30 1", "2026-01-29 2"], rows.Select(static row => $"{row.GetProperty("day")} {row.GetProperty("requests")}"));
        Assert.Single(await Host.ListAsync("/api/traffic?from=2026-01-30"));
        Assert.Single(await Host.ListAsync("/api/traffic?until=2026-01-29"));
        Assert.Empty(await Host.ListAsync("/api/traffic?from=2026-01-31"));
        Assert.Equal(400, (await AdminAsync(HttpMethod.Get, "/api/traffic?from=yesterday")).Status);
        Assert.Equal(404, (await AdminAsync(HttpMethod.Get, "/api/traffic?device_id=JBNB9999")).Status);
        Host.Clock.Advance(TimeSpan.FromDays(500));
        Assert.Equal(200, (await AdminAsync(HttpMethod.Post, "/api/admin/maintenance")).Status);
        Assert.Empty(await Host.ListAsync("/api/traffic"));
    }

    /// <summary>Time may go on as soon as the answer is there: what is counted afterwards is counted in another minute, or day.</summary>
    [Fact]
    public async Task ARequestIsCountedWhenItsAnswerIsThere()
    {
        DeviceTraffic traffic = Host.Services.GetRequiredService<DeviceTraffic>();
        for (int n = 1; n <= 200; n++)
        {
            await ReadingAsync(n);
            Assert.Equal(1, Assert.Single(traffic.Take()).Value.Requests);
        }
    }

    [Fact]
    public async Task WhatCouldNotBeWrittenIsNotLost()
    {
        await ReadingAsync(1);
        DeviceTraffic traffic = Host.Services.GetRequiredService<DeviceTraffic>();
        IReadOnlyCollection<KeyValuePair<(string DeviceId, long DayAt), TrafficCount>> taken = traffic.Take();
        Assert.Empty(traffic.Take());
        await ReadingAsync(2);
        traffic.Return(taken);
        Assert.Equal(2, Assert.Single(traffic.Take()).Value.Requests);
    }
}
