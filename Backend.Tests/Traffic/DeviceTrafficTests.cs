using JamBox.Backend.Observability;
using JamBox.Backend.Security;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Traffic;

using Microsoft.AspNetCore.Http;

namespace JamBox.Backend.Tests.Traffic;

/// <summary>Counting beside the minute that takes what was counted.</summary>
public sealed class DeviceTrafficTests
{
    private const int Requests = 50_000;

    [Fact]
    public async Task NoRequestFallsBetweenTwoMinutes()
    {
        using BackendMetrics metrics = new();
        DeviceTraffic traffic = new(new ManualClock(), metrics);
        Task[] counting = [.. Enumerable.Range(0, 2).Select(device => Task.Run(() =>
        {
            DefaultHttpContext http = new();
            http.Request.Path = "/api/reading";
            http.Features.Set(new DeviceIdentity(device, $"JBNB000{device}", "active", "", null));
            for (int n = 0; n < Requests; n++)
            {
                traffic.Count(http);
            }
        }))];

        // Written at once, as the job does: what is added to it later is in no sum.
        long taken = 0;
        Task all = Task.WhenAll(counting);
        while (!all.IsCompleted)
        {
            taken += traffic.Take().Sum(static count => count.Value.Requests);
        }

        await all;
        taken += traffic.Take().Sum(static count => count.Value.Requests);
        Assert.Equal(2 * Requests, taken);
    }
}
