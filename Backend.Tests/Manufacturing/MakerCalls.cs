using System.Text.Json;

using JamBox.Backend.Tests.Hosting;
using JamBox.Ota.Nvs;

namespace JamBox.Backend.Tests.Manufacturing;

/// <summary>What whoever makes devices asks the server for, with the admin's key.</summary>
internal static class MakerCalls
{
    /// <summary>The body that asks for a batch.</summary>
    public static string Batch(int quantity, string board = "NB", string ids = "jbnb") =>
        JsonSerializer.Serialize(new { board_type = board, board_version = "02", quantity, ids });

    /// <summary>Makes a batch of one, and gives the device as it is answered.</summary>
    public static async Task<JsonElement> MakeOneAsync(this BackendHost host, string board = "NB", string ids = "jbnb")
    {
        using HttpResponseMessage answer = await host.AdminAsync(HttpMethod.Post, "/api/manufacturing/batch", Batch(1, board, ids));
        string text = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode == 201, text);
        return JsonElement.Parse(text).GetProperty("devices")[0];
    }

    /// <summary>Posts something that is answered with bytes.</summary>
    public static async Task<byte[]> PostForBytesAsync(this BackendHost host, string path, string? body = null)
    {
        using HttpResponseMessage answer = await host.AdminAsync(HttpMethod.Post, path, body);
        Assert.True(answer.IsSuccessStatusCode, $"{path}: {answer.StatusCode} {await answer.Content.ReadAsStringAsync()}");
        Assert.True(answer.Headers.CacheControl?.NoStore, $"{path}: {answer.Headers.CacheControl}");
        return await answer.Content.ReadAsByteArrayAsync();
    }

    /// <summary>The image with the identity of a device.</summary>
    public static Task<byte[]> ImageAsync(this BackendHost host, JsonElement device, string query = "") =>
        host.PostForBytesAsync($"/api/manufacturing/devices/{Serial(device)}/nvs.bin{query}");

    /// <summary>A box as it is with its newest image.</summary>
    public static async Task<TestDevice> FlashAsync(this BackendHost host, JsonElement device) => new(
        host, device.GetProperty("device_id").GetString()!, TextOf(NvsImage.Parse(await host.ImageAsync(device)), "token"));

    public static string Serial(JsonElement device) => device.GetProperty("serial").GetString()!;

    public static string TextOf(NvsImage image, string key, string space = IdentityImage.Namespace) =>
        image.Find(space, key)!.Text.TrimEnd('\0');
}
