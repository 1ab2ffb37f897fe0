using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Places;
using JamBox.Deployments;
using JamBox.Ota.Signing;

namespace JamBox.Backend.Tests.Deployments;

/// <summary>A test that uploads packages and fetches them, as our tools do and as old ones did.</summary>
public abstract class DeploymentTest(BackendHost shared, params string[] args)
    : PlaceTest(shared, [$"--Ota:PublicKey={Key.Public.Hex}", .. args])
{
    protected static readonly ReleaseKey Key = ReleaseKey.Create();

    protected static readonly DateTimeOffset Made = new(2026, 11, 28, 18, 0, 0, TimeSpan.Zero);

    protected static byte[] Noise(int length, int seed = 1)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    /// <summary>A signed package; the size of its one big file is its own to within a kilobyte.</summary>
    protected static byte[] Package(string version = "1.2.3", int bytes = 5000, ReleaseKey? key = null)
    {
        PackageBuilder builder = new(version, Made);
        builder.AddBytes("deploy.sh", Encoding.ASCII.GetBytes($"#!/bin/sh\necho {version}\n"), isExecutable: true);
        builder.AddBytes("app/data.bin", Noise(bytes, bytes), isExecutable: false);
        using MemoryStream zip = new();
        builder.Write(zip, key ?? Key);
        return zip.ToArray();
    }

    /// <summary>Uploads as CI does.</summary>
    protected async Task<(int Status, JsonElement Json)> UploadAsync(
        byte[] package, string? version = "1.2.3", string? targets = "none", string? key = null, string filename = "package.zip")
    {
        using MultipartFormDataContent form = [];
        if (version is not null)
        {
            form.Add(new StringContent(version), "version");
        }

        if (targets is not null)
        {
            form.Add(new StringContent(targets), "targets");
        }

        form.Add(new ByteArrayContent(package), "file", filename);
        return await PostFormAsync(form, $"Bearer {key ?? BackendHost.AdminKey}");
    }

    protected async Task<(int Status, JsonElement Json)> PostFormAsync(HttpContent form, string authorization)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/deployments/upload") { Content = form };
        request.Headers.TryAddWithoutValidation("Authorization", authorization);
        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        return ((int)answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync()));
    }

    protected async Task<string> UploadedAsync(byte[] package, string version = "1.2.3", string? targets = "none")
    {
        (int status, JsonElement json) = await UploadAsync(package, version, targets);
        Assert.True(status == 201, json.ToString());
        return json.GetProperty("id").GetString()!;
    }

    protected async Task<string> RefusedUploadAsync(int status, byte[] package, string? version = "1.2.3", string? targets = "none")
    {
        (int answered, JsonElement json) = await UploadAsync(package, version, targets);
        Assert.True(answered == status, $"{answered} {json}");
        return json.GetProperty("error").GetString()!;
    }

    /// <summary>Fetches with whatever stands in the Authorization header.</summary>
    protected async Task<HttpResponseMessage> FetchAsync(
        string path, string? authorization, HttpMethod? method = null, params (string Name, string Value)[] headers)
    {
        using HttpRequestMessage request = new(method ?? HttpMethod.Get, path);
        foreach ((string name, string? value) in headers.Append(("Authorization", authorization!)))
        {
            if (value is not null)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return await Host.Http.SendAsync(request);
    }

    /// <summary>Registers a gateway; its key begins with rv_.</summary>
    protected async Task<string> GatewayAsync(string id)
    {
        JsonElement made = await DoAsync(HttpMethod.Post, "/api/device/register", $$"""{"device_id":"{{id}}","kind":"gateway"}""");
        string token = made.GetProperty("token").GetString()!;
        Assert.StartsWith("rv_", token, StringComparison.Ordinal);
        return token;
    }

    protected string[] FilesOfPackages() => Directory.Exists(Host.PackageFolder)
        ? [.. Directory.GetFiles(Host.PackageFolder).Select(static path => Path.GetFileName(path)).Order(StringComparer.Ordinal)]
        : [];
}

/// <summary>
/// A form whose file is made while it is sent: noise of a seed in a zip would do as well, but this one never has an end in memory.
/// </summary>
/// <param name="length">Bytes of the file.</param>
/// <param name="pauseAt">Where the sending waits.</param>
/// <param name="pause">What is waited for there.</param>
internal sealed class SlowFile(long length, long pauseAt, Func<Task> pause) : HttpContent
{
    private readonly byte[] _piece = new byte[64 * 1024];

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        for (long sent = 0; sent < length; sent += _piece.Length)
        {
            if (sent == pauseAt)
            {
                await stream.FlushAsync();
                await pause();
            }

            await stream.WriteAsync(_piece.AsMemory(0, (int)Math.Min(_piece.Length, length - sent)));
        }
    }

    protected override bool TryComputeLength(out long computed)
    {
        computed = length;
        return true;
    }

    /// <summary>A form with it.</summary>
    public MultipartFormDataContent InForm(string version)
    {
        Headers.ContentType = new MediaTypeHeaderValue("application/zip");
        return new MultipartFormDataContent { { new StringContent(version), "version" }, { this, "file", "big.zip" } };
    }
}
