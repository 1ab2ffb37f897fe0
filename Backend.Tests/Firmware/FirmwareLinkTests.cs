using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Firmware;

/// <summary>Signed links, and the manifests with which ESP Web Tools flashes.</summary>
public abstract class FirmwareLinkTests(BackendHost shared) : FirmwareTest(shared)
{
    [Fact]
    public async Task ALinkIsGoodForAnHourWithoutAKey()
    {
        byte[] image = await UploadedAsync();
        JsonElement link = await DoAsync(HttpMethod.Post, "/api/firmware-links", """{"platform":"esp32c3"}""");
        string url = link.GetProperty("url").GetString()!;
        Assert.StartsWith("/firmware/user-download/", url, StringComparison.Ordinal);
        Assert.Equal("2026-01-29T11:00:00Z", link.GetProperty("expires_at").GetString());
        using (HttpResponseMessage answer = await FetchAsync(url, key: ""))
        {
            Assert.Equal(image, await answer.Content.ReadAsByteArrayAsync());
            Assert.Equal("*", answer.Headers.GetValues("Access-Control-Allow-Origin").Single());
            Assert.Equal(
                "attachment; filename=clock_esp32c3_v1.2.3.bin", answer.Content.Headers.ContentDisposition!.ToString().Replace("\"", ""));
        }

        // Another process of this storage reads it too.
        await Host.RestartAsync();
        Assert.Equal(image, await FetchedAsync(url, key: ""));
        Host.Clock.Advance(TimeSpan.FromMinutes(59));
        Assert.Equal(image, await FetchedAsync(url, key: ""));
        Host.Clock.Advance(TimeSpan.FromMinutes(1));
        await FetchedErrorAsync(410, url, key: "");
        Assert.All(
            (await GetAsync("/api/downloads")).EnumerateArray(), static row => Assert.Equal("link", row.GetProperty("via").GetString()));
    }

    [Fact]
    public async Task AChangedLinkIsNone()
    {
        await UploadedAsync();
        string url = (await DoAsync(HttpMethod.Post, "/api/firmware-links", """{"platform":"esp32c3"}""")).GetProperty("url").GetString()!;
        for (int at = "/firmware/user-download/".Length; at < url.Length; at += 20)
        {
            string changed = $"{url[..at]}{(url[at] == 'A' ? 'B' : 'A')}{url[(at + 1)..]}";
            await FetchedErrorAsync(404, changed, key: "");
        }

        await FetchedErrorAsync(404, "/firmware/user-download/nonsense", key: "");
    }

    [Fact]
    public async Task WhatItsOwnerMayNotAnyMoreItDoesNotGive()
    {
        await UploadedAsync();
        await UploadedAsync(product: "bell");
        string key = await FirmwareKeyAsync("support", "downloader", ""","products":["clock"]""");
        Assert.Equal(
            "You may not download bell for esp32c3",
            await RefusedAsync(403, HttpMethod.Post, "/api/firmware-links", """{"platform":"esp32c3","product":"bell"}""", key));
        string url = (await DoAsync(HttpMethod.Post, "/api/firmware-links", """{"platform":"esp32c3","product":"clock"}""", key))
            .GetProperty("url").GetString()!;
        await FetchedAsync(url, key: "");
        await DoAsync(HttpMethod.Delete, "/api/keys/support");
        Assert.Equal("Whoever made this link has no access any more", await FetchedErrorAsync(403, url, key: ""));
    }

    [Fact]
    public async Task UsersHaveThePlatformsThatAnAdminNames()
    {
        byte[] image = await UploadedAsync();
        JsonElement user = await DoAsync(
            HttpMethod.Post, "/api/users",
            """{"email":"ann@example.org","role":"viewer","password":"correct horse battery","platforms":["esp32s3"]}""");
        long id = user.GetProperty("user").GetProperty("id").GetInt64();
        string cookie = await SignInAsync();
        Assert.Equal((403, ""), await LinkAsync(cookie));
        await DoAsync(HttpMethod.Put, $"/api/users/{id}", """{"platforms":["esp32c3"]}""");
        (int status, string url) = await LinkAsync(cookie);
        Assert.Equal(201, status);
        Assert.Equal(image, await FetchedAsync(url, key: ""));
        Assert.Equal("ann@example.org", (await GetAsync("/api/downloads")).EnumerateArray().First().GetProperty("who").GetString());
        await DoAsync(HttpMethod.Put, $"/api/users/{id}", """{"platforms":[]}""");
        await FetchedErrorAsync(403, url, key: "");
        Assert.Equal((403, ""), await LinkAsync(cookie));
        await DoAsync(HttpMethod.Put, $"/api/users/{id}", """{"platforms":["*"]}""");
        Assert.Equal(201, (await LinkAsync(cookie)).Status);
        await DoAsync(HttpMethod.Put, $"/api/users/{id}", """{"disabled":true}""");
        await FetchedErrorAsync(403, url, key: "");

        async Task<(int Status, string Url)> LinkAsync(string session)
        {
            using HttpRequestMessage request = new(HttpMethod.Post, "/api/firmware-links")
            {
                Content = new StringContent("""{"platform":"esp32c3"}"""),
            };
            request.Headers.Add("Cookie", session);
            request.Headers.Add("X-JamBox-Request", "1");
            using HttpClient plain = new(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = Host.Http.BaseAddress };
            using HttpResponseMessage answer = await plain.SendAsync(request);
            JsonElement json = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
            return ((int)answer.StatusCode, json.TryGetProperty("url", out JsonElement made) ? made.GetString()! : "");
        }
    }

