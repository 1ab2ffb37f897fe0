using System.Text.Json;

using JamBox.Backend.Tests.Hosting;
using JamBox.Backend.Tests.Places;

namespace JamBox.Backend.Tests.Firmware;

/// <summary>A test that uploads firmware and fetches it as old tools do.</summary>
public abstract class FirmwareTest(BackendHost shared, params string[] args) : PlaceTest(shared, args)
{
    /// <summary>Uploads as CI does: a form, the key in X-API-Key.</summary>
    protected async Task<(int Status, JsonElement Json)> UploadAsync(
        byte[] image, string version = "v1.2.3", string platform = "esp32c3", string product = "clock", string? key = null,
        params (string Name, object Value)[] more)
    {
        using MultipartFormDataContent form = [];
        foreach ((string name, object value) in new (string, object)[]
            { ("file", image), ("version", version), ("platform", platform), ("product", product) }.Concat(more))
        {
            if (value is byte[] bytes)
            {
                form.Add(new ByteArrayContent(bytes), name, $"{name}.bin");
            }
            else
            {
                form.Add(new StringContent((string)value), name);
            }
        }

        return await PostFormAsync(form, key);
    }

    protected async Task<(int Status, JsonElement Json)> PostFormAsync(HttpContent form, string? key = null)
    {
        using HttpRequestMessage request = new(HttpMethod.Post, "/api/upload") { Content = form };
        request.Headers.Add("X-API-Key", key ?? BackendHost.AdminKey);
        using HttpResponseMessage answer = await Host.Http.SendAsync(request);
        return ((int)answer.StatusCode, JsonElement.Parse(await answer.Content.ReadAsStringAsync()));
    }

    protected async Task<byte[]> UploadedAsync(
        int seed = 1, string version = "v1.2.3", string platform = "esp32c3", string product = "clock")
    {
        byte[] image = EspImages.App(seed: seed);
        (int status, JsonElement json) = await UploadAsync(image, version, platform, product);
        Assert.True(status == 201, json.ToString());
        return image;
    }

    /// <summary>Fetches with the key in X-API-Key, or with a device's token.</summary>
    protected async Task<HttpResponseMessage> FetchAsync(
        string path, string? key = null, string? token = null, string? range = null, string? ifRange = null, string? ifNoneMatch = null,
        HttpMethod? method = null)
    {
        using HttpRequestMessage request = new(method ?? HttpMethod.Get, path);
        if (token is not null)
        {
            request.Headers.Authorization = new("Bearer", token);
        }
        else if (key != "")
        {
            request.Headers.Add("X-API-Key", key ?? BackendHost.AdminKey);
        }

        foreach ((string name, string? value) in new[] { ("Range", range), ("If-Range", ifRange), ("If-None-Match", ifNoneMatch) })
        {
            if (value is not null)
            {
                request.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return await Host.Http.SendAsync(request);
    }

    protected async Task<string> FetchedErrorAsync(int status, string path, string? key = null, string? token = null)
    {
        using HttpResponseMessage answer = await FetchAsync(path, key, token);
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == status, $"{path}: {(int)answer.StatusCode} {text}");
        return JsonElement.Parse(text).GetProperty("error").GetString()!;
    }

    protected async Task<byte[]> FetchedAsync(string path, string? key = null, string? token = null)
    {
        using HttpResponseMessage answer = await FetchAsync(path, key, token);
        Assert.True((int)answer.StatusCode == 200, $"{path}: {(int)answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        return await answer.Content.ReadAsByteArrayAsync();
    }

    protected async Task<string> FirmwareKeyAsync(string name, string role, string more = "") =>
        (await DoAsync(HttpMethod.Post, "/api/keys", $$"""{"name":"{{name}}","role":"{{role}}"{{more}}}""")).GetProperty("key")
            .GetString()!;
}
