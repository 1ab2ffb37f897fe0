using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Firmware;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Firmware;

/// <summary><c>POST /api/upload</c>, as old tools send it, and what is kept.</summary>
public abstract class FirmwareUploadTests(BackendHost shared) : FirmwareTest(shared, "--Firmware:MaxBytes=300000")
{
    [Fact]
    public async Task AnUploadIsAnsweredAsTheOldServerDid()
    {
        byte[] image = EspImages.App(bytes: 150_000);
        (int status, JsonElement json) = await UploadAsync(image, more: ("description", "Shows seconds"));
        Assert.Equal(201, status);
        Assert.Equal(
            $$$"""{"success":true,"message":"Firmware v1.2.3 uploaded for esp32c3","version_info":{"product":"clock","platform":"esp32c3","env":"prod","version":"v1.2.3","filename":"clock_esp32c3_v1.2.3.bin","size":{{{image.Length}}},"sha256":"{{{EspImages.Hash(image)}}}","uploaded_at":"2026-01-29T10:00:00Z","download_url":"/api/firmware/esp32c3?product=clock\u0026version=v1.2.3","description":"Shows seconds"}}""",
            json.GetRawText());
        Assert.Equal(image, await FetchedAsync(json.GetProperty("version_info").GetProperty("download_url").GetString()!));

        JsonElement row = (await GetAsync("/api/releases")).EnumerateArray().Single();
        Assert.Equal(
            "clock 1.2.3 v5.3.1", $"{row.GetProperty("project")} {row.GetProperty("app_version")} {row.GetProperty("idf_version")}");
        Assert.Equal((true, false), (row.GetProperty("is_newest").GetBoolean(), row.GetProperty("has_all_parts").GetBoolean()));
        Assert.Equal(
            "firmware.upload",
            (await GetAsync("/api/audit?target=clock%20esp32c3%20v1.2.3")).EnumerateArray().Single().GetProperty("action").GetString());
    }

    [Fact]
    public async Task VersionsOnlyGoUp()
    {
        await UploadedAsync(1, "v1.2.3");
        (int status, JsonElement same) = await UploadAsync(EspImages.App(seed: 5), "1.2.3");
        Assert.Equal(409, status);
        Assert.Equal("v1.2.3", same.GetProperty("current_version").GetString());

        (status, JsonElement lower) = await UploadAsync(EspImages.App(), "v1.2.2");
        Assert.Equal(400, status);
        Assert.Equal("v1.2.3 v1.2.2", $"{lower.GetProperty("current_version")} {lower.GetProperty("attempted_version")}");
        Assert.StartsWith("Version downgrade", lower.GetProperty("error").GetString(), StringComparison.Ordinal);

        // Others have their own order.
        await UploadedAsync(2, "v0.1.0", product: "bell");
        Assert.Equal(201, (await UploadAsync(EspImages.App(), "v1.0.0", more: ("env", "dev"))).Status);
        await UploadedAsync(3, "2025.11.19.1");
        Assert.Equal(400, (await UploadAsync(EspImages.App(), "v2.0.0")).Status);
    }

