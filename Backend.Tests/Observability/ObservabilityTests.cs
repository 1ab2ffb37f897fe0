using System.Text.RegularExpressions;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Observability;

/// <summary>What the backend measures of itself, under the names that dashboards know.</summary>
public abstract class ObservabilityTests(BackendHost shared) : HostedTest(shared)
{
    [Fact]
    public async Task MetricsKeepTheirNamesAndTags()
    {
        await ReadingAsync(1);
        await ReadingAsync(1);
        await HeartbeatAsync();
        (await Host.Http.GetAsync("/api/config/JBNB0001")).Dispose();
        // The exporter writes {} after a name without tags: the same series.
        string text = (await Host.Http.GetStringAsync("/metrics")).Replace("{}", "", StringComparison.Ordinal);
        string[] series =
            [.. text.Split('\n').Where(static line => line.Length > 0 && line[0] != '#').Select(static line => line.Split(' ')[0])];
        Assert.All(series, static name => Assert.Matches("^jambox_[a-z_]+({[a-z]+=\"[A-Za-z0-9_.+]+\"})?$", name));
        Assert.Contains("jambox_readings_total{result=\"new\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("jambox_readings_total{result=\"duplicate\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("jambox_heartbeats_total 1\n", text, StringComparison.Ordinal);
        Assert.Contains("jambox_refusals_total{status=\"401\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("jambox_devices{state=\"online\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("jambox_commit_seconds_bucket{le=\"0.0005\"}", text, StringComparison.Ordinal);
        Assert.Contains("jambox_commit_changes_bucket{le=\"1024\"}", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE jambox_readings_total counter", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE jambox_commit_seconds histogram", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task HostsInOneProcessDoNotMixTheirNumbers()
    {
        await using BackendHost other = Host.Another();
        await other.InitializeAsync();
        await ReadingAsync(1);
        const string New = "jambox_readings_total{result=\"new\"} ";
        Assert.Contains(New + "1\n", await Host.Http.GetStringAsync("/metrics"), StringComparison.Ordinal);
        Assert.Contains(New + "0\n", await other.Http.GetStringAsync("/metrics"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ACollectorIsSentMetricsAndTraces()
    {
        using FakeServer collector = new("");
        await using (BackendHost host = Host.Another($"--Observability:OtlpEndpoint={collector.Address}"))
        {
            await host.InitializeAsync();
            TestDevice device = await host.RegisterAsync();
            await device.ReadingAsync($"\"t\":{host.Clock.GetUtcNow().ToUnixTimeSeconds()},\"ts\":1,\"b\":1,\"n\":1");
        }

        Assert.Contains(
            collector.Requests,
            static request => Regex.IsMatch(request, "^POST /v1/metrics ") && request.Contains(
                "jambox_readings_total", StringComparison.Ordinal));
        Assert.Contains(
            collector.Requests,
            static request => Regex.IsMatch(request, "^POST /v1/traces ") && request.Contains("/api/reading", StringComparison.Ordinal));
    }
}
