using System.Text.Json;

using JamBox.Backend.Readings;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Wire;

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
    [InlineData("", "5 4 3 2 1 0")]
    [InlineData("&from=2026-01-29T08:30:00Z", "5 4")]
    [InlineData("&until=2026-01-29T08:00:00Z", "2 1 0")]
    [InlineData("&from=2026-01-29T07:00:00Z&until=2026-01-29T09:00:00Z", "3 2")]
    [InlineData("&days=1", "5 4 3 2 1")]
    [InlineData("&days=1&from=2026-01-29T09:00:00Z", "5 4")]
    [InlineData("&days=365&until=2026-01-28T10:00:00Z", "0")]
    public async Task ListAndCsvTakeTheSameFilters(string filter, string numbers)
    {
        TestDevice device = await host.RegisterAsync();
        string[] times =
            ["2026-01-28T09:00:00", "2026-01-29T06:00:00", "2026-01-29T07:00:00", "2026-01-29T08:00:00", "2026-01-29T09:00:00",
                "2026-01-29T09:55:00"];
        for (int n = 0; n < times.Length; n++)
        {
            await device.ReadingAsync($"\"t\":\"{times[n]}Z\",\"ts\":1,\"b\":1,\"n\":{n},\"i\":{n}");
        }

        JsonElement[] rows = await host.ListAsync($"/api/readings?device_id={device.Id}{filter}");
        Assert.Equal(numbers, string.Join(' ', rows.Select(static row => row.GetProperty("n"))));
        using HttpResponseMessage answer = await host.AdminAsync(HttpMethod.Get, $"/api/readings.csv?device_id={device.Id}{filter}");
        string[] lines = (await answer.Content.ReadAsStringAsync()).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        int column = Array.IndexOf(lines[0].Split(','), "impressions");
        Assert.Equal(numbers, string.Join(' ', lines.Skip(1).Select(line => line.Split(',')[column])));
        Assert.All(lines.Skip(1), line => Assert.Equal($"\"{device.Id}\"", line.Split(',')[1]));
    }

    [Theory]
    [InlineData("JBNB0001", "\"JBNB0001\"")]
    [InlineData("a\"b,c", "\"a\"\"b,c\"")]
    [InlineData("=1+1", "\"'=1+1\"")]
    [InlineData("+1", "\"'+1\"")]
    [InlineData("-1", "\"'-1\"")]
    [InlineData("@x", "\"'@x\"")]
    [InlineData("\t=1", "\"'\t=1\"")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("", "")]
    [InlineData(null, "")]
    public void NoCellIsAFormula(string? text, string cell) => Assert.Equal(cell, Csv.Quote(text));

    [Theory]
    [InlineData("/api/readings?from=yesterday", 400)]
    [InlineData("/api/readings.csv?days=0", 400)]
    [InlineData("/api/readings.csv?until=x", 400)]
    [InlineData("/api/readings.csv?device_id=JBNB9999", 404)]
    [InlineData("/api/readings?limit=0", 400)]
    [InlineData("/api/readings?limit=-1", 400)]
    [InlineData("/api/readings?limit=many", 400)]
    [InlineData("/api/readings?cursor=x", 400)]
    [InlineData("/api/readings?limit=5000", 200)]
    [InlineData("/api/readings?limit=99999999999999", 200)]
    [InlineData("/api/readings?from=2026-01-02&until=2026-01-01", 400)]
    [InlineData("/api/readings?from=10:00", 400)]
    [InlineData("/api/ota/attempts?device_id=NOPE", 404)]
    [InlineData("/api/ota/attempts?rollout_id=999", 404)]
    [InlineData("/api/ota/attempts?firmware_id=999", 404)]
    [InlineData("/api/dead-letters?queue=nope", 404)]
    [InlineData("/api/dead-letters?queue=geolocation", 200)]
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
