using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Deployments;

/// <summary>The list of modules behind a gateway, and what their types are called.</summary>
public abstract class ModuleTests(BackendHost shared) : GatewayTest(shared)
{
    [Fact]
    public async Task TheListIsKeptByPeopleAndReadByItsGateway()
    {
        string key = await GatewayAsync("shop-1");
        JsonElement module = await DoAsync(
            HttpMethod.Put, "/api/gateways/shop-1/modules/esp32-A1B2C3",
            """{"type":"power-control","name":"Left counter","connection":"wired"}""");
        Assert.Equal(
            """{"hostname":"esp32-A1B2C3","type":"power-control","displayName":"power-control","name":"Left counter","enabled":true,"""
            + """ "address":null,"connection":"wired","version":null,"versionAt":null}""".TrimStart(), module.GetRawText());

        // No doubles, however they are written; what is left out stays.
        await DoAsync(HttpMethod.Put, "/api/gateways/shop-1/modules/ESP32-a1b2c3", """{"enabled":false,"address":"192.168.1.20"}""");
        await DoAsync(HttpMethod.Put, "/api/module-types/power-control", """{"displayName":"Power Control Module"}""");
        Assert.Equal(
            "esp32-A1B2C3 Power Control Module Left counter False 192.168.1.20 wired", string.Join('\n', (await DoAsync(
                HttpMethod.Get, "/api/gateways/shop-1/modules")).EnumerateArray().Select(Line)));

        // Its gateway is told of changes only.
        using HttpRequestMessage first = new(HttpMethod.Get, "/api/deployments/modules");
        first.Headers.TryAddWithoutValidation("Authorization", key);
        using HttpResponseMessage answer = await Host.Http.SendAsync(first);
        Assert.Equal(
            """{"modules":[{"hostname":"esp32-A1B2C3","type":"power-control","displayName":"Power Control Module","""
            + """ "name":"Left counter","enabled":false,"address":"192.168.1.20","connection":"wired"}]}""".TrimStart(),
            await answer.Content.ReadAsStringAsync());
        Assert.Equal((304, ""), await IfChangedAsync(key, answer.Headers.ETag!.Tag));
        Assert.Equal(304, (await IfChangedAsync(key, $"\"other\", W/{answer.Headers.ETag.Tag}")).Status);
        await DoAsync(HttpMethod.Delete, "/api/module-types/power-control");
        Assert.Equal(200, (await IfChangedAsync(key, answer.Headers.ETag.Tag)).Status);
        await DoAsync(HttpMethod.Delete, "/api/gateways/shop-1/modules/esp32-a1B2C3");
        Assert.Equal((200, """{"modules":[]}"""), await IfChangedAsync(key, answer.Headers.ETag.Tag));
        await RefusedAsync(404, HttpMethod.Delete, "/api/gateways/shop-1/modules/esp32-a1B2C3");
        await RefusedAsync(404, HttpMethod.Delete, "/api/module-types/power-control");
        Assert.Equal(
            ["gateway.module", "gateway.module", "gateway.module.delete"],
            (await Host.ListAsync("/api/audit?target=shop-1/esp32-A1B2C3"))
                .Select(static row => row.GetProperty("action").GetString()).Reverse());
    }

    [Fact]
    public async Task WhatIsWrongIsRefusedByItsName()
    {
        await GatewayAsync("shop-1");
        foreach ((string hostname, string body, string says) in new[]
        {
            ("esp32_1", """{"type":"a"}""", "hostname"), (new string('h', 64), """{"type":"a"}""", "hostname"),
            ("a.local", """{"type":"a"}""", "hostname"), ("esp32-1", "{}", "type: is required"), ("esp32-1", """{"type":"../x"}""", "type"),
            ("esp32-1", """{"type":"a","address":"1.2.3.4/24"}""", "address"), ("esp32-1", """{"type":"a","address":"a..b"}""", "address"),
            ("esp32-1", """{"type":"a","address":"12:34"}""", "address"), ("esp32-1", """{"type":"a","address":"10"}""", "address"),
            ("esp32-1", """{"type":"a","address":"192.168.1.020"}""", "address"),
            ("esp32-1", """{"type":"a","address":"0.0.0.0"}""", "address"), ("esp32-1", """{"type":"a","address":"ff02::1"}""", "address"),
            ("esp32-1", """{"type":"a","address":"255.255.255.255"}""", "address"), ("esp32-1", """{"type":"aux"}""", "type"),
            ("esp32-1", $$"""{"type":"a","address":"{{new string('h', 64)}}.local"}""", "address"),
            ("esp32-1", """{"type":"a","connection":"both"}""", "connection"),
            ("esp32-1", """{"type":"a","password":"x"}""", "unknown in this body"), ("esp32-1", """{"type":"a","enabled":1}""", "enabled"),
        })
        {
            Assert.Contains(
                says, await RefusedAsync(400, HttpMethod.Put, $"/api/gateways/shop-1/modules/{hostname}", body), StringComparison.Ordinal);
        }

        await RefusedAsync(404, HttpMethod.Put, "/api/gateways/nobody/modules/a", """{"type":"a"}""");
        await RefusedAsync(404, HttpMethod.Put, $"/api/gateways/{Device.Id}/modules/a", """{"type":"a"}""");
        await RefusedAsync(404, HttpMethod.Get, $"/api/gateways/{Device.Id}/modules");
        await RefusedAsync(400, HttpMethod.Put, "/api/module-types/a%20b", """{"displayName":"x"}""");
        await RefusedAsync(400, HttpMethod.Put, "/api/module-types/a", """{"displayName":" "}""");
        string here = await KeyAsync("operator", await PlaceAsync("Here"));
        await RefusedAsync(403, HttpMethod.Put, "/api/module-types/a", """{"displayName":"x"}""", here);
        await RefusedAsync(404, HttpMethod.Put, "/api/gateways/shop-1/modules/a", """{"type":"a"}""", here);
    }

