using System.Text;
using System.Text.Json;

using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Places;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Security;

/// <summary>
/// Whoever has rights at one place asks every endpoint of the OpenAPI document for everything of another one: nothing of it may be in any
/// answer, and nothing of it may change. The marks of the other place stand in everything that it has.
/// </summary>
public abstract class ScopeTests(BackendHost shared) : PlaceTest(shared)
{
    private const string Mark = "ZEBRA";

    [Theory]
    [InlineData("viewer")]
    [InlineData("owner")]
    [InlineData("operator")]
    [InlineData("admin")]
    public async Task NothingOfAnotherPlaceIsSeenOrChanged(string role)
    {
        long mine = await PlaceAsync("Mine");
        await MoveAsync(Device.Id, mine);
        await ReadingAsync(1);
        await HeartbeatAsync();
        Other other = await MakeOtherAsync();
        string key = await KeyAsync(role, mine);
        string before = await OtherStateAsync(other);
        using JsonDocument document = JsonDocument.Parse(await Host.Http.GetStringAsync("/openapi/v1.json"));

        // The marks are there, for those whose they are.
        Assert.Contains(Mark, (await AskAsync("get", "/api/devices", null, other.Key)).Text, StringComparison.Ordinal);
        Assert.Contains(Mark, (await AskAsync("get", "/api/readings", null, other.Key)).Text, StringComparison.Ordinal);
        Assert.Contains(Mark, (await AskAsync("get", "/api/alerts", null, other.Key)).Text, StringComparison.Ordinal);
        int asked = 0;
        foreach (
            JsonProperty path in document.RootElement.GetProperty("paths").EnumerateObject().Where(
                // With the PIN of its label a box is shown to whoever has it in front of them, whoever they are.
                static path => path.Name is not "/api/events" and not "/api/activate/{device_id}/look"))
        {
            foreach (
                JsonProperty operation in path.Value.EnumerateObject().Where(
                    static operation => operation.Name is "get" or "put" or "post" or "delete"))
            {
                foreach (
                    string query in operation.Name == "get"
                        ? new[]
                        {
                            "",
                            $"?device_id={other.Device.Id}",
                            $"?place={other.Place}",
                            $"?tag={Mark}",
                            $"?target={other.Device.Id}",
                        }
                        : ["", $"?place={other.Place}", $"?tag={Mark}"])
                {
                    (int status, string text) = await AskAsync(
                        operation.Name, Fill(path.Name, other) + query, Example(operation.Value, other), key);
                    asked++;

                    // Of many boxes each one that was named is answered for, as one that there is not.
                    text = text.Replace(
                        $$"""{"device_id":"{{other.Device.Id}}","done":false,"id":null,"error":"Device not found"}""", "",
                        StringComparison.Ordinal);
                    Assert.False(
                        text.Contains(Mark, StringComparison.Ordinal) || text.Contains(other.Device.Id, StringComparison.Ordinal),
                        $"{operation.Name} {path.Name}{query} as {role}: {status} {text}");
                    Assert.True(status < 500, $"{operation.Name} {path.Name}{query} as {role}: {status} {text}");
                }
            }
        }

        Assert.True(asked > 200, $"{asked} requests");
        Assert.Equal(before, await OtherStateAsync(other));
    }

    [Fact]
    public async Task AStreamTellsNothingOfAnotherPlace()
    {
        long mine = await PlaceAsync("Mine");
        await MoveAsync(Device.Id, mine);
        Other other = await MakeOtherAsync();
        string key = await KeyAsync("viewer", mine);
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/events?after=0-0-0");
        request.Headers.Authorization = new("Bearer", key);
        using HttpResponseMessage answer = await Host.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        using StreamReader lines = new(await answer.Content.ReadAsStreamAsync());
        await ReadingAsync(1, device: other.Device);
        await ReadingAsync(77);
        StringBuilder heard = new();
        for (int turns = 0; !heard.ToString().Contains("\"n\":77", StringComparison.Ordinal); turns++)
        {
            Assert.True(turns < 200);
            Task<string?> line = lines.ReadLineAsync();
            while (await Task.WhenAny(line, Task.Delay(20)) != line)
            {
                Host.Clock.Advance(TimeSpan.FromSeconds(1));
            }

            heard.Append(await line).Append('\n');
        }

        Assert.DoesNotContain(other.Device.Id, heard.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Mark, heard.ToString(), StringComparison.Ordinal);
    }

