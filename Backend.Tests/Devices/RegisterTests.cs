using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Devices;

/// <summary>POST /api/device/register and GET /api/devices.</summary>
public abstract class RegisterTests(BackendHost host)
{
    [Theory]
    [InlineData("{}", "Missing device_id")]
    [InlineData("""{"device_id":"JBNB12"}""", "device_id: must be JBNB and 4 digits")]
    [InlineData("""{"device_id":"jbnb0001"}""", "device_id: must be JBNB and 4 digits")]
    [InlineData("""{"device_id":"JBNB000٣"}""", "device_id: must be JBNB and 4 digits")]
    [InlineData("""{"device_id":"JBNB8000","timezone":"Mars/Olympus"}""", "timezone: must be an IANA time zone such as Europe/Berlin")]
    [InlineData("""{"device_id":"JBNB8000","location_name":5}""", "location_name: must be text of at most 64 characters")]
    [InlineData("[]", "Body must be one JSON object")]
    public async Task WhatIsWrongIsNamed(string body, string error)
    {
        using HttpResponseMessage answer = await host.AdminAsync(HttpMethod.Post, "/api/device/register", body);
        Assert.Equal(400, (int)answer.StatusCode);
        using JsonDocument json = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
        Assert.Equal(error, json.RootElement.GetProperty("error").GetString());
    }

    [Fact]
    public async Task ADeviceIsRegisteredOnceAndListed()
    {
        const string Body = """{"device_id":"JBNB7001","project_name":"P","location_name":"<b>Shop</b>","timezone":"Europe/Berlin"}""";
        using HttpResponseMessage first = await host.AdminAsync(HttpMethod.Post, "/api/device/register", Body);
        using HttpResponseMessage second = await host.AdminAsync(HttpMethod.Post, "/api/device/register", Body);
        Assert.Equal(201, (int)first.StatusCode);
        Assert.Equal(409, (int)second.StatusCode);

        JsonElement row = (await host.ListAsync("/api/devices?limit=1000")).Single(
            static row => row.GetProperty("device_id").GetString() == "JBNB7001");
        Assert.Equal("<b>Shop</b>", row.GetProperty("location_name").GetString());
        Assert.Equal("Europe/Berlin", row.GetProperty("timezone").GetString());
        Assert.Equal("active", row.GetProperty("status").GetString());
        Assert.Equal("2026-01-29T10:00:00Z", row.GetProperty("registered_at").GetString());
        Assert.Equal(JsonValueKind.Null, row.GetProperty("last_seen_at").ValueKind);
        Assert.False(row.TryGetProperty("device_pin", out _));
        Assert.False(row.TryGetProperty("token_hash", out _));
    }

    [Fact]
    public async Task TheListHasACursor()
    {
        await host.RegisterAsync();
        await host.RegisterAsync();
        using HttpResponseMessage answer = await host.AdminAsync(HttpMethod.Get, "/api/devices?limit=1");
        Assert.Contains("rel=\"next\"", answer.Headers.GetValues("Link").Single(), StringComparison.Ordinal);
    }
}
