using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

using JamBox.Demo;

namespace JamBox.Edge.Demo;

/// <summary>How a module stands, as the server shows it.</summary>
internal sealed record ModuleView(
    string Hostname, string Type, string Status, string? Before, string? After, int? Percent, string? Error, long? Ms);

/// <summary>How a gateway stands in a deployment, as the server shows it.</summary>
internal sealed record GatewayView(
    string Gateway, string? Status, string? Result, int? Attempt, string? Error, string? Current, string? Previous, TimeSpan? Took,
    IReadOnlyList<ModuleView> Modules);

/// <summary>What people and CI ask of the server, with the key of its administrator.</summary>
/// <param name="address">Where it is.</param>
/// <param name="key">The key.</param>
internal sealed class DemoServer(Uri address, string key) : IDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly HttpClient _http = new()
    {
        BaseAddress = address, Timeout = s_limit, DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", key) },
    };

    /// <summary>Makes a gateway known.</summary>
    /// <param name="shop">The gateway, its place and its modules.</param>
    /// <param name="addressOf">Where a module is.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The gateway's key.</returns>
    public async Task<string> RegisterAsync(DemoShop shop, Func<DemoModule, string> addressOf, CancellationToken stop)
    {
        JsonElement answer = await CallAsync(
            HttpMethod.Post, "api/device/register",
            JsonContent.Create(new { device_id = shop.Id, kind = "gateway", location_name = shop.Place }), stop).ConfigureAwait(false);
        foreach (DemoModule module in shop.Modules)
        {
            await CallAsync(
                HttpMethod.Put, $"api/gateways/{shop.Id}/modules/{module.Hostname}",
                JsonContent.Create(new
                {
                    type = module.Type, name = module.Name, enabled = true, address = addressOf(module),
                    connection = module.IsWired ? "wired" : "wireless",
                }), stop).ConfigureAwait(false);
        }

        return answer.GetProperty("token").GetString()!;
    }

    /// <summary>Uploads a package, and tells all gateways.</summary>
    /// <param name="version">Its version.</param>
    /// <param name="path">The package.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The id of the deployment.</returns>
    public async Task<string> PublishAsync(string version, string path, CancellationToken stop)
    {
        using FileStream file = File.OpenRead(path);
        using MultipartFormDataContent form = [];
        form.Add(new StringContent(version, Encoding.UTF8), "version");
        form.Add(new StreamContent(file), "file", Path.GetFileName(path));
        JsonElement answer = await CallAsync(HttpMethod.Post, "api/deployments/upload", form, stop).ConfigureAwait(false);
        string id = answer.GetProperty("id").GetString()!;
        return answer.GetProperty("published").GetBoolean()
            ? id
            : throw new DemoException($"{version} was uploaded and not published: {TextOf(answer, "publishError")}");
    }

    /// <summary>How the gateways stand in a deployment.</summary>
    /// <param name="id">The deployment.</param>
    /// <param name="stop">Ends it.</param>
    public async Task<IReadOnlyList<GatewayView>> LookAsync(string id, CancellationToken stop)
    {
        JsonElement answer = await CallAsync(HttpMethod.Get, $"api/deployments/{id}", null, stop).ConfigureAwait(false);
        return [.. answer.GetProperty("gateways").EnumerateArray().Select(ReadGateway)];
    }

    /// <summary>What the history says of a deployment.</summary>
    /// <param name="id">The deployment.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>For each gateway its last result.</returns>
    public async Task<IReadOnlyDictionary<string, string?>> ReadHistoryAsync(string id, CancellationToken stop)
    {
        JsonElement answer =
            await CallAsync(HttpMethod.Get, $"api/deployments/history?deployment={id}", null, stop).ConfigureAwait(false);
        Dictionary<string, string?> results = new(StringComparer.Ordinal);
        foreach (JsonElement row in answer.EnumerateArray())
        {
            results.TryAdd(row.GetProperty("gateway").GetString()!, TextOf(row, "result"));
        }

        return results;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private static GatewayView ReadGateway(JsonElement row)
    {
        DateTimeOffset? started = TimeOf(row, "startedAt");
        DateTimeOffset? ended = TimeOf(row, "endedAt");
        return new GatewayView(
            row.GetProperty("gateway").GetString()!, TextOf(row, "status"), TextOf(row, "result"), NumberOf(row, "attempt"),
            TextOf(row, "error"), VersionOf(row, "current"), VersionOf(row, "previous"), ended - started,
            [.. row.GetProperty("modules").EnumerateArray().Select(ReadModule)]);
    }

    private static ModuleView ReadModule(JsonElement row) => new(
        row.GetProperty("hostname").GetString()!, TextOf(row, "type") ?? string.Empty, row.GetProperty("status").GetString()!,
        TextOf(row, "before"), TextOf(row, "after"), NumberOf(row, "percent"), TextOf(row, "error"), NumberOf(row, "ms"));

    private static string? TextOf(JsonElement row, string name) =>
        row.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static int? NumberOf(JsonElement row, string name) =>
        row.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number ? value.GetInt32() : null;

    private static DateTimeOffset? TimeOf(JsonElement row, string name) =>
        row.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetDateTimeOffset() : null;

    private static string? VersionOf(JsonElement row, string name) =>
        row.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Object ? TextOf(value, "version") : null;

    private async Task<JsonElement> CallAsync(HttpMethod method, string path, HttpContent? content, CancellationToken stop)
    {
        using HttpRequestMessage request = new(method, path) { Content = content };
        try
        {
            using HttpResponseMessage answer = await _http.SendAsync(request, stop).ConfigureAwait(false);
            byte[] body = await answer.Content.ReadAsByteArrayAsync(stop).ConfigureAwait(false);
            if (!answer.IsSuccessStatusCode)
            {
                throw new DemoException($"{method} /{path} answered {(int)answer.StatusCode}: {Encoding.UTF8.GetString(body)}");
            }

            return body.Length == 0 ? default : JsonElement.Parse(body);
        }
        catch (Exception fault)
            when (fault is HttpRequestException || (fault is OperationCanceledException && !stop.IsCancellationRequested))
        {
            throw new DemoException($"{method} /{path} got no answer: {fault.Message}");
        }
    }
}