    [Fact]
    public async Task WhatIsMissingOrWrongIsNamed()
    {
        byte[] image = EspImages.App();
        await Expect("version: must be such as v1.2.3", image, version: "1.2.3-b1");
        await Expect("version: is missing", image, version: "");
        await Expect("platform: esp8266 is called esp12f here", image, platform: "esp8266");
        await Expect("platform: ESP32-C3 is called esp32c3 here", image, platform: "ESP32-C3");
        await Expect("platform: avr is not known", image, platform: "avr");
        await Expect("product: must be", image, product: "a/b");
        await Expect("env: must be", image, more: ("env", "Pröd"));
        await Expect("description: must be", image, more: ("description", new string('x', 1001)));
        await Expect("version: is there twice", image, more: ("version", "v1.2.4"));
        await Expect("vresion (version?): unknown in this form", image, more: ("vresion", "v1.2.4"));
        await Expect("file: it is for ESP32-C3, but esp32s3 is ESP32-S3", image, platform: "esp32s3");
        await Expect("file: it is for ESP32-C3, but esp12f is ESP8266", image, platform: "esp12f");
        await Expect("file: it begins with 0x00", new byte[3000]);
        await Expect("bootloader: it is an application, not a bootloader", image, more: ("bootloader", EspImages.App()));
        await Expect("partitions: it is a bootloader, not a partition table", image, more: ("partitions", EspImages.Bootloader()));
        Assert.Empty((await GetAsync("/api/releases")).EnumerateArray());

        async Task Expect(
            string fault, byte[] file, string version = "v1.2.3", string platform = "esp32c3", string product = "clock",
            params (string, object)[] more)
        {
            (int status, JsonElement json) = await UploadAsync(file, version, platform, product, more: more);
            Assert.True(status == 400, json.ToString());
            Assert.StartsWith(fault, json.GetProperty("error").GetString(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task FormsThatAreNoneAreRefused()
    {
        Assert.Equal(400, (await PostFormAsync(new StringContent("{}", Encoding.UTF8, "application/json"))).Status);
        Assert.Equal(400, (await PostFormAsync(Form("nonsense", "b"))).Status);
        Assert.Equal(400, (await PostFormAsync(Form("--b\r\nContent-Disposition: form-data; name=\"version\"\r\n\r\nv1", "b"))).Status);
        Assert.Equal(400, (await PostFormAsync(Form("--b\r\n\r\nx\r\n--b--\r\n", "b"))).Status);
        Assert.Equal(400, (await PostFormAsync(Form("x", new string('b', 100)))).Status);
        (int status, JsonElement json) = await UploadAsync(EspImages.App(bytes: 400_000));
        Assert.Equal(413, status);
        Assert.StartsWith("file: too large, 300000 bytes at most", json.GetProperty("error").GetString(), StringComparison.Ordinal);

        static StringContent Form(string body, string boundary)
        {
            StringContent content = new(body);
            content.Headers.ContentType = MediaTypeHeaderValue.Parse($"multipart/form-data; boundary={boundary}");
            return content;
        }
    }

    [Fact]
    public async Task WhateverTheFormThereIsAnAnswer()
    {
        // Seed 7: cut, doubled and changed forms.
        Random random = new(7);
        byte[] whole;
        string boundary = "----formOfATest";
        using (MultipartFormDataContent form = new(boundary))
        {
            form.Add(new ByteArrayContent(EspImages.App()), "file", "a.bin");
            form.Add(new StringContent("v1.2.3"), "version");
            form.Add(new StringContent("esp32c3"), "platform");
            whole = await form.ReadAsByteArrayAsync();
        }

        for (int round = 0; round < 60; round++)
        {
            byte[] body = [.. whole];
            for (int change = random.Next(4); change > 0; change--)
            {
                body[random.Next(body.Length)] = (byte)random.Next(256);
            }

            body = random.Next(2) == 0 ? body[..random.Next(body.Length)] : body;
            using ByteArrayContent content = new(body);
            content.Headers.ContentType = MediaTypeHeaderValue.Parse($"multipart/form-data; boundary={boundary}");
            (int status, JsonElement json) = await PostFormAsync(content);
            Assert.True(status == 400 && json.GetProperty("error").GetString()!.Length > 5, $"seed 7, round {round}: {status} {json}");
        }
    }

    [Fact]
    public async Task AMergedImageGivesEachPartOnItsOwn()
    {
        byte[] bootloader = EspImages.Bootloader(EspImages.Esp32);
        byte[] app = EspImages.App(EspImages.Esp32);
        byte[] merged = EspImages.Merge(0x1000, (0x1000, bootloader), (0x8000, EspImages.Table()), (0x10000, app));
        Assert.Equal(201, (await UploadAsync(merged, "v1.24.1", "esp32", "micropython")).Status);
        Assert.Equal(app, await FetchedAsync("/api/firmware/esp32?product=micropython"));
        JsonElement row = (await GetAsync("/api/releases")).EnumerateArray().Single();
        Assert.Equal("merged", row.GetProperty("kind").GetString());
        Assert.Equal(
            "app 65536, bootloader 4096, partitions 32768",
            string.Join(", ", row.GetProperty("parts").EnumerateArray().Select(
                static part => $"{part.GetProperty("part")} {part.GetProperty("address")}")));
    }

    [Fact]
    public async Task KeysAreForTheirProductsAndPlatforms()
    {
        string clocks = await FirmwareKeyAsync("clocks", "uploader", ""","products":["clock"],"platforms":["esp32c3"]""");
        Assert.Equal(201, (await UploadAsync(EspImages.App(), key: clocks)).Status);
        Assert.Equal(403, (await UploadAsync(EspImages.App(), product: "bell", key: clocks)).Status);
        Assert.Equal(403, (await UploadAsync(EspImages.App(EspImages.Esp32S3), platform: "esp32s3", key: clocks)).Status);
        Assert.Equal(401, (await UploadAsync(EspImages.App(), key: "wrong")).Status);
        Assert.Equal(403, (await UploadAsync(EspImages.App(), key: await KeyAsync("operator"))).Status);

        // The old upload key could change all keys.
        Assert.Equal(403, (await AdminAsync(HttpMethod.Get, "/api/keys", key: clocks)).Status);
        Assert.Equal(403, (await AdminAsync(HttpMethod.Post, "/api/keys", """{"name":"more","role":"admin"}""", clocks)).Status);
        Assert.Equal(403, (await AdminAsync(HttpMethod.Get, "/api/devices", key: clocks)).Status);
        JsonElement listed = (await GetAsync("/api/keys")).EnumerateArray().Single(
            static key => key.GetProperty("name").GetString() == "clocks");
        Assert.Equal(
            """["clock"] ["esp32c3"]""", $"{listed.GetProperty("products").GetRawText()} {listed.GetProperty("platforms").GetRawText()}");
        Assert.Equal(
            "products, platforms: are for an uploader or a downloader",
            await RefusedAsync(400, HttpMethod.Post, "/api/keys", """{"name":"x","role":"viewer","products":["clock"]}"""));
    }

    /// <summary>What was refused, or broke off, leaves nothing behind for longer than an hour.</summary>
    [Fact]
    public async Task WhatBelongsToNoReleaseGoes()
    {
        await UploadedAsync();
        Assert.Equal(400, (await UploadAsync(EspImages.App(), "v1.0.0")).Status);

        // Killed in the middle: a file without an end.
        Store store = Host.Services.GetRequiredService<Store>();
        long now = Host.Clock.GetUtcNow().ToUnixTimeMilliseconds();
        long file = await store.WriteAsync(now, FileSql.Begin);
        await store.WriteAsync((file, 0, new byte[1000], now), FileSql.Add);
        Host.Clock.Advance(TimeSpan.FromMinutes(30));
        Assert.Equal(2, await FilesAsync(store));
        Host.Clock.Advance(TimeSpan.FromMinutes(40));
        Host.Clock.Advance(TimeSpan.FromMinutes(6));
        Assert.Equal(1, await FilesAsync(store));
        Assert.NotEmpty(await FetchedAsync("/api/firmware/esp32c3"));
    }

    private static Task<int> FilesAsync(Store store) => store.ReadAsync(0, static (session, _) =>
    {
        using SqlStatement row = session.Query("SELECT count(DISTINCT file_id) FROM firmware_chunks");
        row.Read();
        return row.Int32(0);
    });
}
