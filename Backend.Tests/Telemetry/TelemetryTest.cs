using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Places;

namespace JamBox.Backend.Tests.Telemetry;

/// <summary>A test with a backend of its own, and things that send telemetry.</summary>
public abstract class TelemetryTest : PlaceTest
{
    private int _things;

    protected TelemetryTest(BackendHost shared, params string[] args)
        : base(shared, args)
    {
    }

    protected static string Now(BackendHost host, double secondsAgo = 0) =>
        host.Clock.GetUtcNow().AddSeconds(-secondsAgo).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'");

    protected async Task<TestDevice> ThingAsync(string product = "clock", long? place = null)
    {
        string id = $"thing-{Interlocked.Increment(ref _things)}";
        JsonElement made = await DoAsync(
            HttpMethod.Post, "/api/device/register",
            JsonSerializer.Serialize(new { device_id = id, kind = "thing", product, platform = "esp32", place }));
        return new TestDevice(Host, id, made.GetProperty("token").GetString()!);
    }

    /// <summary>Sends as a device does.</summary>
    protected Task<(int Status, string Body, HttpResponseHeaders Headers)> SendAsync(
        HttpMethod method, string path, string? body = null, string? token = null, bool isPacked = false) =>
        SendAsync(method, path, body is null ? null : Encoding.UTF8.GetBytes(body), token, isPacked);

    protected async Task<(int Status, string Body, HttpResponseHeaders Headers)> SendAsync(
        HttpMethod method, string path, byte[]? body, string? token, bool isPacked)
    {
        using HttpRequestMessage request = new(method, path);
        if (token is not null)
        {
            request.Headers.Authorization = new("Bearer", token);
        }

        if (body is not null)
        {
            request.Content = new ByteArrayContent(isPacked ? Pack(body) : body);
            request.Content.Headers.ContentType = new("application/json");
            if (isPacked)
            {
                request.Content.Headers.ContentEncoding.Add("gzip");
            }
        }

        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(), answer.Headers);
    }

    /// <summary>Sends values, and expects that they are taken.</summary>
    protected async Task<JsonElement> SayAsync(TestDevice device, string data)
    {
        (int status, string body, _) = await SendAsync(HttpMethod.Post, "/telemetry", $$$"""{"data":{{{data}}}}""", device.Token);
        Assert.True(status == 200, $"{status} {body}");
        return JsonElement.Parse(body);
    }

    protected async Task<JsonElement> WantAsync(TestDevice device, string wanted) =>
        await DoAsync(HttpMethod.Put, $"/api/devices/{device.Id}/state", wanted);

    protected async Task<(string T, double Value)[]> HistoryAsync(TestDevice device, string key, string more = "") =>
        [.. (await Host.ListAsync($"/telemetry/history?device_id={device.Id}&key={key}{more}"))
            .Select(static one => (one.GetProperty("timestamp").GetString()!, one.GetProperty("value").GetDouble()))];

    private static byte[] Pack(byte[] body)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.SmallestSize))
        {
            gzip.Write(body);
        }

        return packed.ToArray();
    }
}
