using System.Globalization;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Places;

/// <summary>A test with places and keys for them.</summary>
public abstract class PlaceTest(BackendHost shared, params string[] args) : HostedTest(shared, args)
{
    private int _keys;

    /// <summary>Does something that must succeed.</summary>
    protected async Task<JsonElement> DoAsync(HttpMethod method, string path, string? body = null, string? key = null)
    {
        (int status, JsonElement json) = await AdminAsync(method, path, body, key);
        Assert.True(status is >= 200 and < 300, $"{method} {path}: {status} {json}");
        return json;
    }

    /// <summary>Does something that must be refused, and gives the reason.</summary>
    protected async Task<string> RefusedAsync(int status, HttpMethod method, string path, string? body = null, string? key = null)
    {
        (int answered, JsonElement json) = await AdminAsync(method, path, body, key);
        Assert.True(answered == status, $"{method} {path}: {answered} {json}");
        return json.GetProperty("error").GetString()!;
    }

    protected async Task<long> PlaceAsync(string name, string? timezone = null) =>
        (await DoAsync(HttpMethod.Post, "/api/places", JsonSerializer.Serialize(new { name, timezone }))).GetProperty("id").GetInt64();

    protected Task<JsonElement> MoveAsync(string device, long place, string? from = null, string? key = null) =>
        DoAsync(HttpMethod.Post, $"/api/places/{place}/devices", JsonSerializer.Serialize(new { device_id = device, from }), key);

    protected async Task<string> KeyAsync(string role, params long[] places) =>
        (await DoAsync(HttpMethod.Post, "/api/keys", places.Length == 0
            ? JsonSerializer.Serialize(new { name = $"test {Interlocked.Increment(ref _keys)}", role })
            : JsonSerializer.Serialize(new { name = $"test {Interlocked.Increment(ref _keys)}", role, places })))
                .GetProperty("key").GetString()!;

    /// <summary>A device with a PIN.</summary>
    protected async Task<TestDevice> WithPinAsync(string pin = "4711")
    {
        TestDevice device = await Host.RegisterAsync();
        await DoAsync(HttpMethod.Put, $"/api/device/{device.Id}/pin", $$"""{"pin":"{{pin}}"}""");
        return device;
    }

    /// <summary>Activates without a key.</summary>
    protected async Task<(int Status, JsonElement Json)> ActivateAsync(string device, object body)
    {
        using StringContent content = new(JsonSerializer.Serialize(body), Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await Host.Http.PostAsync(new Uri($"/api/activate/{device}", UriKind.Relative), content);
        return ((int)answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync()));
    }

    protected async Task<IEnumerable<long>> ReadingNumbersAsync(string query, string? key = null) =>
        [.. (await DoAsync(HttpMethod.Get, $"/api/readings?{query}", key: key)).EnumerateArray().Select(static row => row.GetProperty("n").GetInt64()).Order()];

    protected async Task<int> UniqueAsync(string query, string? key = null) =>
        (await DoAsync(HttpMethod.Get, $"/api/summary?{query}", key: key)).GetProperty("figures").GetProperty("total_unique").GetInt32();

    protected string Iso(TimeSpan fromNow) =>
        Host.Clock.GetUtcNow().Add(fromNow).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
