using System.Globalization;
using System.IO.Compression;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Tests.Hosting;
using JamBox.Ota.Signing;

namespace JamBox.Backend.Tests.Deployments;

/// <summary><c>POST /api/deployments/upload</c>: what is kept, what is refused, and that nothing of what is refused stays.</summary>
public abstract class DeploymentUploadTests(BackendHost shared) : DeploymentTest(shared, "--Deployments:MaxMB=70")
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(240);

    [Fact]
    public async Task APackageIsKeptAndDescribed()
    {
        byte[] package = Package();
        (int status, JsonElement json) = await UploadAsync(package, filename: "../site 7/übersicht 1.zip");
        Assert.True(status == 201, json.ToString());
        string id = json.GetProperty("id").GetString()!;
        Assert.Matches("^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$", id);
        Assert.Equal(
            ["id", "version", "filename", "size", "sha256", "downloadUrl", "uploadedAt"],
            json.EnumerateObject().Take(7).Select(static member => member.Name));
        Assert.Equal("1.2.3", json.GetProperty("version").GetString());
        Assert.Equal("_bersicht 1.zip", json.GetProperty("filename").GetString());
        Assert.Equal(package.Length, json.GetProperty("size").GetInt64());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(package)), json.GetProperty("sha256").GetString());
        Assert.Equal($"/api/deployment-download/{id}", json.GetProperty("downloadUrl").GetString());
        Assert.Equal("release", json.GetProperty("signed").GetString());
        Assert.Equal(JamBox.Deployments.PackageSignature.IdOf(Key.Public), json.GetProperty("keyId").GetString());
        Assert.False(json.GetProperty("published").GetBoolean());

        JsonElement row = (await GetAsync("/api/deployments")).EnumerateArray().Single();
        Assert.Equal(id, row.GetProperty("id").GetString());
        Assert.Equal(2, row.GetProperty("files").GetInt32());
        Assert.False(row.GetProperty("published").GetBoolean());
        JsonElement one = await GetAsync($"/api/deployments/{id}");
        Assert.Empty(one.GetProperty("gateways").EnumerateArray());
        Assert.Equal([$"{id}.zip"], FilesOfPackages());
        Assert.Equal(package.Length, (await GetAsync("/api/deployments/quota")).GetProperty("usedBytes").GetInt64());
        JsonElement audit = (await GetAsync($"/api/audit?target={id}")).EnumerateArray().Single();
        Assert.Equal("deployment.upload", audit.GetProperty("action").GetString());
        Assert.Equal(404, (await AdminAsync(HttpMethod.Get, "/api/deployments/nonsense")).Status);
    }

    [Fact]
    public async Task WhoseSignatureItHasIsSaid()
    {
        using ReleaseKey other = ReleaseKey.Create();
        (_, JsonElement json) = await UploadAsync(Package(key: other));
        Assert.Equal("other", json.GetProperty("signed").GetString());
        (_, json) = await UploadAsync(Zip(("deploy.sh", "echo"u8.ToArray())), "2025.1");
        Assert.Equal("none", json.GetProperty("signed").GetString());
        Assert.Equal(JsonValueKind.Null, json.GetProperty("keyId").ValueKind);
    }

    [Fact]
    public async Task WhatIsWrongIsNamedAndNothingOfItStays()
    {
        byte[] package = Package();
        await ExpectAsync("version: is missing", package, null);
        await ExpectAsync("version: must be", package, "../1");
        await ExpectAsync("file: The package says that it is version 1.2.3, not 1.2.4", package, "1.2.4");
        await ExpectAsync("file: The file is no zip", Noise(5000), "1");
        await ExpectAsync("file: The package has an entry whose path has .. in it", Zip(("../up", [1])), "1");
        await ExpectAsync("file: bomb unpacks to more than 200 times", Zip(("bomb", new byte[3_000_000])), "1");
        await ExpectAsync("file: The package has no files", Zip(), "1");
        await ExpectAsync("targets", package, "1.2.3", "{\"gateways\":[]}");

        byte[] changed = Zip(
            ("deployment.json", Listed("1")), ("deployment.sig", Signed(Listed("2"))), ("a", []));
        await ExpectAsync("file: deployment.sig is not what key", changed, "1");
        Assert.Empty((await GetAsync("/api/deployments")).EnumerateArray());

        async Task ExpectAsync(string fault, byte[] bytes, string? version, string? targets = "none")
        {
            string error = await RefusedUploadAsync(400, bytes, version, targets);
            Assert.StartsWith(fault, error, StringComparison.Ordinal);
            Assert.Empty(FilesOfPackages());
        }

        static byte[] Listed(string version) => new JamBox.Deployments.PackageManifest(
            version, Made,
            [new JamBox.Deployments.PackageFile("a", 0, Convert.ToHexStringLower(SHA256.HashData([])), IsExecutable: false)]).ToBytes();

        static byte[] Signed(byte[] list) => JamBox.Deployments.PackageSignature.Sign(list, Key).ToBytes();
    }

    [Fact]
    public async Task OldClientsUploadWithABareKeyAndTheFileFirst()
    {
        byte[] package = Zip(("deploy.sh", "echo"u8.ToArray()));
        string key = await KeyAsync("operator");
        using MultipartFormDataContent form = new()
        {
            { new ByteArrayContent(package), "file", "release.zip" }, { new StringContent("1.0"), "version" },
        };
        (int status, JsonElement json) = await PostFormAsync(form, key);
        Assert.True(status == 201, json.ToString());
        Assert.True(json.GetProperty("published").GetBoolean());
        string id = json.GetProperty("id").GetString()!;
        Assert.True((await GetAsync($"/api/deployments/{id}")).GetProperty("published").GetBoolean());
    }

    [Fact]
    public async Task WhatIsMeantForNobodyIsStoredAllTheSame()
    {
        (int status, JsonElement json) = await UploadAsync(Package(), targets: """{"gateways":["nobody-1"]}""");
        Assert.Equal(201, status);
        Assert.False(json.GetProperty("published").GetBoolean());
        Assert.Contains("nobody-1", json.GetProperty("publishError").GetString(), StringComparison.Ordinal);
        Assert.Single(FilesOfPackages());
    }

    [Fact]
    public async Task OnlyOperatorsOfAllPlacesUpload()
    {
        long place = await PlaceAsync("Hall");
        string gateway = await GatewayAsync("shop-1");
        Assert.Equal(403, (await UploadAsync(Package(), key: await KeyAsync("viewer"))).Status);
        (int status, JsonElement json) = await UploadAsync(Package(), key: await KeyAsync("operator", place));
        Assert.Equal((403, true), (status, json.GetProperty("error").GetString()!.Contains("all places", StringComparison.Ordinal)));
        Assert.Equal(401, (await UploadAsync(Package(), key: gateway)).Status);
        Assert.Equal(401, (await UploadAsync(Package(), key: "wrong")).Status);
        Assert.Empty(FilesOfPackages());
    }

    [Fact]
    public async Task WhatBreaksOffLeavesNothing()
    {
        using SlowFile file = new(20L * 1024 * 1024, 1024 * 1024, static () => throw new IOException("the line is dead"));
        using MultipartFormDataContent form = file.InForm("1.0");
        await Assert.ThrowsAsync<HttpRequestException>(() => PostFormAsync(form, $"Bearer {BackendHost.AdminKey}"));
        using CancellationTokenSource patience = new(s_patience);
        while (FilesOfPackages().Length > 0)
        {
            await Task.Delay(10, patience.Token);
        }
    }

    [Fact]
    public async Task WhatIsTooLargeIsRefused()
    {
        using SlowFile file = new(72L * 1024 * 1024, -1, static () => Task.CompletedTask);
        using MultipartFormDataContent form = file.InForm("1.0");
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/deployments/upload") { Content = form };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", BackendHost.AdminKey);

        // Asked first, it is known before a byte has gone.
        request.Headers.ExpectContinue = true;
        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        Assert.Equal(413, (int)answer.StatusCode);
        Assert.Contains("73400320 bytes at most", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Empty(FilesOfPackages());
    }

    [Fact]
    public async Task FormsThatAreNoneAreRefused()
    {
        Assert.Equal(400, (await PostFormAsync(new StringContent("{}", Encoding.UTF8, "application/json"), Admin)).Status);
        Assert.Equal(400, (await PostFormAsync(new MultipartFormDataContent { { new StringContent("1"), "version" } }, Admin)).Status);
        Assert.Equal(400, (await PostFormAsync(new MultipartFormDataContent { { new StringContent("1"), "versoin" } }, Admin)).Status);
        Assert.Empty(FilesOfPackages());
    }

    [Fact]
    public async Task WhateverTheFormThereIsAnAnswerAndNothingIsLeftOver()
    {
        const int Seed = 11;
        Random random = new(Seed);
        byte[] whole;
        const string Boundary = "----formOfATest";
        using (MultipartFormDataContent form = new(Boundary))
        {
            form.Add(new StringContent("1.2.3"), "version");
            form.Add(new StringContent("none"), "targets");
            form.Add(new ByteArrayContent(Package(bytes: 300)), "file", "a.zip");
            whole = await form.ReadAsByteArrayAsync();
        }

        int kept = 0;
        for (int round = 0; round < 80; round++)
        {
            byte[] body = [.. whole];
            for (int change = random.Next(4); change > 0; change--)
            {
                body[random.Next(body.Length)] = (byte)random.Next(256);
            }

            body = random.Next(3) == 0 ? body[..random.Next(body.Length)] : body;
            using ByteArrayContent content = new(body);
            content.Headers.ContentType = MediaTypeHeaderValue.Parse($"multipart/form-data; boundary={Boundary}");
            (int status, JsonElement json) = await PostFormAsync(content, Admin);
            kept += status == 201 ? 1 : 0;
            Assert.True(
                status == 201 || (status == 400 && json.GetProperty("error").GetString()!.Length > 5),
                string.Create(CultureInfo.InvariantCulture, $"seed {Seed}, round {round}: {status} {json}"));
        }

        Assert.InRange(kept, 1, 79);
        Assert.Equal(kept, FilesOfPackages().Length);
    }

    private static string Admin => $"Bearer {BackendHost.AdminKey}";

    private static byte[] Zip(params (string Path, byte[] Bytes)[] files)
    {
        using MemoryStream zip = new();
        using (ZipArchive archive = new(zip, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach ((string path, byte[] bytes) in files)
            {
                using Stream to = archive.CreateEntry(path).Open();
                to.Write(bytes);
            }
        }

        return zip.ToArray();
    }
}
