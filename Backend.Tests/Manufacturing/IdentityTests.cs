using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

using JamBox.Backend.Tests.Firmware;
using JamBox.Backend.Tests.Hosting;
using JamBox.Ota.Nvs;
using JamBox.Tests.Ota.Images;

namespace JamBox.Backend.Tests.Manufacturing;

/// <summary>What goes into a chip: the firmware of its board, and an identity of the size of its partition.</summary>
public abstract class IdentityTests(BackendHost shared) : FirmwareTest(
    shared, "--Manufacturing:Host=count.example.org", "--Manufacturing:Boards:CL:Platform=esp32c3",
    "--Manufacturing:Boards:CL:Product=clock", "--Manufacturing:Boards:CL:Namespace=clock", "--Manufacturing:Bands=0,8,20",
    "--Manufacturing:Port=5684")
{
    private static readonly byte[] s_table =
        EspImages.Table((1, 2, 0x9000, 0x5000, "nvs"), (0, 0, 0x10000, 0x100000, "factory"), (1, 2, 0x110000, 0x3000, "other"));

    [Fact]
    public async Task AThingGetsTheReleaseOfItsPlatform()
    {
        byte[] old = await UploadedAsync(seed: 1, version: "v1.2.3"), newest = EspImages.App(seed: 2);
        Assert.Equal(201, (await UploadAsync(
            newest, "v1.3.0", more: [("bootloader", EspImages.Bootloader()), ("partitions", s_table)])).Status);
        await UploadedAsync(seed: 3, version: "v9.0.0", product: "bell");
        JsonElement firmware = await GetAsync("/api/manufacturing/firmware/CL/02");
        Assert.Equal(
            ("esp32c3", "clock", "v1.3.0"), (Text(firmware, "platform"), Text(firmware, "product"), Text(firmware, "version")));
        Assert.Equal(["bootloader 0 -", "partitions 32768 -", "app 65536 1048576"], Parts(firmware));
        Assert.Equal(
            """{"partition":"nvs","address":36864,"size":20480}""", firmware.GetProperty("identity").GetRawText());

        JsonElement device = await Host.MakeOneAsync("CL", "serial");
        Assert.Equal(newest, await FirmwareAsync(device));
        Assert.Equal(newest, await FirmwareAsync(device, "?part=app"));
        Assert.Equal(s_table, await FirmwareAsync(device, "?part=partitions"));
        Assert.Equal(old, await FirmwareAsync(device, "?version=v1.2.3"));
        JsonElement[] fetched = [.. (await GetAsync("/api/downloads")).EnumerateArray()];
        Assert.Equal(["app", "partitions", "app", "app"], fetched.Select(static row => Text(row, "part")));
    }

    [Fact]
    public async Task ABoxGetsTheNanoClrAndTheBuildOnTopOfIt()
    {
        await RefusedAsync(404, HttpMethod.Get, "/api/manufacturing/firmware/NB/02");
        byte[] build = ImageBuilder.Make(1), next = ImageBuilder.Make(2), clr = EspImages.App(EspImages.Esp32S3, project: "nanoclr");
        await UploadBuildAsync(build, "6.1.0", 60100);
        JsonElement alone = await GetAsync("/api/manufacturing/firmware/NB/02");
        Assert.Equal(["deployment 1769472 -"], Parts(alone));
        Assert.Equal(JsonValueKind.Null, alone.GetProperty("product").ValueKind);
        const string Identity = """{"partition":"ident","address":6897664,"size":24576}""";
        Assert.Equal(Identity, alone.GetProperty("identity").GetRawText());

        Assert.Equal(201, (await UploadAsync(
            clr, "v1.0.0", "nano-esp32s3", "nanoclr", null, ("bootloader", EspImages.Bootloader(EspImages.Esp32S3)),
            ("partitions", EspImages.Table(BoardTests.PeopleCounter())))).Status);
        await UploadBuildAsync(next, "6.2.0", 60200);
        JsonElement firmware = await GetAsync("/api/manufacturing/firmware/NB/02");
        Assert.Equal("6.2.0", Text(firmware, "version"));
        Assert.Equal(["bootloader 0 -", "partitions 32768 -", "app 65536 1703936", "deployment 1769472 1310720"], Parts(firmware));
        Assert.Equal(Identity, firmware.GetProperty("identity").GetRawText());
        Assert.Equal("6.1.0", Text(await GetAsync("/api/manufacturing/firmware/NB/02?version=6.1.0"), "version"));

        JsonElement device = await Host.MakeOneAsync();
        Assert.Equal(next, await FirmwareAsync(device));
        Assert.Equal(build, await FirmwareAsync(device, "?part=deployment&version=6.1.0"));
        Assert.Equal(clr, await FirmwareAsync(device, "?part=app&version=6.1.0"));
        Assert.Equal(0x6000, (await Host.ImageAsync(device)).Length);
    }

    [Fact]
    public async Task ABoardGetsTheBuildThatSetsItsModemUpBeforeThereIsADevice()
    {
        const string Board = "/api/manufacturing/firmware/NB/02";
        byte[] counts = ImageBuilder.Make(1), old = ImageBuilder.Make(2), newest = ImageBuilder.Make(3);
        await UploadBuildAsync(counts, "6.1.0", 60100);
        Assert.Equal(JsonValueKind.Null, (await GetAsync(Board)).GetProperty("provisioning").ValueKind);
        Assert.Equal(
            "There is no build for it", await RefusedAsync(404, HttpMethod.Get, $"{Board}/firmware.bin?part=provisioning"));
        await UploadBuildAsync(old, "6.0.6", 60006, "atoms3-nb1-prov");
        await UploadBuildAsync(newest, "6.0.7", 60007, "atoms3-nb1-prov");

        JsonElement firmware = await GetAsync(Board);
        Assert.Equal(["deployment 1769472 -"], Parts(firmware));
        JsonElement part = firmware.GetProperty("provisioning");
        Assert.Equal(("provisioning", "6.0.7", EspImages.Hash(newest)), (Text(part, "part"), Text(part, "version"), Text(part, "sha256")));
        Assert.Equal(1769472, part.GetProperty("address").GetInt32());
        Assert.Equal(newest, await BytesAsync($"{Board}/firmware.bin?part=provisioning"));
        Assert.Equal(old, await BytesAsync($"{Board}/firmware.bin?part=provisioning&version=6.0.6"));
        Assert.Equal(counts, await BytesAsync($"{Board}/firmware.bin"));
        Assert.Equal(newest, await FirmwareAsync(await Host.MakeOneAsync(), "?part=provisioning"));
        Assert.Contains(
            "there are CL, NB", await RefusedAsync(404, HttpMethod.Get, "/api/manufacturing/firmware/XX/02/firmware.bin"),
            StringComparison.Ordinal);
        Assert.Equal(
            "There is no build for it",
            await RefusedAsync(404, HttpMethod.Get, "/api/manufacturing/firmware/CL/02/firmware.bin?part=provisioning"));
    }

    [Theory]
    [InlineData("app")]
    [InlineData("deployment")]
    public async Task WhatBrokeOffGoesOnWhereItWas(string part)
    {
        byte[] whole = part == "app" ? EspImages.App(EspImages.Esp32S3) : ImageBuilder.Make(1);
        await UploadBuildAsync(ImageBuilder.Make(1), "6.1.0", 60100);
        await UploadAsync(EspImages.App(EspImages.Esp32S3), "v1.0.0", "nano-esp32s3", "nanoclr");
        JsonElement device = await Host.MakeOneAsync();
        using HttpRequestMessage request = new(
            HttpMethod.Get, $"/api/manufacturing/devices/{MakerCalls.Serial(device)}/firmware.bin?part={part}");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", BackendHost.AdminKey);
        request.Headers.Range = new RangeHeaderValue(100, null);
        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.PartialContent, answer.StatusCode);
        Assert.Equal(whole[100..], await answer.Content.ReadAsByteArrayAsync());
        Assert.Equal($"\"{EspImages.Hash(whole)}\"", answer.Headers.ETag!.Tag);
    }

    [Fact]
    public async Task WhatIsNotThereIsSaidByItsName()
    {
        await UploadedAsync();
        JsonElement device = await Host.MakeOneAsync("CL", "serial");
        string path = $"/api/manufacturing/devices/{MakerCalls.Serial(device)}/firmware.bin";
        Assert.Equal(
            "The release for it has no bootloader; it has app", await RefusedAsync(404, HttpMethod.Get, path + "?part=bootloader"));
        Assert.Equal("There is no build for it", await RefusedAsync(404, HttpMethod.Get, path + "?part=deployment"));
        Assert.Contains("v7.7.7", await RefusedAsync(404, HttpMethod.Get, path + "?version=v7.7.7"), StringComparison.Ordinal);
        Assert.StartsWith("version", await RefusedAsync(400, HttpMethod.Get, path + "?version=new"), StringComparison.Ordinal);
        Assert.StartsWith("part", await RefusedAsync(400, HttpMethod.Get, path + "?part=rom"), StringComparison.Ordinal);
        foreach (string unknown in new[] { "firmware/XX/02", "firmware/CL/2", "firmware/cl/02" })
        {
            Assert.Contains(
                "there are CL, NB", await RefusedAsync(404, HttpMethod.Get, "/api/manufacturing/" + unknown), StringComparison.Ordinal);
        }

        foreach ((HttpMethod method, string what) in new[]
            { (HttpMethod.Get, "firmware.bin"), (HttpMethod.Post, "nvs.bin"), (HttpMethod.Get, "") })
        {
            Assert.Equal(
                "No batch has made such a device",
                await RefusedAsync(404, method, $"/api/manufacturing/devices/{Device.Id}/{what}".TrimEnd('/')));
        }
    }

    [Fact]
    public async Task AThingsImageIsOfTheSizeThatItsPartitionTableSays()
    {
        JsonElement device = await Host.MakeOneAsync("CL", "serial");
        Assert.Equal(0x6000, (await Host.ImageAsync(device)).Length);
        Assert.Equal(201, (await UploadAsync(EspImages.App(), more: ("partitions", s_table))).Status);
        byte[] bytes = await Host.ImageAsync(device);
        Assert.Equal(0x5000, bytes.Length);
        NvsImage image = NvsImage.Parse(bytes);
        Assert.Equal(
            (MakerCalls.Serial(device), "CL", "02", MakerCalls.Serial(device)),
            (Of("serial_number"), Of("hw_type"), Of("hw_version"), Of("device_id")));
        Assert.Matches("^[A-Za-z0-9_-]{20,}$", Of("device_token"));
        Assert.Null(image.Find(IdentityImage.Namespace, "token"));

        string Of(string key) => MakerCalls.TextOf(image, key, "clock");
    }

    [Fact]
    public async Task ABoxsImageHasWhatTheConfigurationSays()
    {
        NvsImage image = NvsImage.Parse(await Host.ImageAsync(await Host.MakeOneAsync()));
        Assert.Equal("0,8,20", MakerCalls.TextOf(image, "bands"));
        Assert.Equal("5684", MakerCalls.TextOf(image, "port"));
        Assert.Null(image.Find(IdentityImage.Namespace, "apn"));
    }

    private static string Text(JsonElement json, string name) => json.GetProperty(name).GetString()!;

    private static IEnumerable<string> Parts(JsonElement firmware) =>
        firmware.GetProperty("parts").EnumerateArray().Select(static part =>
        {
            JsonElement room = part.GetProperty("room");
            return $"{Text(part, "part")} {part.GetProperty("address")} {(room.ValueKind == JsonValueKind.Null ? "-" : room.ToString())}";
        });

    private Task<byte[]> FirmwareAsync(JsonElement device, string query = "") =>
        BytesAsync($"/api/manufacturing/devices/{MakerCalls.Serial(device)}/firmware.bin{query}");

    private async Task<byte[]> BytesAsync(string path)
    {
        using HttpResponseMessage answer = await Host.AdminAsync(HttpMethod.Get, path);
        byte[] bytes = await answer.Content.ReadAsByteArrayAsync();
        Assert.Equal(EspImages.Hash(bytes), Assert.Single(answer.Headers.GetValues("X-SHA256")));
        return bytes;
    }

    private async Task UploadBuildAsync(byte[] image, string version, int sequence, string hardware = "atoms3-nb1")
    {
        using HttpRequestMessage request = new(HttpMethod.Post, string.Create(
            CultureInfo.InvariantCulture, $"/api/ota/firmware?version={version}&hw={hardware}&seq={sequence}"));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", BackendHost.AdminKey);
        request.Content = new ByteArrayContent(image);
        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }
}
