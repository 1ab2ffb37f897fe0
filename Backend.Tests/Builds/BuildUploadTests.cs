using JamBox.Backend.Tests.Updates;
using System.Security.Cryptography;
using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

using Microsoft.AspNetCore.Builder;

namespace JamBox.Backend.Tests.Builds;

/// <summary>What the bench brings: builds and their signed manifests.</summary>
public abstract class BuildUploadTests(BackendHost shared) : OtaTest(shared, $"--Ota:PublicKey={s_publicKey}", "--Ota:AllowUnsigned=false")
{
    private static readonly ReleaseKey s_key = ReleaseKey.Create();
    private static readonly string s_publicKey = s_key.Public.Hex;
    private static readonly byte[] s_image = ImageBuilder.Make(1);

    [Fact]
    public async Task ABuildIsKeptAndListed()
    {
        (int status, JsonElement build) = await UploadAsync(s_image, "6.1.0", 60100);
        Assert.Equal(201, status);
        int id = build.GetProperty("id").GetInt32();
        Assert.Equal(
            $$"""{"id":{{id}},"version":"6.1.0","hw":"atoms3-nb1","seq":60100,"size":{{s_image.Length}},"sha256":"{{Hash(s_image)}}","native_checksum":"1a2b3c4d","is_signed":false,"notes":"new","uploaded_at":"2026-01-29T10:00:00Z","uploaded_by":"configured","boxes":0,"pruned_at":null}""",
            build.GetRawText());
        Assert.Equal(build.GetRawText(), Assert.Single((await GetAsync("/api/ota/firmware?hw=atoms3-nb1")).EnumerateArray()).GetRawText());
        Assert.Empty((await GetAsync("/api/ota/firmware?hw=other")).EnumerateArray());

        using HttpResponseMessage image = await Host.AdminAsync(HttpMethod.Get, $"/api/ota/firmware/{id}/image");
        Assert.Equal(s_image, await image.Content.ReadAsByteArrayAsync());
        Assert.Equal("application/octet-stream", image.Content.Headers.ContentType!.MediaType);
        Assert.Equal(
            "ota.upload",
            (await GetAsync("/api/audit?target=atoms3-nb1%206.1.0")).EnumerateArray().Single().GetProperty("action").GetString());
    }

    [Fact]
    public async Task ItSaysHowManyBoxesRunIt()
    {
        (_, JsonElement build) = await UploadAsync(s_image, "6.1.0", 60100);
        await UploadAsync(ImageBuilder.Make(2), "6.2.0", 60200);
        TestDevice other = await Host.RegisterAsync();
        TestDevice retired = await Host.RegisterAsync();
        foreach (TestDevice box in new[] { Device, other, retired })
        {
            await CheckAsync(s_image, "6.1.0", 60100, device: box);
        }

        Assert.Equal(204, (await SendAsync(HttpMethod.Post, $"/api/device/{retired.Id}/retire")).Status);
        Assert.Equal(
            ["6.2.0 0", "6.1.0 2"],
            (await GetAsync("/api/ota/firmware")).EnumerateArray().Select(
                static row => $"{row.GetProperty("version").GetString()} {row.GetProperty("boxes")}"));
        Assert.Equal(2, (await GetAsync($"/api/ota/firmware/{build.GetProperty("id")}")).GetProperty("boxes").GetInt32());
    }

    [Fact]
    public async Task TheSameAgainIsFineAndAnotherOneIsNot()
    {
        (_, JsonElement build) = await UploadAsync(s_image, "6.1.0", 60100);
        (int status, JsonElement again) = await UploadAsync(s_image, "6.1.0", 60100);
        Assert.Equal(200, status);
        Assert.Equal(build.GetRawText(), again.GetRawText());

        byte[] other = ImageBuilder.Make(2);
        Assert.Equal(409, (await UploadAsync(other, "6.1.0", 60100)).Status);
        Assert.Equal(409, (await UploadAsync(other, "6.1.0", 60200)).Status);
        Assert.Equal(409, (await UploadAsync(other, "6.2.0", 60100)).Status);
        Assert.Equal(409, (await UploadAsync(s_image, "6.1.0", 60200)).Status);
        Assert.Equal(201, (await UploadAsync(other, "6.1.0", 60100, "other-board")).Status);
    }