    [Fact]
    public async Task TwoThatAreSwitchedOnHaveNotOneAddress()
    {
        await GatewayAsync("shop-1");
        const string Modules = "/api/gateways/shop-1/modules/";
        await DoAsync(HttpMethod.Put, Modules + "esp32-1", """{"type":"a","address":"10.0.0.7"}""");
        Assert.Contains(
            "esp32-1 has the address 10.0.0.7",
            await RefusedAsync(409, HttpMethod.Put, Modules + "esp32-2", """{"type":"a","address":"10.0.0.7"}"""),
            StringComparison.Ordinal);

        // A board was replaced: the old one is switched off, or gets none.
        await DoAsync(HttpMethod.Put, Modules + "esp32-2", """{"type":"a","address":"10.0.0.7","enabled":false}""");
        await RefusedAsync(409, HttpMethod.Put, Modules + "esp32-2", """{"enabled":true}""");
        await DoAsync(HttpMethod.Put, Modules + "esp32-1", """{"address":""}""");
        await DoAsync(HttpMethod.Put, Modules + "esp32-2", """{"enabled":true}""");
        await DoAsync(HttpMethod.Put, Modules + "ESP32-2", """{"name":"Itself"}""");
    }

    /// <summary>Reports may come late and out of order: what a module said last is what stays.</summary>
    [Fact]
    public async Task ALateWordDoesNotBringAnOldVersionBack()
    {
        string key = await GatewayAsync("shop-1");
        await DoAsync(HttpMethod.Put, "/api/gateways/shop-1/modules/esp32-1", """{"type":"power"}""");
        string first = await PackageAsync("1.0.0");
        string second = await PackageAsync("1.1.0");
        await SayAsync(key, second, "completed", Said("1.1", 50));
        await SayAsync(key, first, "completed", Said("1.0", 100));
        JsonElement module = (await DoAsync(HttpMethod.Get, "/api/gateways/shop-1/modules"))[0];
        Assert.Equal("1.1", module.GetProperty("version").GetString());

        string Said(string version, int secondsAgo) =>
            $",\"timestamp\":\"{Host.Clock.GetUtcNow().AddSeconds(-secondsAgo):yyyy-MM-dd'T'HH:mm:ss'Z'}\""
            + $",\"modules\":[{{\"hostname\":\"esp32-1\",\"type\":\"power\",\"status\":\"done\",\"after\":\"{version}\"}}]";
    }

    [Fact]
    public async Task VersionsAreThoseThatWereSeenLast()
    {
        string key = await GatewayAsync("shop-1");
        string id = await PackageAsync("1.0.0");
        await DoAsync(HttpMethod.Put, "/api/gateways/shop-1/modules/esp32-1", """{"type":"power"}""");
        await DoAsync(HttpMethod.Put, "/api/gateways/shop-1/modules/esp32-2", """{"type":"power"}""");
        await DoAsync(HttpMethod.Put, "/api/module-types/power", """{"displayName":"Power Control Module"}""");
        await SayAsync(
            key, id, "failed",
            ""","error":"1 of 2 modules","modules":[{"hostname":"ESP32-1","type":"power","status":"done","before":"1.0","after":"1.1","""
            + """ "expected":"1.1","ms":41000},{"hostname":"esp32-2","type":"power","status":"restored","before":"1.0","""
            + """ "expected":"1.1","percent":40,"error":"no answer"},"""
            + """{"hostname":"esp32-3","status":"skipped","after":"9"}]""");
        Assert.Equal(
            ["esp32-1 1.1", "esp32-2 1.0"], (await DoAsync(HttpMethod.Get, "/api/gateways/shop-1/modules")).EnumerateArray()
                .Select(static one => $"{one.GetProperty("hostname")} {one.GetProperty("version")}"));
        JsonElement modules = (await DoAsync(HttpMethod.Get, "/api/deployments/gateways/shop-1")).GetProperty("modules");
        Assert.Equal(
            ["ESP32-1 Power Control Module done 1.0>1.1 41000", "esp32-2 Power Control Module restored 1.0> ", "esp32-3  skipped >9 "],
            modules.EnumerateArray().Select(static one =>
                $"{one.GetProperty("hostname")} {one.GetProperty("displayName")} {one.GetProperty("status")} "
                + $"{one.GetProperty("before")}>{one.GetProperty("after")} {one.GetProperty("ms")}"));
    }

    private static string Line(JsonElement module) =>
        $"{module.GetProperty("hostname")} {module.GetProperty("displayName")} {module.GetProperty("name")} "
        + $"{module.GetProperty("enabled")} {module.GetProperty("address")} {module.GetProperty("connection")}";

    private async Task<(int Status, string Body)> IfChangedAsync(string key, string tag)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, "/api/deployments/modules");
        request.Headers.TryAddWithoutValidation("Authorization", key);
        request.Headers.TryAddWithoutValidation("If-None-Match", tag);
        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
    }
}
