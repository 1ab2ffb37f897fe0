using System.Net;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Security;

namespace JamBox.Backend.Tests.Hosting;

/// <summary>A test with a backend of its own, whose clock it may move, and one registered device.</summary>
public abstract class HostedTest : IAsyncLifetime
{
    protected HostedTest(BackendHost shared, params string[] args)
    {
        Host = shared.Another(args);
    }

    protected BackendHost Host { get; }

    protected TestDevice Device { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await Host.InitializeAsync();
        Device = await Host.RegisterAsync();
    }

    public Task DisposeAsync() => Host.DisposeAsync();

    /// <summary>An admin's request.</summary>
    protected async Task<(int Status, JsonElement Json)> AdminAsync(HttpMethod method, string path, string? body = null, string? key = null)
    {
        using HttpRequestMessage request = new(method, path);
        request.Headers.Authorization = new("Bearer", key ?? BackendHost.AdminKey);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        bool json = answer.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true;
        return ((int)answer.StatusCode, json ? JsonElement.Parse(text) : default);
    }

    protected async Task<JsonElement> GetAsync(string path)
    {
        (int status, JsonElement json) = await AdminAsync(HttpMethod.Get, path);
        Assert.Equal((int)HttpStatusCode.OK, status);
        return json;
    }

    /// <summary>A GET as the firmware writes it.</summary>
    protected Task<RawAnswer> DeviceGetAsync(string path, string? token = null) =>
        Host.RawAsync(
            $"GET {path} HTTP/1.1\r\nHost: 10.0.0.1:5000\r\nAuthorization: Bearer {token ?? Device.Token}\r\nConnection: close\r\n\r\n");

    protected Task<RawAnswer> HeartbeatAsync(string fields = "") =>
        Device.PostAsync("/api/heartbeat", $$"""{"d":"{{Device.Id}}"{{fields}}}""");

    /// <summary>A reading that was closed now.</summary>
    protected Task<RawAnswer> ReadingAsync(int number, string fields = "", TestDevice? device = null) =>
        (device ?? Device).ReadingAsync($"\"t\":{Host.Clock.GetUtcNow().ToUnixTimeSeconds()},\"ts\":1,\"b\":1,\"n\":{number}{fields}");

    protected async Task<JsonElement> DeviceRowAsync() => (await GetAsync($"/api/device/{Device.Id}")).GetProperty("device");
}
