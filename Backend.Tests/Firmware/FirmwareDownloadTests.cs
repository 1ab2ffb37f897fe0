using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Firmware;

/// <summary><c>GET /api/firmware/{platform}</c> and its neighbours, as old devices and tools call them.</summary>
public abstract class FirmwareDownloadTests(BackendHost shared)
    : FirmwareTest(shared, "--Firmware:KeepNewest=2", "--Firmware:StaticAlias=true")
{
    [Fact]
    public async Task TheNewestComesWithLengthAndHash()
    {
        await UploadedAsync(1, "v1.2.9");
        byte[] newest = EspImages.App(seed: 2, bytes: 200_000);
        await UploadAsync(newest, "v1.2.10");
        using HttpResponseMessage answer = await FetchAsync("/api/firmware/esp32c3?product=clock");
        Assert.Equal(newest, await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal(newest.Length, answer.Content.Headers.ContentLength);
        Assert.Equal(EspImages.Hash(newest), answer.Headers.GetValues("X-SHA256").Single());
        Assert.Equal($"\"{EspImages.Hash(newest)}\"", answer.Headers.ETag!.ToString());
        Assert.Equal("application/octet-stream", answer.Content.Headers.ContentType!.ToString());
        Assert.Equal(EspImages.App(seed: 1), await FetchedAsync("/api/firmware/esp32c3?version=1.2.9"));
        Assert.Equal(newest, await FetchedAsync("/api/firmware/ESP32-C3"));

        using HttpResponseMessage head = await FetchAsync("/api/firmware/esp32c3", method: HttpMethod.Head);
        Assert.Equal((200, (long?)newest.Length), ((int)head.StatusCode, head.Content.Headers.ContentLength));
    }

    [Fact]
    public async Task WhatBrokeOffGoesOn()
    {
        byte[] image = EspImages.App(bytes: 200_000);
        await UploadAsync(image);
        string tag = $"\"{EspImages.Hash(image)}\"";
        await Expect(206, "bytes=0-0", image[..1]);
        await Expect(206, "bytes=65530-65545", image[65530..65546]);
        await Expect(206, "bytes=150000-", image[150_000..]);
        await Expect(206, "bytes=-100", image[^100..]);
        await Expect(206, "bytes=100-99999999", image[100..]);
        await Expect(206, "bytes=100-", image[100..], tag);

        // Another image is at that place now: all of it, from the start.
        await Expect(200, "bytes=100-", image, "\"other\"");
        await Expect(200, "bytes=0-1,5-6", image);
        await Expect(200, "nonsense", image);
        await Expect(416, "bytes=99999999-", []);
        await Expect(416, "bytes=-0", []);
        using HttpResponseMessage known = await FetchAsync("/api/firmware/esp32c3", ifNoneMatch: tag);
        Assert.Equal((304, 0), ((int)known.StatusCode, (await known.Content.ReadAsByteArrayAsync()).Length));

        async Task Expect(int status, string range, byte[] bytes, string? ifRange = null)
        {
            using HttpResponseMessage answer = await FetchAsync("/api/firmware/esp32c3", range: range, ifRange: ifRange);
            Assert.True((int)answer.StatusCode == status, $"{range}: {(int)answer.StatusCode}");
            Assert.Equal(bytes, await answer.Content.ReadAsByteArrayAsync());
        }
    }

    [Fact]
    public async Task ADeviceGetsWhatIsForIt()
    {
        await UploadedAsync(1, "v1.0.0");
        byte[] newest = await UploadedAsync(2, "v2.0.0");
        await UploadAsync(EspImages.App(EspImages.Esp32S3), platform: "esp32s3");
        TestDevice thing = await ThingAsync("clock-77", "ESP32-C3", "clock");
        Assert.Equal(newest, await FetchedAsync("/api/firmware/esp32c3", token: thing.Token));
        Assert.Equal(
            "This device is of esp32c3, not of esp32s3", await FetchedErrorAsync(403, "/api/firmware/esp32s3", token: thing.Token));
        Assert.Equal(
            "This device is of another product", await FetchedErrorAsync(403, "/api/firmware/esp32c3?product=bell", token: thing.Token));
        await FetchedErrorAsync(401, "/api/firmware/esp32c3", token: "wrong");
        await FetchedErrorAsync(401, "/api/firmware/esp32c3", key: "");

        // A device's token opens nothing else of people's.
        Assert.Equal(401, (await AdminAsync(HttpMethod.Get, "/api/releases", key: thing.Token)).Status);
        JsonElement download = (await GetAsync("/api/downloads?who=device%20clock-77")).EnumerateArray().Single();
        Assert.Equal("device clock esp32c3 v2.0.0 app 127.0.0.1", string.Join(' ', new[]
            { "via", "product", "platform", "version", "part", "address" }.Select(name => download.GetProperty(name).GetString())));
    }

    [Fact]
    public async Task APinnedDeviceIsOfferedThatVersionOnly()
    {
        byte[] old = await UploadedAsync(1, "v1.0.0");
        byte[] newest = await UploadedAsync(2, "v2.0.0");
        TestDevice thing = await ThingAsync("clock-77", "esp32c3", "clock");
        using HttpRequestMessage pin = new(HttpMethod.Post, "/api/devices/clock-77/pin-version")
        {
            Content = new StringContent("""{"version":"v1.0.0"}"""),
        };
        pin.Headers.Add("X-API-Key", BackendHost.AdminKey);
        using HttpResponseMessage pinned = await Host.Http.SendAsync(pin);
        Assert.Equal(
            """{"success":true,"device_id":"clock-77","pinned_version":"v1.0.0"}""", await pinned.Content.ReadAsStringAsync());
        Assert.Equal(old, await FetchedAsync("/api/firmware/esp32c3", token: thing.Token));

        // Nobody takes away what somebody is pinned to.
        long id = (await GetAsync("/api/releases")).EnumerateArray().Last().GetProperty("id").GetInt64();
        Assert.Contains(
            "clock-77 is pinned to it", await RefusedAsync(409, HttpMethod.Delete, $"/api/releases/{id}"), StringComparison.Ordinal);

        await DoAsync(HttpMethod.Post, "/api/devices/clock-77/pin-version", """{"version":"v9.0.0"}""");
        Assert.Equal(
            "There is no version v9.0.0 of clock for esp32c3 (the device is pinned to v9.0.0)",
            await FetchedErrorAsync(404, "/api/firmware/esp32c3", token: thing.Token));
        Assert.Equal(
            """{"success":true,"device_id":"clock-77","pinned_version":null}""",
            (await DoAsync(HttpMethod.Delete, "/api/devices/clock-77/pin-version")).GetRawText());
        Assert.Equal(newest, await FetchedAsync("/api/firmware/esp32c3", token: thing.Token));
        await RefusedAsync(404, HttpMethod.Delete, "/api/devices/clock-77/pin-version");
        await RefusedAsync(404, HttpMethod.Post, "/api/devices/JBNB9999/pin-version", """{"version":"v1.0.0"}""");
        await RefusedAsync(400, HttpMethod.Post, "/api/devices/clock-77/pin-version", """{"version":"a b"}""");
    }

    [Fact]
    public async Task WhatIsPinnedIsListedForWhoseItIs()
    {
        await ThingAsync("clock-77", "esp32c3", "clock");
        TestDevice box = await Host.RegisterAsync();
        long hall = await PlaceAsync("Hall");
        await MoveAsync(box.Id, hall);
        await DoAsync(HttpMethod.Post, "/api/devices/clock-77/pin-version", """{"version":"v1.0.0"}""");
        await DoAsync(HttpMethod.Put, $"/api/device/{box.Id}/ota/pin?version=6.1.0");
        Assert.Equal($"{box.Id} box 6.1.0, clock-77 thing v1.0.0", await ListedAsync());
        Assert.Equal("clock-77 thing v1.0.0", await ListedAsync("?kind=thing"));
        await RefusedAsync(400, HttpMethod.Get, "/api/ota-pins?kind=clock");
        Assert.Equal($"{box.Id} box 6.1.0", await ListedAsync(key: await KeyAsync("viewer", hall)));
        await DoAsync(HttpMethod.Delete, $"/api/device/{box.Id}/ota/pin");
        JsonElement left = Assert.Single((await GetAsync("/api/ota-pins")).EnumerateArray());
        Assert.Equal("clock-77 clock", $"{left.GetProperty("device_id")} {left.GetProperty("product")}");

        async Task<string> ListedAsync(string query = "", string? key = null)
        {
            (int status, JsonElement json) = await AdminAsync(HttpMethod.Get, $"/api/ota-pins{query}", key: key);
            Assert.Equal(200, status);
            return string.Join(", ", json.EnumerateArray().Select(
                static row => $"{row.GetProperty("device_id")} {row.GetProperty("kind")} {row.GetProperty("pinned_version")}"));
        }
    }

    [Fact]
    public async Task WithoutAProductThereMustBeOneOnly()
    {
        Assert.Equal("There is no firmware for esp32c3", await FetchedErrorAsync(404, "/api/firmware/esp32c3"));
        byte[] clock = await UploadedAsync();
        Assert.Equal(clock, await FetchedAsync("/api/firmware/esp32c3"));
        await UploadedAsync(product: "bell");
        Assert.Equal("product: say which, there are several", await FetchedErrorAsync(400, "/api/firmware/esp32c3"));
        Assert.Equal(clock, await FetchedAsync("/api/firmware/esp32c3?product=clock"));
        Assert.Equal(
            "There is no firmware of clock for esp32c3 in dev",
            await FetchedErrorAsync(404, "/api/firmware/esp32c3?product=clock&env=dev"));
        Assert.StartsWith("platform: avr is not known", await FetchedErrorAsync(400, "/api/firmware/avr"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DownloadKeysAreForTheirProductsAndPlatforms()
    {
        byte[] clock = await UploadedAsync();
        await UploadedAsync(product: "bell");
        string key = await FirmwareKeyAsync("fleet", "downloader", ""","products":["clock"]""");
        Assert.Equal(clock, await FetchedAsync("/api/firmware/esp32c3?product=clock", key));
        Assert.Equal("You may not download bell for esp32c3", await FetchedErrorAsync(403, "/api/firmware/esp32c3?product=bell", key));
        Assert.Equal(403, (await UploadAsync(EspImages.App(), "v9.0.0", key: key)).Status);
        JsonElement status = JsonElement.Parse(await FetchedAsync("/api/status", key));
        Assert.Equal("clock", status.GetProperty("versions").EnumerateArray().Single().GetProperty("product").GetString());
        await DoAsync(HttpMethod.Delete, "/api/keys/fleet");
        await FetchedErrorAsync(401, "/api/firmware/esp32c3?product=clock", key);
    }

    [Fact]
    public async Task TheStatusNamesTheNewestOfEach()
    {
        await UploadedAsync(1, "v1.9.0");
        await UploadedAsync(2, "v1.10.0");
        await UploadedAsync(3, "v3.0.0", product: "bell");
        JsonElement status = JsonElement.Parse(await FetchedAsync("/api/status"));
        Assert.Equal("ok", status.GetProperty("status").GetString());
        Assert.Equal(
            "bell v3.0.0, clock v1.10.0",
            string.Join(", ", status.GetProperty("versions").EnumerateArray().Select(
                static version => $"{version.GetProperty("product")} {version.GetProperty("version")}")));
    }

    [Fact]
    public async Task TheNewestAreKeptAndWhatIsInUse()
    {
        TestDevice runs = await ThingAsync("clock-78", "esp32c3", "clock");
        await ThingAsync("clock-77", "esp32c3", "clock");
        await runs.PostAsync("/api/heartbeat", $$"""{"d":"{{runs.Id}}","v":"1.0.0"}""");
        await DoAsync(HttpMethod.Post, "/api/devices/clock-77/pin-version", """{"version":"v1.2.0"}""");
        for (int minor = 0; minor < 5; minor++)
        {
            await UploadedAsync(minor + 1, $"v1.{minor}.0");
        }

        await UploadedAsync(9, "v0.1.0", product: "bell");
        Host.Clock.Advance(TimeSpan.FromMinutes(6));
        await DoAsync(HttpMethod.Get, "/api/status");
        Assert.Equal(
            "v0.1.0 v1.4.0 v1.3.0 v1.2.0 v1.0.0",
            string.Join(
                ' ', (await GetAsync("/api/releases")).EnumerateArray().Select(static row => row.GetProperty("version").GetString())));
    }

    [Fact]
    public async Task TheAliasGivesTheNewestToAnybody()
    {
        byte[] image = EspImages.ArduinoEsp8266();
        await UploadAsync(image, platform: "d1mini");
        Assert.Equal(image, await FetchedAsync("/ota/Wemos%20D1%20Mini/latest.bin", key: ""));
        Assert.Equal("alias", (await GetAsync("/api/downloads")).EnumerateArray().Single().GetProperty("via").GetString());
        await FetchedErrorAsync(404, "/ota/avr/latest.bin", key: "");
    }

    protected async Task<TestDevice> ThingAsync(string id, string platform, string product)
    {
        JsonElement json = await DoAsync(
            HttpMethod.Post, "/api/device/register",
            $$"""{"device_id":"{{id}}","kind":"thing","platform":"{{platform}}","product":"{{product}}"}""");
        return new TestDevice(Host, id, json.GetProperty("token").GetString()!);
    }
}
