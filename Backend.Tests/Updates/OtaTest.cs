using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Security;
using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Updates;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Updates;

/// <summary>A backend of its own in which every box may have the newest build, and what benches and boxes do with it.</summary>
public abstract class OtaTest : IAsyncLifetime
{
    protected const string Hardware = "atoms3-nb1";

    /// <summary>Makes it.</summary>
    /// <param name="shared">The storage to run in.</param>
    /// <param name="args">More configuration.</param>
    protected OtaTest(BackendHost shared, params string[] args)
    {
        Host = new BackendHost(shared.Storage)
        {
            Args = ["--Ota:AllowUnsigned=true", .. args],
            Configure = builder =>
            {
                if (HasOwnReleases)
                {
                    builder.Services.AddSingleton<IReleaseSource>(Releases);
                }
            },
        };
    }

    /// <summary>False where the real roll-outs decide.</summary>
    protected virtual bool HasOwnReleases => true;

    internal OfferNewest Releases { get; } = new();

    protected BackendHost Host { get; }

    protected TestDevice Device { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        await Host.InitializeAsync();
        Device = await Host.RegisterAsync();
    }

    public Task DisposeAsync() => Host.DisposeAsync();

    protected static string Hash(byte[] image) => Convert.ToHexStringLower(SHA256.HashData(image));

    /// <summary>Lets the jobs run until no patch is left to be made.</summary>
    protected void MakePatches() => Host.Clock.Advance(TimeSpan.FromSeconds(5));

    protected async Task<(int Status, JsonElement Json)> SendAsync(HttpMethod method, string path, byte[]? body = null)
    {
        using HttpRequestMessage request = new(method, path);
        request.Headers.Authorization = new("Bearer", BackendHost.AdminKey);
        if (body is not null)
        {
            request.Content = new ByteArrayContent(body);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        }

        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        string text = await answer.Content.ReadAsStringAsync();
        bool json = answer.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true;
        return ((int)answer.StatusCode, json ? JsonElement.Parse(text) : default);
    }

    protected Task<(int Status, JsonElement Json)> UploadAsync(byte[] image, string version, int sequence, string hw = Hardware) =>
        SendAsync(HttpMethod.Post, $"/api/ota/firmware?version={Uri.EscapeDataString(version)}&hw={hw}&seq={sequence}&notes=new", image);

    /// <summary>Uploads a build and makes its patches.</summary>
    protected async Task<int> ReleaseAsync(byte[] image, string version, int sequence)
    {
        (int status, JsonElement json) = await UploadAsync(image, version, sequence);
        Assert.Equal(201, status);
        MakePatches();
        return json.GetProperty("id").GetInt32();
    }

    protected async Task<JsonElement> GetAsync(string path)
    {
        (int status, JsonElement json) = await SendAsync(HttpMethod.Get, path);
        Assert.Equal(200, status);
        return json;
    }

    protected async Task<JsonElement[]> PatchesAsync(int firmware) =>
        [.. (await GetAsync($"/api/ota/firmware/{firmware}")).GetProperty("patches").EnumerateArray()];

    protected async Task<JsonElement> AttemptAsync(TestDevice? device = null) =>
        (await GetAsync($"/api/ota/attempts?device={(device ?? Device).Id}")).EnumerateArray().First();

    /// <summary>What a box that runs an image asks.</summary>
    protected Task<RawAnswer> CheckAsync(byte[] running, string version, int sequence, string profiles = "LHE", TestDevice? device = null)
    {
        TestDevice box = device ?? Device;
        return box.PostAsync(
            "/api/ota/check",
            $$"""{"d":"{{box.Id}}","v":"{{version}}","bh":"{{Hash(running)[..16]}}","hw":"{{Hardware}}","seq":{{sequence}},"p":"{{profiles}}"}""");
    }

    /// <summary>A GET as the firmware writes it: no name, only the token.</summary>
    protected Task<RawBytes> GetBytesAsync(string path, TestDevice? device = null) =>
        RawBytes.GetAsync(Host, path, (device ?? Device).Token);

    /// <summary>Loads a patch as a box does, from a chunk on, checking each one.</summary>
    protected async Task<byte[]> LoadAsync(int id, int chunks, int from = 0, TestDevice? device = null)
    {
        using MemoryStream patch = new();
        for (int chunk = from; chunk < chunks; chunk++)
        {
            RawBytes answer = await GetBytesAsync($"/api/ota/chunk?id={id}&chunk={chunk}", device);
            Assert.Equal(200, answer.Status);
            Assert.Equal($"{Crc16.Of(answer.Body):x4}", answer.Header("C"));
            Assert.InRange(answer.Length, 1, 700);
            patch.Write(answer.Body);
        }

        return patch.ToArray();
    }

    protected Task<RawAnswer> CompleteAsync(int id, string version, string status, string? why = null, TestDevice? device = null)
    {
        TestDevice box = device ?? Device;
        string reason = why is null ? "" : $",\"why\":\"{why}\"";
        return box.PostAsync("/api/ota/complete", $$"""{"d":"{{box.Id}}","v":"{{version}}","id":{{id}},"status":"{{status}}"{{reason}}}""");
    }

    protected Task<RawAnswer> HeartbeatAsync(string state, string version, TestDevice? device = null)
    {
        TestDevice box = device ?? Device;
        return box.PostAsync("/api/heartbeat", $$"""{"d":"{{box.Id}}","v":"{{version}}","b":1,"ob":"{{state}}"}""");
    }

    protected static JsonElement Json(RawAnswer answer)
    {
        Assert.Equal(200, answer.Status);
        return JsonElement.Parse(Encoding.UTF8.GetBytes(answer.Body));
    }
}
