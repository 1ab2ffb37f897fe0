using JamBox.Backend.Devices;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Devices;

/// <summary>POST /api/heartbeat. The exact answer is in DeviceAnswerTests.</summary>
public abstract class HeartbeatTests(BackendHost host)
{
    [Fact]
    public async Task EveryFieldIsStored()
    {
        TestDevice device = await host.RegisterAsync();
        RawAnswer answer = await device.PostAsync("/api/heartbeat",
            $$"""{"d":"{{device.Id}}","v":"6.0.0","uptime":0,"cell_rssi":-87,"bat":55,"b":4294967295,"cv":3,"hf":91000,"rr":5,"ob":"rolled_back:boots","ack":1,"ar":"ok"}""");
        Assert.Equal(200, answer.Status);
        string row = host.Services.GetRequiredService<Store>().Read(device.Id, static (session, id) =>
        {
            using SqlStatement row = session.Query(
                "SELECT firmware_version, uptime_seconds, signal_dbm, battery_pct, b, cv, hf, rr, ob, ip_address, timestamp FROM heartbeats WHERE device_id = $1", id);
            Assert.True(row.Read());
            return string.Join(' ', Enumerable.Range(0, 11).Select(column => row.Text(column)));
        });
        Assert.Equal($"6.0.0 0 -87 55 4294967295 3 91000 5 rolled_back:boots 127.0.0.1 {ManualClock.Start.ToUnixTimeMilliseconds()}", row);
    }

    [Theory]
    [InlineData("uptime", "-1")]
    [InlineData("hf", "\"many\"")]
    [InlineData("ob", "7")]
    [InlineData("rr", "[]")]
    [InlineData("cv", "1.5")]
    [InlineData("cell_rssi", "7")]
    public async Task RangesAreChecked(string name, string bad)
    {
        TestDevice device = await host.RegisterAsync();
        RawAnswer answer = await device.PostAsync("/api/heartbeat", $$"""{"d":"{{device.Id}}","{{name}}":{{bad}}}""");
        Assert.Equal(400, answer.Status);
        Assert.StartsWith($$"""{"error":"{{name}}: must be """, answer.Body, StringComparison.Ordinal);
    }
}
