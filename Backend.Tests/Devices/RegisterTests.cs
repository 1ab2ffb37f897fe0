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
    [InlineData("""{"device_id":"clock-1"}""", "device_id: must be JBNB and 4 digits")]
    [InlineData("""{"device_id":"clock-1","kind":"modem"}""", "kind: must be box or thing or gateway")]
    [InlineData("""{"device_id":"clock 1","kind":"thing"}""", "device_id: must be 1 to 40 letters, digits, underscores and hyphens")]
    [InlineData("""{"device_id":"clöck","kind":"thing"}""", "device_id: must be 1 to 40 letters, digits, underscores and hyphens")]
    [InlineData("""{"device_id":"","kind":"gateway"}""", "Missing device_id")]
    [InlineData(
        """{"device_id":"a1234567890123456789012345678901234567890","kind":"gateway"}""",
        "device_id: must be 1 to 40 letters, digits, underscores and hyphens")]
    [InlineData(
        """{"device_id":"JBNB8001","kind":"thing"}""", "device_id: JBNB8001 has the form of a box's id or of a serial number")]
    [InlineData(
        """{"device_id":"jbnb8001","kind":"gateway"}""", "device_id: jbnb8001 has the form of a box's id or of a serial number")]
    [InlineData(
        """{"device_id":"PV-26A18-BC02R-X7KQA","kind":"thing"}""",
        "device_id: PV-26A18-BC02R-X7KQA has the form of a box's id or of a serial number")]
    [InlineData("""{"device_id":"clock-1","kind":"thing","place":999999}""", "place: there is no such place")]
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

    [Theory]
    [InlineData("thing", "clock_on-the_wall-0123456789012345678901")]
    [InlineData("thing", "JBNB80012")]
    [InlineData("thing", "PV-26M18-BC02R-X7KQA")]
    [InlineData("gateway", "g")]
    public async Task OtherKindsHaveIdsOfTheirOwn(string kind, string id)
    {
        string body = $$"""{"device_id":"{{id}}","kind":"{{kind}}","product":"clock","platform":"esp32c3","location_name":"Hall"}""";
        using HttpResponseMessage first = await host.AdminAsync(HttpMethod.Post, "/api/device/register", body);
        using HttpResponseMessage second = await host.AdminAsync(HttpMethod.Post, "/api/device/register", body);
        Assert.Equal((201, 409), ((int)first.StatusCode, (int)second.StatusCode));
        using JsonDocument json = JsonDocument.Parse(await first.Content.ReadAsStringAsync());
        TestDevice device = new(host, id, json.RootElement.GetProperty("token").GetString()!);
        Assert.Equal(200, (await device.PostAsync("/api/heartbeat", $$"""{"d":"{{id}}","v":"1.0.0"}""")).Status);

        JsonElement row = await RowOfAsync(kind, id);
        Assert.Equal(
            (kind, "clock", "esp32c3", "1.0.0", "Hall"),
            (row.GetProperty("kind").GetString(), row.GetProperty("product").GetString(), row.GetProperty("platform").GetString(),
                row.GetProperty("firmware_version").GetString(), row.GetProperty("location_name").GetString()));
        await RowOfAsync("all", id);
        foreach (string other in new[] { "", "box", "thing", "gateway" }.Where(other => other != kind))
        {
            Assert.DoesNotContain(
                await host.ListAsync($"/api/devices?limit=1000&kind={other}"), row => row.GetProperty("device_id").GetString() == id);
        }
    }

    [Fact]
    public async Task TheListHasACursor()
    {
        await host.RegisterAsync();
        await host.RegisterAsync();
        using HttpResponseMessage answer = await host.AdminAsync(HttpMethod.Get, "/api/devices?limit=1");
        Assert.Contains("rel=\"next\"", answer.Headers.GetValues("Link").Single(), StringComparison.Ordinal);
    }

    private async Task<JsonElement> RowOfAsync(string kind, string id) =>
        (await host.ListAsync($"/api/devices?limit=1000&kind={kind}")).Single(row => row.GetProperty("device_id").GetString() == id);
}
