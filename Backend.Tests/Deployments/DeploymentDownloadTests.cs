using System.Security.Cryptography;
using System.Text.Json;

using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Deployments;

/// <summary><c>GET /api/deployment-download/…</c>, as our agent and old watchers call it.</summary>
public abstract class DeploymentDownloadTests(BackendHost shared) : DeploymentTest(shared)
{
    [Fact]
    public async Task AGatewayFetchesWithItsKeyBareOrWithAScheme()
    {
        byte[] package = Package(bytes: 200_000);
        string path = $"/api/deployment-download/{await UploadedAsync(package)}";
        string gateway = await GatewayAsync("shop-1");
        string hash = Convert.ToHexStringLower(SHA256.HashData(package));
        foreach (string authorization in new[]
            { gateway, $"Bearer {gateway}", await KeyAsync("operator"), $"Bearer {BackendHost.AdminKey}" })
        {
            using HttpResponseMessage answer = await FetchAsync(path, authorization);
            Assert.Equal(package, await answer.Content.ReadAsByteArrayAsync());
            Assert.Equal(package.Length, answer.Content.Headers.ContentLength);
            Assert.Equal("application/zip", answer.Content.Headers.ContentType!.ToString());
            Assert.Equal("package.zip", answer.Content.Headers.ContentDisposition!.FileName!.Trim('"'));
            Assert.Equal($"\"{hash}\"", answer.Headers.ETag!.ToString());
            Assert.Equal(hash, answer.Headers.GetValues("X-Checksum-SHA256").Single());
        }

        using HttpResponseMessage head = await FetchAsync(path, gateway, HttpMethod.Head);
        Assert.Equal((200, (long?)package.Length), ((int)head.StatusCode, head.Content.Headers.ContentLength));
        Assert.Equal(hash, head.Headers.GetValues("X-Checksum-SHA256").Single());
    }

    [Fact]
    public async Task OthersDoNot()
    {
        string path = $"/api/deployment-download/{await UploadedAsync(Package())}";
        string thing = (await DoAsync(HttpMethod.Post, "/api/device/register", """{"device_id":"clock-1","kind":"thing"}"""))
            .GetProperty("token").GetString()!;
        long place = await PlaceAsync("Hall");
        string gateway = await GatewayAsync("shop-2");
        await ExpectAsync(401, path, null);
        await ExpectAsync(401, path, "rv_wrong");
        await ExpectAsync(401, path, thing);
        await ExpectAsync(401, path, $"Bearer {Device.Token}");
        await ExpectAsync(401, path, $"Basic {gateway}");
        await ExpectAsync(403, path, await KeyAsync("viewer"));
        await ExpectAsync(403, path, await KeyAsync("operator", place));
        await ExpectAsync(404, "/api/deployment-download/0f8fad5b-d9cb-469f-a165-70867728950e", gateway);
        await ExpectAsync(404, "/api/deployment-download/..%2f..%2fjambox", gateway);
        int id = path.LastIndexOf('/') + 1;
        await ExpectAsync(404, path[..id] + path[id..].ToUpperInvariant(), gateway);

        // A gateway's key opens nothing else of people's.
        await ExpectAsync(401, "/api/deployments", $"Bearer {gateway}");

        async Task ExpectAsync(int status, string wanted, string? authorization)
        {
            using HttpResponseMessage answer = await FetchAsync(wanted, authorization);
            Assert.True((int)answer.StatusCode == status, $"{wanted} {authorization}: {(int)answer.StatusCode}");
        }
    }

    [Fact]
    public async Task WhatBrokeOffGoesOn()
    {
        byte[] package = Package(bytes: 300_000);
        string path = $"/api/deployment-download/{await UploadedAsync(package)}";
        string gateway = await GatewayAsync("shop-3");
        string tag = $"\"{Convert.ToHexStringLower(SHA256.HashData(package))}\"";
        await ExpectAsync(206, "bytes=0-0", package[..1]);
        await ExpectAsync(206, "bytes=65530-131080", package[65530..131081]);
        await ExpectAsync(206, "bytes=250000-", package[250_000..]);
        await ExpectAsync(206, "bytes=-100", package[^100..]);
        await ExpectAsync(206, "bytes=100-", package[100..], ("If-Range", tag));
        await ExpectAsync(200, "bytes=100-", package, ("If-Range", "\"other\""));
        await ExpectAsync(200, "bytes=0-1,5-6", package);
        await ExpectAsync(416, $"bytes={package.Length}-", []);
        using HttpResponseMessage known = await FetchAsync(path, gateway, null, ("If-None-Match", tag));
        Assert.Equal(304, (int)known.StatusCode);

        async Task ExpectAsync(int status, string range, byte[] bytes, params (string, string)[] more)
        {
            using HttpResponseMessage answer = await FetchAsync(path, gateway, null, [("Range", range), .. more]);
            Assert.True((int)answer.StatusCode == status, $"{range}: {(int)answer.StatusCode}");
            Assert.Equal(bytes, await answer.Content.ReadAsByteArrayAsync());
            if (status == 206)
            {
                Assert.Equal(package.Length, answer.Content.Headers.ContentRange!.Length);
            }
        }
    }

    [Fact]
    public async Task TheNewestForAllIsSaidAsTheOldServerDid()
    {
        string gateway = await GatewayAsync("shop-4");
        using (HttpResponseMessage none = await FetchAsync("/api/deployment-download/latest/info", gateway))
        {
            Assert.Equal(404, (int)none.StatusCode);
        }

        await UploadedAsync(Package("1.0"), "1.0", targets: null);
        byte[] package = Package("1.1");
        string id = await UploadedAsync(package, "1.1", targets: null);
        await UploadedAsync(Package("1.2"), "1.2", targets: "none");
        foreach (string authorization in new[] { gateway, $"Bearer {gateway}" })
        {
            using HttpResponseMessage answer = await FetchAsync("/api/deployment-download/latest/info", authorization);
            Assert.Equal("application/json", answer.Content.Headers.ContentType!.MediaType);
            JsonElement info = JsonElement.Parse(await answer.Content.ReadAsStringAsync());
            Assert.Equal(
                ["id", "version", "filename", "size", "sha256", "downloadUrl", "timestamp"],
                info.EnumerateObject().Select(static member => member.Name));
            Assert.Equal(id, info.GetProperty("id").GetString());
            Assert.Equal(package.Length, info.GetProperty("size").GetInt64());
            Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", info.GetProperty("timestamp").GetString());
        }
    }

    [Fact]
    public async Task AFileThatIsGoneIsSaid()
    {
        string id = await UploadedAsync(Package());
        File.Delete(Path.Combine(Host.PackageFolder, $"{id}.zip"));
        using HttpResponseMessage answer = await FetchAsync($"/api/deployment-download/{id}", await GatewayAsync("shop-5"));
        Assert.Equal(404, (int)answer.StatusCode);
        Assert.Contains("Deployments:Folder", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
