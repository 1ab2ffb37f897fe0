using System.Globalization;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using JamBox.App;
using JamBox.Ota.Signing;

namespace JamBox.Twin.Ota;

/// <summary>
/// Whoever releases firmware, at the backend's admin API. Not part of the order of exchanges: for before and after a run.
/// </summary>
internal sealed class ReleaseDesk : IDisposable
{
    private readonly HttpClient _client;

    /// <param name="backend">Where the backend is.</param>
    /// <param name="adminKey">The admin key.</param>
    public ReleaseDesk(Uri backend, string adminKey)
    {
        _client = new HttpClient { BaseAddress = backend };
        _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", adminKey);
    }

    /// <summary>Uploads a build with its signed manifest.</summary>
    /// <param name="image">The image.</param>
    /// <param name="firmware">What it says of itself.</param>
    /// <param name="key">Who signs.</param>
    /// <returns>Its number.</returns>
    public async Task<long> UploadAsync(byte[] image, TwinFirmware firmware, ReleaseKey key)
    {
        string path = string.Create(
            CultureInfo.InvariantCulture,
            $"/api/ota/firmware?version={firmware.Version}&hw={JamBox.Atoms3.Program.HardwareId}&seq={firmware.Sequence}");
        JsonNode build = await AskAsync(HttpMethod.Post, path, Raw(image)).ConfigureAwait(false);
        long id = build["id"]!.GetValue<long>();
        byte[] manifest = ReleaseManifest
            .Unsigned(
                JamBox.Atoms3.Program.HardwareId, TwinImage.NativeChecksum, firmware.Sequence, firmware.Version, image.Length,
                SHA256.HashData(image))
            .Sign(key)
            .ToBytes();
        await AskAsync(HttpMethod.Put, string.Create(CultureInfo.InvariantCulture, $"/api/ota/firmware/{id}/manifest"), Raw(manifest))
            .ConfigureAwait(false);
        return id;
    }

    /// <summary>Asks for an object.</summary>
    /// <param name="path">Path and query.</param>
    /// <returns>The answer.</returns>
    public Task<JsonNode> GetAsync(string path) => AskAsync(HttpMethod.Get, path, null);

    /// <summary>Posts an object.</summary>
    /// <param name="path">Path and query.</param>
    /// <param name="body">The object; <c>null</c> = nothing.</param>
    /// <returns>The answer; an empty object when there is none.</returns>
    public Task<JsonNode> PostAsync(string path, JsonObject? body) =>
        AskAsync(HttpMethod.Post, path, body is null ? null : Json(body));

    /// <summary>Posts bytes.</summary>
    /// <param name="path">Path and query.</param>
    /// <param name="body">The bytes.</param>
    /// <returns>The answer.</returns>
    public Task<JsonNode> SendAsync(string path, byte[] body) => AskAsync(HttpMethod.Post, path, Raw(body));

    /// <summary>Puts an object.</summary>
    /// <param name="path">Path and query.</param>
    /// <param name="body">The object.</param>
    /// <returns>The answer; an empty object when there is none.</returns>
    public Task<JsonNode> PutAsync(string path, JsonObject body) => AskAsync(HttpMethod.Put, path, Json(body));

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private static StringContent Json(JsonObject body) => new(body.ToJsonString(), Encoding.UTF8, "application/json");

    private static ByteArrayContent Raw(byte[] bytes)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        return content;
    }

    private async Task<JsonNode> AskAsync(HttpMethod method, string path, HttpContent? content)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        using HttpResponseMessage response = await _client.SendAsync(request).ConfigureAwait(false);
        string text = await response.Content.ReadAsStringAsync().ConfigureAwait(false);
        return !response.IsSuccessStatusCode ? throw new InvalidOperationException($"{method} {path}: {(int)response.StatusCode} {text}")
            : text.Length == 0 ? new JsonObject()
            : JsonNode.Parse(text)!;
    }
}