    [Theory]
    [InlineData("version=6.1_0&hw=x&seq=1", "version")]
    [InlineData("version=1234567890123456&hw=x&seq=1", "version")]
    [InlineData("hw=x&seq=1", "version")]
    [InlineData("version=6.1&seq=1", "hw")]
    [InlineData("version=6.1&hw=a%20b&seq=1", "hw")]
    [InlineData("version=6.1&hw=x", "seq")]
    [InlineData("version=6.1&hw=x&seq=0", "seq")]
    [InlineData("version=6.1&hw=x&seq=2147483648", "seq")]
    [InlineData("version=6.1&hw=x&seq=1&notes=a%0Ab", "notes")]
    public async Task WhatIsMissingOrWrongIsNamed(string query, string field)
    {
        (int status, JsonElement problem) = await SendAsync(HttpMethod.Post, $"/api/ota/firmware?{query}", s_image);
        Assert.Equal(400, status);
        Assert.StartsWith(field + ":", problem.GetProperty("error").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task WhatIsNoImageOrTooLargeIsRefused()
    {
        (int status, JsonElement problem) = await UploadAsync(new byte[5000], "6.1.0", 60100);
        Assert.Equal(400, status);
        Assert.Contains("does not begin with a .pe assembly", problem.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.Equal(413, (await UploadAsync(new byte[(1280 * 1024) + 4], "6.1.0", 60100)).Status);
        Assert.Empty((await GetAsync("/api/ota/firmware")).EnumerateArray());
        Assert.Equal(404, (await SendAsync(HttpMethod.Get, "/api/ota/firmware/1")).Status);
        Assert.Equal(404, (await SendAsync(HttpMethod.Get, "/api/ota/firmware/x/image")).Status);
    }

    [Fact]
    public async Task OnlyTheBuildsOwnManifestWithARightSignatureIsKept()
    {
        (_, JsonElement json) = await UploadAsync(s_image, "6.1.0", 60100);
        string path = $"/api/ota/firmware/{json.GetProperty("id").GetInt32()}/manifest";
        using ReleaseKey stranger = ReleaseKey.Create();
        await RefusedAsync(path, Of(s_image).ToBytes(), "not signed");
        await RefusedAsync(path, Of(s_image).Sign(stranger).ToBytes(), "Ota:PublicKey");
        await RefusedAsync(path, Of(s_image, hardware: "other").Sign(s_key).ToBytes(), "hardware");
        await RefusedAsync(path, Of(s_image, version: "6.1.1").Sign(s_key).ToBytes(), "version");
        await RefusedAsync(path, Of(s_image, sequence: 60101).Sign(s_key).ToBytes(), "sequence");
        await RefusedAsync(path, Of(s_image, native: 7).Sign(s_key).ToBytes(), "native checksum");
        await RefusedAsync(path, Of(ImageBuilder.Make(2)).Sign(s_key).ToBytes(), "image");
        await RefusedAsync(path, [1, 2, 3], "148 bytes");
        Assert.Equal(404, (await SendAsync(HttpMethod.Put, "/api/ota/firmware/999/manifest", Of(s_image).ToBytes())).Status);

        byte[] signed = Of(s_image).Sign(s_key).ToBytes();
        Assert.Equal(204, (await SendAsync(HttpMethod.Put, path, signed)).Status);
        Assert.True((await GetAsync("/api/ota/firmware")).EnumerateArray().Single().GetProperty("is_signed").GetBoolean());
        Assert.Equal(
            "ota.sign",
            (await GetAsync("/api/audit?target=atoms3-nb1%206.1.0")).EnumerateArray().First().GetProperty("action").GetString());

        // What devices get begins with these bytes.
        MakePatches();
        int id = Json(await CheckAsync(ImageBuilder.Make(3), "6.0.0", 60000)).GetProperty("id").GetInt32();
        Assert.Equal(signed, (await GetBytesAsync($"/api/ota/manifest?id={id}")).Body[..148]);
    }

    [Fact]
    public async Task AnUnsignedReleaseIsOfferedToNobody()
    {
        await ReleaseAsync(s_image, "6.1.0", 60100);
        Assert.Equal("unsigned", Json(await CheckAsync(ImageBuilder.Make(3), "6.0.0", 60000)).GetProperty("reason").GetString());
    }

    private async Task RefusedAsync(string path, byte[] manifest, string fault)
    {
        (int status, JsonElement problem) = await SendAsync(HttpMethod.Put, path, manifest);
        Assert.Equal(400, status);
        Assert.Contains(fault, problem.GetProperty("error").GetString(), StringComparison.Ordinal);
        Assert.False((await GetAsync("/api/ota/firmware")).EnumerateArray().Single().GetProperty("is_signed").GetBoolean());
    }

    private static ReleaseManifest Of(byte[] image, string hardware = Hardware, string version = "6.1.0", int sequence = 60100,
        uint native = 0x1A2B3C4D) =>
        ReleaseManifest.Unsigned(hardware, native, sequence, version, image.Length, SHA256.HashData(image));
}
