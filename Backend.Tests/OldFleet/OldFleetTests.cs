using System.Text;

using JamBox.Backend.Security;
using JamBox.Backend.Tests.Hosting;

using Xunit.Abstractions;

namespace JamBox.Backend.Tests.OldFleet;

/// <summary>Devices of the old fleet: their requests byte for byte, and answers that fit into their buffers.</summary>
public abstract class OldFleetTests(BackendHost host, ITestOutputHelper output)
{
    [Fact]
    public async Task TheirRequestsAreAnsweredWithinTheirBuffers()
    {
        TestDevice device = await host.RegisterAsync();
        (string Path, string Body, int Status, int MaxBytes)[] exchanges =
        [
            ("/api/reading", $$"""{"d":"{{device.Id}}","t":"2026-01-29T09:59:58Z","i":123,"u":45,"probe_rssi_avg":-71,"probe_rssi_min":-42,"probe_rssi_max":-93,"cell_rssi":-87,"dwell_0_1":20,"dwell_1_5":6,"dwell_5_10":2,"dwell_10plus":1,"rssi_immediate":2,"rssi_near":10,"rssi_far":12,"rssi_remote":10,"ble_i":80,"ble_u":15,"ble_apple":9,"ble_other":6,"ble_rssi_avg":-77,"of":78,"cd":0,"sf":0,"age":0,"ts":1,"bt":1769680800}""", 201, 300),
            ("/api/reading", $$"""{"d":"{{device.Id}}","t":"2026-01-28T08:05:00Z","i":0,"u":0,"probe_rssi_avg":0,"probe_rssi_min":0,"probe_rssi_max":0,"cell_rssi":-999,"dwell_0_1":0,"dwell_1_5":0,"dwell_5_10":0,"dwell_10plus":0,"rssi_immediate":0,"rssi_near":0,"rssi_far":0,"rssi_remote":0,"ble_i":0,"ble_u":0,"ble_apple":0,"ble_other":0,"ble_rssi_avg":0,"of":0,"cd":96,"sf":7,"age":28800,"ts":0,"bt":1769587200}""", 201, 300),
            ("/api/heartbeat", $$"""{"d":"{{device.Id}}","v":"5.5","uptime":12,"cell_rssi":-999}""", 200, 300),
            ("/api/geolocation", $$"""{"d":"{{device.Id}}","wifi":[{"bssid":"AA:BB:CC:DD:EE:FF","rssi":-51,"ch":6}]}""", 200, 300),
            ("/api/ota/check", $$"""{"device_id":"{{device.Id}}","fw_version":"5.5"}""", 200, 300),
            ("/api/ota/complete", $$"""{"device_id":"{{device.Id}}","fw_version":"5.6","status":"failed_download"}""", 200, 300),
        ];
        foreach ((string path, string body, int status, int maxBytes) in exchanges)
        {
            RawAnswer answer = await host.RawAsync(BackendHost.DeviceRequest(path, device.Token, Encoding.ASCII.GetBytes(body)));
            output.WriteLine($"{path}: {answer.Length} bytes");
            Assert.Equal(status, answer.Status);
            Assert.InRange(answer.Length, 1, maxBytes);
            Assert.Contains("Connection: close", answer.Head, StringComparison.Ordinal);
            Assert.DoesNotContain("Transfer-Encoding", answer.Head, StringComparison.Ordinal);
            Assert.DoesNotContain("X-", answer.Head, StringComparison.Ordinal);
        }

        RawAnswer config = await host.RawAsync(
            $"GET /api/config/{device.Id} HTTP/1.1\r\nHost: 10.0.0.1:5000\r\nAuthorization: Bearer {device.Token}\r\nConnection: close\r\n\r\n");
        output.WriteLine($"config: {config.Length} bytes");
        Assert.InRange(config.Length, 1, 500);
    }

    [Fact]
    public async Task OursAskForAnUpdateAndGetAShortAnswer()
    {
        TestDevice device = await host.RegisterAsync();
        RawAnswer answer = await device.PostAsync(
            "/api/ota/check", $$"""{"d":"{{device.Id}}","v":"6.0.0","bh":"0123456789abcdef","hw":"atoms3","seq":3,"p":"LHE"}""");
        Assert.Equal("""{"status":"ok","update_available":false,"reason":"no_release"}""", answer.Body);
        Assert.InRange(answer.Length, 1, 300);
    }
}
