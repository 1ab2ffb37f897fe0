using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Readings;

/// <summary>GET /api/readings.</summary>
public abstract class ReadingListTests(BackendHost host)
{
    [Fact]
    public async Task TheCursorLeadsThroughAllOfThem()
    {
        TestDevice device = await host.RegisterAsync();
        for (int n = 0; n < 7; n++)
        {
            await device.ReadingAsync($"\"t\":\"2026-01-29T09:00:00Z\",\"ts\":1,\"b\":1,\"n\":{n}");
        }

        List<long> numbers = [];
        string? next = $"/api/readings?device_id={device.Id}&limit=3";
        while (next is not null)
        {
            using HttpResponseMessage answer = await host.AdminAsync(HttpMethod.Get, next);
            using JsonDocument json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            numbers.AddRange(json.RootElement.EnumerateArray().Select(static row => row.GetProperty("n").GetInt64()));
            next = answer.Headers.TryGetValues("Link", out IEnumerable<string>? links) ? links.Single() : null;
            Assert.True(next is null || next.EndsWith(">; rel=\"next\"", StringComparison.Ordinal));
            next = next?[1..next.IndexOf('>', StringComparison.Ordinal)];
        }

        Assert.Equal([6, 5, 4, 3, 2, 1, 0], numbers);
    }

    [Theory]
    [InlineData("/api/readings?limit=0", 400)]
    [InlineData("/api/readings?limit=-1", 400)]
    [InlineData("/api/readings?limit=many", 400)]
    [InlineData("/api/readings?cursor=x", 400)]
    [InlineData("/api/readings?limit=5000", 200)]
    [InlineData("/api/readings?device_id=JBNB9999", 404)]
    [InlineData("/api/readings?device_id=%27%20OR%201=1--", 404)]
    [InlineData("/api/devices?limit=0", 400)]
    public async Task OddQueriesAreAnsweredInOrder(string path, int status)
    {
        using HttpResponseMessage answer = await host.AdminAsync(HttpMethod.Get, path);
        Assert.Equal(status, (int)answer.StatusCode);
        if (status >= 400)
        {
            Assert.Equal("application/problem+json", answer.Content.Headers.ContentType?.MediaType);
            using JsonDocument json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            Assert.Equal(status, json.RootElement.GetProperty("status").GetInt32());
            Assert.NotEmpty(json.RootElement.GetProperty("error").GetString()!);
        }
    }
}
