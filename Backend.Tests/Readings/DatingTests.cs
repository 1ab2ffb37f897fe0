using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Readings;

/// <summary>Where a reading is placed in time. The clock stands at 10:00:00.</summary>
public abstract class DatingTests(BackendHost host)
{
    [Theory]
    [InlineData(
        "\"t\":\"2026-01-29T09:54:59Z\",\"ts\":1,\"b\":1,\"n\":1,\"age\":301", "device", "2026-01-29T09:54:59Z", "2026-01-29T09:50:00Z")]
    [InlineData("\"t\":1769680499,\"ts\":1,\"b\":1,\"n\":1", "device", "2026-01-29T09:54:59Z", "2026-01-29T09:50:00Z")]
    [InlineData("\"t\":\"2026-01-29T10:54:59+01:00\",\"ts\":1,\"b\":1,\"n\":1", "device", "2026-01-29T09:54:59Z", "2026-01-29T09:50:00Z")]
    [InlineData("\"t\":\"2026-01-29T10:10:00Z\",\"ts\":1,\"b\":1,\"n\":1", "device", "2026-01-29T10:10:00Z", "2026-01-29T10:10:00Z")]
    [InlineData(
        "\"t\":\"2026-01-29T10:10:01Z\",\"ts\":1,\"b\":1,\"n\":1,\"age\":60", "ahead", "2026-01-29T09:59:00Z", "2026-01-29T09:55:00Z")]
    [InlineData("\"t\":\"9999-12-31T23:59:59Z\",\"ts\":1", "ahead", "2026-01-29T10:00:00Z", "2026-01-29T10:00:00Z")]
    [InlineData(
        "\"t\":\"2025-01-28T09:50:00Z\",\"ts\":1,\"b\":1,\"n\":1,\"age\":60", "device", "2025-01-28T09:50:00Z", "2025-01-28T09:50:00Z")]
    [InlineData(
        "\"t\":\"2025-01-28T09:49:59Z\",\"ts\":1,\"b\":1,\"n\":1,\"age\":60", "behind", "2026-01-29T09:59:00Z", "2026-01-29T09:55:00Z")]
    [InlineData("\"t\":0,\"ts\":1", "behind", "2026-01-29T10:00:00Z", "2026-01-29T10:00:00Z")]
    [InlineData("\"t\":600,\"ts\":0,\"b\":1,\"n\":1,\"age\":60", "undated", null, "2026-01-29T09:55:00Z")]
    [InlineData("\"t\":\"2026-01-28T08:05:00Z\",\"ts\":0,\"age\":60", "age", "2026-01-29T09:59:00Z", "2026-01-29T09:55:00Z")]
    public async Task PlacesAReading(string fields, string source, string? timestamp, string period)
    {
        TestDevice device = await host.RegisterAsync();
        Assert.Equal(201, (await device.ReadingAsync(fields)).Status);
        JsonElement row = Assert.Single(await device.StoredAsync());
        Assert.Equal(source, row.GetProperty("time_source").GetString());
        Assert.Equal(timestamp, row.GetProperty("timestamp").GetString());
        Assert.Equal(period, row.GetProperty("period_start_ts").GetString());
        Assert.Equal("2026-01-29T10:00:00Z", row.GetProperty("received_at").GetString());
    }
}