    private async Task<Other> MakeOtherAsync()
    {
        long place = await PlaceAsync($"{Mark} shop", "Europe/Berlin");
        TestDevice device = await WithPinAsync();
        await MoveAsync(device.Id, place);
        await DoAsync(HttpMethod.Put, $"/api/device/{device.Id}/tags", $$"""{"tags":["{{Mark}}"]}""");
        await DoAsync(HttpMethod.Post, $"/api/device/{device.Id}/command", """{"command":"reboot"}""");
        await DoAsync(HttpMethod.Put, $"/api/places/{place}/exceptions/2026-12-24", $$"""{"open":[],"note":"{{Mark}}"}""");
        await DoAsync(
            HttpMethod.Post, "/api/users",
            $$"""{"email":"zebra@example.org","name":"{{Mark}}","role":"owner","places":[{{place}}],"password":"correct horse battery"}""");
        await device.ReadingAsync($"\"t\":{Host.Clock.GetUtcNow().ToUnixTimeSeconds()},\"ts\":1,\"b\":1,\"n\":1,\"v\":\"{Mark}\"");
        await device.PostAsync("/api/heartbeat", $$"""{"d":"{{device.Id}}","v":"{{Mark}}"}""");
        await Host.Services.GetRequiredService<Store>()
            .WriteAsync((device.Id, Host.Clock.GetUtcNow().ToUnixTimeMilliseconds()), static (session, wanted) => session.Execute(
            "INSERT INTO alerts (device_id, alert_type, severity, message, created_at) VALUES ($1, 'offline', 'warning', 'ZEBRA is silent', $2)", wanted.Id, wanted.Item2));
        return new Other(place, device, await KeyAsync("owner", place));
    }

    /// <summary>Everything of the other place that a request could have changed.</summary>
    private async Task<string> OtherStateAsync(Other other)
    {
        StringBuilder state = new();
        foreach (string path in new[]
        {
            $"/api/device/{other.Device.Id}", $"/api/device/{other.Device.Id}/config", $"/api/device/{other.Device.Id}/commands", $"/api/places/{other.Place}",
            $"/api/places/{other.Place}/exceptions", $"/api/places/{other.Place}/users", "/api/alerts?open=true", $"/api/audit?target={other.Device.Id}", "/api/users",
        })
        {
            state.AppendLine((await GetAsync(path)).GetRawText());
        }

        return state.ToString();
    }

    private static string Fill(string path, Other other) => path
        .Replace("{device_id}", other.Device.Id, StringComparison.Ordinal)
        .Replace("{id}", path.Contains("places", StringComparison.Ordinal) ? $"{other.Place}" : "1", StringComparison.Ordinal)
        .Replace("{day}", "2026-12-24", StringComparison.Ordinal)
        .Replace("{user_id}", "1", StringComparison.Ordinal)
        .Replace("{name}", "test 1", StringComparison.Ordinal)
        .Replace("{token}", "x", StringComparison.Ordinal);

    private static string? Example(JsonElement operation, Other other) =>
        operation.TryGetProperty("requestBody", out JsonElement body) && body.GetProperty("content").TryGetProperty(
            "application/json", out JsonElement json)
            && json.TryGetProperty("example", out JsonElement example)
            ? example.GetRawText().Replace("JBNB0001", other.Device.Id, StringComparison.Ordinal).Replace(
                "JBNB0002", other.Device.Id, StringComparison.Ordinal)
            : null;

    private async Task<(int Status, string Text)> AskAsync(string method, string path, string? body, string key)
    {
        using HttpRequestMessage request = new(new HttpMethod(method), path);
        request.Headers.Authorization = new("Bearer", key);
        request.Content = body is null ? null : new StringContent(body, Encoding.UTF8, "application/json");
        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }

    private sealed record Other(long Place, TestDevice Device, string Key);
}