    [Theory]
    [InlineData("esp32", EspImages.Esp32, "ESP32", 0x1000)]
    [InlineData("esp32c3", EspImages.Esp32C3, "ESP32-C3", 0)]
    [InlineData("esp32s3", EspImages.Esp32S3, "ESP32-S3", 0)]
    public async Task AFullManifestNamesAllPartsWithTheirAddresses(string platform, int chip, string family, int bootloaderAt)
    {
        byte[] bootloader = EspImages.Bootloader(chip);
        byte[] app = EspImages.App(chip);
        Assert.Equal(201, (await UploadAsync(
            app, platform: platform, more: [("bootloader", bootloader), ("partitions", EspImages.Table())])).Status);
        JsonElement full = await ManifestAsync($"/firmware/manifest/{platform}.json?product=clock&mode=full");
        Assert.Equal("clock v1.2.3", $"{full.GetProperty("name")} {full.GetProperty("version")}");
        Assert.True(full.GetProperty("new_install_prompt_erase").GetBoolean());
        JsonElement build = full.GetProperty("builds").EnumerateArray().Single();
        Assert.Equal(family, build.GetProperty("chipFamily").GetString());
        JsonElement[] parts = [.. build.GetProperty("parts").EnumerateArray()];
        Assert.Equal([bootloaderAt, 0x8000, 0x10000], parts.Select(static part => part.GetProperty("offset").GetInt32()));
        byte[][] bytes = [bootloader, EspImages.Table(), app];
        for (int i = 0; i < bytes.Length; i++)
        {
            Assert.Equal(bytes[i], await FetchedAsync(parts[i].GetProperty("path").GetString()!, key: ""));
        }

        JsonElement quick = await ManifestAsync($"/firmware/manifest/{platform}.json");
        Assert.False(quick.GetProperty("new_install_prompt_erase").GetBoolean());
        Assert.Equal(
            0x10000, quick.GetProperty("builds")[0].GetProperty("parts").EnumerateArray().Single().GetProperty("offset").GetInt32());
    }

    [Fact]
    public async Task AnEsp8266IsOneImageAtZero()
    {
        await UploadAsync(EspImages.ArduinoEsp8266(), platform: "d1mini", product: "wled");
        foreach (string mode in new[] { "quick", "full" })
        {
            JsonElement build = (await ManifestAsync($"/firmware/manifest/d1mini.json?mode={mode}")).GetProperty("builds")[0];
            Assert.Equal("ESP8266", build.GetProperty("chipFamily").GetString());
            Assert.Equal(0, build.GetProperty("parts").EnumerateArray().Single().GetProperty("offset").GetInt32());
        }
    }

    [Fact]
    public async Task AManifestIsForWhoMayHaveIt()
    {
        await UploadedAsync();
        JsonElement link = await DoAsync(HttpMethod.Post, "/api/firmware-links", """{"platform":"esp32c3"}""");
        using (HttpResponseMessage answer = await FetchAsync(link.GetProperty("manifest_url").GetString()!, key: ""))
        {
            Assert.Equal((200, "*"), ((int)answer.StatusCode, answer.Headers.GetValues("Access-Control-Allow-Origin").Single()));
        }

        await FetchedErrorAsync(401, "/firmware/manifest/esp32c3.json", key: "");
        Assert.Contains(
            "came without bootloader and partition table",
            await RefusedAsync(409, HttpMethod.Get, "/firmware/manifest/esp32c3.json?mode=full"), StringComparison.Ordinal);
        await RefusedAsync(400, HttpMethod.Get, "/firmware/manifest/esp32c3.json?mode=other");
        await RefusedAsync(403, HttpMethod.Get, "/firmware/manifest/esp32c3.json", key: await KeyAsync("viewer"));

        // A link to the firmware is none to its manifest, which would be one to all parts.
        string token = link.GetProperty("url").GetString()!.Split('/')[^1];
        await FetchedErrorAsync(404, $"/firmware/manifest/esp32c3.json?token={token}", key: "");
    }

    [Fact]
    public async Task TheAliasIsOffUnlessSaid()
    {
        await UploadedAsync();
        Assert.Equal("This alias is off (Firmware:StaticAlias)", await FetchedErrorAsync(404, "/ota/esp32c3/latest.bin", key: ""));
    }

    private Task<JsonElement> ManifestAsync(string path) => DoAsync(HttpMethod.Get, path);

    private async Task<string> SignInAsync()
    {
        using StringContent body = new("""{"email":"ann@example.org","password":"correct horse battery"}""");
        using HttpClient plain = new(new SocketsHttpHandler { UseCookies = false }) { BaseAddress = Host.Http.BaseAddress };
        using HttpResponseMessage answer = await plain.PostAsync(new Uri("/api/session", UriKind.Relative), body);
        return answer.Headers.GetValues("Set-Cookie").Single().Split(';')[0];
    }
}
