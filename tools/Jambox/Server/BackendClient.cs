using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Authentication;
using System.Text.Json;
using System.Text.Json.Serialization;
using JamBox.Bench.CommandLine;
using JamBox.Ota.Signing;

namespace JamBox.Bench.Server;

/// <summary>The admin's side of the backend. What it refuses becomes one clear line.</summary>
internal sealed class BackendClient : IDisposable
{
    private const int PageRows = 1000;
    private const int MaxAnswerBytes = 32 * 1024 * 1024;
    private const int MaxErrorLength = 500;

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        // What is not said is not sent: null is refused where it could be taken for all.
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    /// <summary>A megabyte over a bad line takes its time.</summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(10);

    private readonly HttpClient _http;

    /// <summary>Prepares; nothing is sent yet.</summary>
    /// <param name="address">Where the backend is.</param>
    /// <param name="adminKey">The key, which goes into a header and nowhere else.</param>
    public BackendClient(Uri address, string adminKey)
    {
        Address = address;

        // No redirects: they could carry the key to somewhere else.
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false })
        {
            BaseAddress = address,

            // Each request has its own: a gigabyte takes longer than an answer may.
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MaxAnswerBytes,
        };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", adminKey);
    }

    /// <summary>Where the backend is.</summary>
    public Uri Address { get; }

    /// <summary>Lists releases.</summary>
    /// <param name="hardwareId">Only those for this board; <c>null</c> for all.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The releases.</returns>
    public Task<List<BuildRow>> ListFirmwareAsync(string? hardwareId, CancellationToken stop) =>
        ListAsync<BuildRow>(hardwareId is null ? "api/ota/firmware" : $"api/ota/firmware?hw={Uri.EscapeDataString(hardwareId)}", stop);

    /// <summary>Gets a release with its patches.</summary>
    /// <param name="id">The release.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The release.</returns>
    public Task<BuildRow> GetFirmwareAsync(long id, CancellationToken stop) => GetAsync<BuildRow>(Path($"api/ota/firmware/{id}"), stop);

    /// <summary>Uploads a build. The same again is no mistake.</summary>
    /// <param name="manifest">What it is.</param>
    /// <param name="image">Its bytes.</param>
    /// <param name="notes">What is new.</param>
    /// <param name="progress">Is told how many bytes have gone.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The release as the server has it.</returns>
    public async Task<BuildRow> UploadAsync(
        ReleaseManifest manifest, byte[] image, string? notes, IProgress<long> progress, CancellationToken stop)
    {
        string path = Path(
            $"api/ota/firmware?version={Uri.EscapeDataString(manifest.Version)}&hw={Uri.EscapeDataString(manifest.HardwareId)}&seq={manifest.Sequence}")
            + (notes is null ? string.Empty : $"&notes={Uri.EscapeDataString(notes)}");
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = new ProgressContent(image, progress) };
        using HttpResponseMessage answer = await SendAsync(request, stop).ConfigureAwait(false);
        return await ReadAsync<BuildRow>(answer, stop).ConfigureAwait(false);
    }

    /// <summary>Puts the signed manifest of a build.</summary>
    /// <param name="id">The release.</param>
    /// <param name="manifest">The manifest.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>Done.</returns>
    public async Task PutManifestAsync(long id, ReleaseManifest manifest, CancellationToken stop)
    {
        var content = new ByteArrayContent(manifest.ToBytes());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var request = new HttpRequestMessage(HttpMethod.Put, Path($"api/ota/firmware/{id}/manifest")) { Content = content };
        using HttpResponseMessage answer = await SendAsync(request, stop).ConfigureAwait(false);
    }

    /// <summary>Gets something.</summary>
    /// <typeparam name="T">What.</typeparam>
    /// <param name="path">Where.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>It.</returns>
    public async Task<T> GetAsync<T>(string path, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        using HttpResponseMessage answer = await SendAsync(request, stop).ConfigureAwait(false);
        return await ReadAsync<T>(answer, stop).ConfigureAwait(false);
    }

    /// <summary>Gets all pages of a list.</summary>
    /// <typeparam name="T">What a row is.</typeparam>
    /// <param name="path">Where.</param>
    /// <param name="stop">Ends it.</param>
    /// <param name="pageRows">Rows a page, 1 to 1,000.</param>
    /// <returns>The rows.</returns>
    public async Task<List<T>> ListAsync<T>(string path, CancellationToken stop, int pageRows = PageRows)
    {
        List<T> rows = [];
        string? next = path + (path.Contains('?', StringComparison.Ordinal) ? '&' : '?') + Path($"limit={pageRows}");
        while (next is not null)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, next);
            using HttpResponseMessage answer = await SendAsync(request, stop).ConfigureAwait(false);
            T[] page = await ReadAsync<T[]>(answer, stop).ConfigureAwait(false);
            rows.AddRange(page);
            next = page.Length > 0 && NextQuery(answer) is { } query ? path.Split('?')[0] + query : null;
        }

        return rows;
    }

    /// <summary>Posts something.</summary>
    /// <typeparam name="T">What comes back.</typeparam>
    /// <param name="path">Where.</param>
    /// <param name="body">What; <c>null</c> for nothing.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>What came back.</returns>
    public async Task<T> PostAsync<T>(string path, object? body, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: s_json),
        };
        using HttpResponseMessage answer = await SendAsync(request, stop).ConfigureAwait(false);
        return await ReadAsync<T>(answer, stop).ConfigureAwait(false);
    }

    /// <summary>Puts something.</summary>
    /// <typeparam name="T">What comes back.</typeparam>
    /// <param name="path">Where.</param>
    /// <param name="body">What.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>What came back.</returns>
    public async Task<T> PutAsync<T>(string path, object body, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, path)
        {
            Content = JsonContent.Create(body, body.GetType(), options: s_json),
        };
        using HttpResponseMessage answer = await SendAsync(request, stop).ConfigureAwait(false);
        return await ReadAsync<T>(answer, stop).ConfigureAwait(false);
    }

    /// <summary>Gets a file.</summary>
    /// <param name="path">Where.</param>
    /// <param name="maxBytes">The most that is taken.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>Its bytes.</returns>
    public async Task<byte[]> GetBytesAsync(string path, int maxBytes, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        return await BytesAsync(request, maxBytes, stop).ConfigureAwait(false);
    }

    /// <summary>Posts something and gets a file.</summary>
    /// <param name="path">Where.</param>
    /// <param name="body">What; <c>null</c> for nothing.</param>
    /// <param name="maxBytes">The most that is taken.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>Its bytes.</returns>
    public async Task<byte[]> PostForBytesAsync(string path, object? body, int maxBytes, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: s_json),
        };
        return await BytesAsync(request, maxBytes, stop).ConfigureAwait(false);
    }

    /// <summary>Posts bytes.</summary>
    /// <typeparam name="T">What comes back.</typeparam>
    /// <param name="path">Where.</param>
    /// <param name="bytes">What.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>What came back.</returns>
    public async Task<T> PostBytesAsync<T>(string path, byte[] bytes, CancellationToken stop)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        using HttpResponseMessage answer = await SendAsync(request, stop).ConfigureAwait(false);
        return await ReadAsync<T>(answer, stop).ConfigureAwait(false);
    }

    /// <summary>
    /// Brings a package for gateways. However long it takes: only when nothing goes on for ten minutes it is given up. The server is asked
    /// before the first byte whether it would take it at all.
    /// </summary>
    /// <param name="name">The name of the file.</param>
    /// <param name="file">The package, at its beginning.</param>
    /// <param name="version">Its version.</param>
    /// <param name="targets">Where it goes, as JSON.</param>
    /// <param name="progress">Is told how many bytes have gone.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>The package as the server has it.</returns>
    public async Task<DeploymentRow> UploadPackageAsync(
        string name, Stream file, string version, string targets, IProgress<long> progress, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(s_timeout);
        using var form = new MultipartFormDataContent
        {
            { new StringContent(version), "version" },
            { new StringContent(targets), "targets" },
            {
                new ProgressFileContent(file, "application/zip", new Watched(progress, () => limit.CancelAfter(s_timeout))), "file",
                System.IO.Path.GetFileName(name)
            },
        };
        using var request = new HttpRequestMessage(HttpMethod.Post, "api/deployments/upload") { Content = form };
        request.Headers.ExpectContinue = true;
        using HttpResponseMessage answer = await SendAsync(request, limit, stop).ConfigureAwait(false);
        return await ReadAsync<DeploymentRow>(answer, stop).ConfigureAwait(false);
    }

    /// <summary>Posts JSON, and wants no more than a yes.</summary>
    /// <param name="path">Where.</param>
    /// <param name="body">What.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>Done.</returns>
    public async Task PostJsonAsync(string path, System.Text.Json.Nodes.JsonNode body, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path)
        {
            Content = new StringContent(body.ToJsonString(), System.Text.Encoding.UTF8, "application/json"),
        };
        using HttpResponseMessage answer = await SendAsync(request, stop).ConfigureAwait(false);
    }

    /// <summary>Posts nothing, and wants no more than a yes.</summary>
    /// <param name="path">Where.</param>
    /// <param name="stop">Ends it.</param>
    /// <returns>Done.</returns>
    public async Task PostAsync(string path, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path);
        using HttpResponseMessage answer = await SendAsync(request, stop).ConfigureAwait(false);
    }

    /// <summary>Asks whether the backend lives.</summary>
    /// <param name="stop">Ends it.</param>
    /// <returns>Its time; <c>null</c> when it does not say.</returns>
    /// <exception cref="UnreachableException">It does not answer, or is not well.</exception>
    public async Task<DateTimeOffset?> PingAsync(CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "health");
        using HttpResponseMessage answer = await SendAsync(request, stop).ConfigureAwait(false);
        return answer.Headers.Date;
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>Numbers in a path have no culture.</summary>
    /// <param name="path">The path.</param>
    /// <returns>The same as text.</returns>
    public static string Path(FormattableString path) => path.ToString(CultureInfo.InvariantCulture);

    private async Task<byte[]> BytesAsync(HttpRequestMessage request, int maxBytes, CancellationToken stop)
    {
        using HttpResponseMessage answer = await SendAsync(request, stop).ConfigureAwait(false);
        byte[] bytes = await answer.Content.ReadAsByteArrayAsync(stop).ConfigureAwait(false);
        return bytes.Length <= maxBytes ? bytes : throw new BenchException(
            $"{Address}: {bytes.Length} bytes came, and {maxBytes} are the most that make sense", ExitCode.NoServer);
    }

    /// <summary>Only the query of the link is followed: the server that we talk to, and the path there, stay the same.</summary>
    private string? NextQuery(HttpResponseMessage answer)
    {
        string? link = answer.Headers.TryGetValues("Link", out IEnumerable<string>? links)
            ? links.FirstOrDefault(static one => one.Contains("rel=\"next\"", StringComparison.Ordinal))
            : null;
        int from = link?.IndexOf('<', StringComparison.Ordinal) ?? -1;
        int to = link?.IndexOf('>', StringComparison.Ordinal) ?? -1;
        return from >= 0 && to > from && Uri.TryCreate(Address, link![(from + 1)..to], out Uri? next) ? next.Query : null;
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken stop)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(stop);
        limit.CancelAfter(s_timeout);
        return await SendAsync(request, limit, stop).ConfigureAwait(false);
    }

    private async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationTokenSource limit, CancellationToken stop)
    {
        HttpResponseMessage answer;
        try
        {
            answer = await _http.SendAsync(request, limit.Token).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw new UnreachableException($"cannot reach {Address}: {Unreachable(e)} (--server, or {ServerOptions.ServerVariable})");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            throw new UnreachableException($"{Address} did not answer within {s_timeout.TotalMinutes:N0} minutes");
        }

        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }

        using (answer)
        {
            throw await RefusalAsync(answer, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Why there is no answer, and what to look at. Of TLS the outer exception says nothing.</summary>
    private static string Unreachable(HttpRequestException e)
    {
        if (e.HttpRequestError != HttpRequestError.SecureConnectionError)
        {
            return $"{e.Message.TrimEnd('.')}. Does the backend run there?";
        }

        string why = (e.InnerException?.Message ?? e.Message).TrimEnd('.');
        return e.InnerException is AuthenticationException && why.Contains("certificate", StringComparison.OrdinalIgnoreCase)
            ? $"{why}. Use the name that the certificate is for, have it renewed, or trust its authority on this machine"
            : $"{why}. Is that port one for https?";
    }

    private async Task<BenchException> RefusalAsync(HttpResponseMessage answer, CancellationToken stop)
    {
        string text = await answer.Content.ReadAsStringAsync(stop).ConfigureAwait(false);
        string? said = ReasonIn(text);
        string reason = said
            ?? $"it answered {(int)answer.StatusCode} to {answer.RequestMessage?.Method} {answer.RequestMessage?.RequestUri?.AbsolutePath}";
        return answer.StatusCode switch
        {
            HttpStatusCode.Unauthorized =>
                new BenchException(
                    $"{Address} did not take the admin key: it is mistyped, over, or another server's. Set {ServerOptions.AdminKeyVariable} to one of this server's",
                    ExitCode.NoServer),
            HttpStatusCode.Forbidden => new BenchException(
                $"{Address}: this key may not do that: {reason.TrimEnd('.')}. Set {ServerOptions.AdminKeyVariable} to one whose role may: maker at the bench, operator of all places for deployments, admin for what is sold",
                ExitCode.NoServer),
            HttpStatusCode.NotFound when said is null => new BenchException(
                $"{Address}: {reason}. Is that the address of a JamBox backend? (--server, or {ServerOptions.ServerVariable})",
                ExitCode.NoServer),
            >= HttpStatusCode.InternalServerError => new UnreachableException($"{Address}: {reason} (see the server's log)"),
            _ => new BenchException($"{Address}: {reason}", ExitCode.Refused),
        };
    }

    /// <summary>What an RFC 9457 problem says; it goes to a terminal, so nothing in it may steer that.</summary>
    private static string? ReasonIn(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            string? reason = null;
            foreach (string name in (string[])["error", "detail", "title"])
            {
                reason ??= json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement
                    .TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
                    ? value.GetString()
                    : null;
            }

            return reason is null ? null : new string([.. reason.Take(MaxErrorLength).Select(static c => char.IsControl(c) ? ' ' : c)]);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage answer, CancellationToken stop)
    {
        try
        {
            return await answer.Content.ReadFromJsonAsync<T>(s_json, stop).ConfigureAwait(false) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new BenchException(
                $"{Address}: its answer is not the one of a JamBox backend of this version ({e.Message})", ExitCode.NoServer);
        }
    }

    /// <summary>Tells two of each step.</summary>
    private sealed class Watched(IProgress<long> progress, Action step) : IProgress<long>
    {
        public void Report(long value)
        {
            step();
            progress.Report(value);
        }
    }
}
