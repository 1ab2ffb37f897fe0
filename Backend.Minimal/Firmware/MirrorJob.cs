using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;

using JamBox.Backend.Operation;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Firmware;

/// <summary>
/// Takes over the releases of another server: what there is, then the bytes, chunk by chunk, then a look at the hash; only then it is to be
/// seen. What broke off goes on where it was, in whatever process. While the other server is away, everything that was taken over is here.
/// </summary>
internal sealed class MirrorJob : IJob, IDisposable
{
    /// <summary>How long the other server may take to say something, at the beginning and between two pieces.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    /// <summary>Bytes of a list of releases at most: a hundred of them have some 200 KB.</summary>
    private const int MaxListBytes = 1024 * 1024;

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly MirrorOptions _options;
    private readonly FirmwareOptions _firmware;
    private readonly ILogger<MirrorJob> _logger;
    private readonly HttpClient? _http;

    /// <summary>Which process this is.</summary>
    private readonly string _holder = Guid.NewGuid().ToString();

    /// <summary>Makes the job.</summary>
    public MirrorJob(Store store, TimeProvider clock, MirrorOptions options, FirmwareOptions firmware, ILogger<MirrorJob> logger)
    {
        _store = store;
        _clock = clock;
        _options = options;
        _firmware = firmware;
        _logger = logger;
        if (options.Address is { } source)
        {
            // The key goes to that address and to no other one that it names.
            _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false })
            {
                BaseAddress = new Uri(source + "/"),
                Timeout = s_patience,
                MaxResponseContentBufferSize = MaxListBytes,
            };
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", options.Key);
        }
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromMinutes(5);

    /// <summary>Soon: who has just set up a mirror looks whether it works.</summary>
    public TimeSpan FirstAfter => TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        if (_options.Address is not { } source
            || await _store.WriteAsync((source, _holder, Now()), MirrorSql.TryBegin).ConfigureAwait(false) is not { } last)
        {
            return;
        }

        string? error = null;
        try
        {
            error = await TakeOverAsync(source, last, stopping).ConfigureAwait(false);
        }
        catch (Exception away) when (away is HttpRequestException or IOException or JsonException
            || (away is OperationCanceledException && !stopping.IsCancellationRequested))
        {
            error = away is OperationCanceledException ? "It does not answer" : away.Message;
        }

        if (error is not null)
        {
            _logger.LogWarning("The mirror of {Source} did not get on: {Reason}", source, error);
        }

        await _store.WriteAsync((source, _holder, error, Now()), MirrorSql.End).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _http?.Dispose();

    private long Now() => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task<string?> TakeOverAsync(string source, long last, CancellationToken stopping)
    {
        string? error = null;
        while (!stopping.IsCancellationRequested)
        {
            using HttpResponseMessage answer = await _http!.GetAsync(
                new Uri(string.Create(CultureInfo.InvariantCulture, $"api/mirror/releases?after={last}"), UriKind.Relative), stopping)
                .ConfigureAwait(false);
            if (answer.StatusCode != HttpStatusCode.OK)
            {
                return $"It answers {(int)answer.StatusCode}";
            }

            byte[] json = await answer.Content.ReadAsByteArrayAsync(stopping).ConfigureAwait(false);
            List<MirrorRow> rows = JsonSerializer.Deserialize(json, FirmwareJson.Default.ListMirrorRow) ?? [];
            if (rows.Count == 0)
            {
                return error;
            }

            foreach (MirrorRow row in rows)
            {
                if (row is null || row.Id <= last)
                {
                    return "Its list is not in order";
                }

                error = await TakeAsync(source, row, stopping).ConfigureAwait(false) ?? error;
                last = row.Id;
            }
        }

        return error;
    }

    /// <returns>What is wrong with the release; it is left out.</returns>
    private async Task<string?> TakeAsync(string source, MirrorRow row, CancellationToken stopping)
    {
        string? fault = row.FindFault(_firmware.MaxBytes);
        List<ReleasePart> parts = [];
        foreach (MirrorPart part in fault is null ? row.Parts : [])
        {
            parts.Add(new ReleasePart(
                part.Part, await FetchAsync(source, row.Id, part, stopping).ConfigureAwait(false), 0, part.Size, part.Sha256,
                part.Address));
        }

        Release? release = fault is not null ? null : row.ToRelease(parts);
        (long, string)[] files = [.. parts.Select(static part => (part.FileId, part.Sha256))];
        Release? other = await _store.WriteAsync((source, row.Id, release, files), MirrorSql.Keep).ConfigureAwait(false);
        return fault is not null ? $"Release {row.Id.ToString(CultureInfo.InvariantCulture)} is left out: {fault}"
            : other is not null ? $"{other.Title} is here with other bytes"
            : null;
    }

    /// <summary>Fetches a part, from where it broke off.</summary>
    /// <returns>The file that holds it, whose hash was looked at.</returns>
    /// <exception cref="IOException">It broke off, or is not what it should be; the next turn goes on.</exception>
    private async Task<long> FetchAsync(string source, long release, MirrorPart part, CancellationToken stopping)
    {
        (long file, long have) = await _store.WriteAsync((source, release, part.Part, part.Sha256, Now()), MirrorSql.FileOf)
            .ConfigureAwait(false);
        using IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        int number = 0;
        for (long at = 0; at < have; at += FileSql.ChunkBytes)
        {
            byte[] chunk = await _store.ReadAsync((file, number++), FileSql.Chunk).ConfigureAwait(false)
                ?? throw new IOException("A chunk is gone");
            hash.AppendData(chunk);
        }

        if (have < part.Size)
        {
            await FetchRestAsync(source, release, part, file, have, number, hash, stopping).ConfigureAwait(false);
        }

        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != part.Sha256)
        {
            await _store.WriteAsync((source, release, part.Part), MirrorSql.Drop).ConfigureAwait(false);
            throw new IOException(string.Create(
                CultureInfo.InvariantCulture, $"The {part.Part} of release {release} does not have the SHA-256 that was said"));
        }

        return file;
    }

    private async Task FetchRestAsync(
        string source, long release, MirrorPart part, long file, long have, int number, IncrementalHash hash, CancellationToken stopping)
    {
        using HttpRequestMessage request = new(HttpMethod.Get, new Uri(
            string.Create(CultureInfo.InvariantCulture, $"api/mirror/releases/{release}/bytes?part={part.Part}"), UriKind.Relative));
        if (have > 0)
        {
            request.Headers.Range = new RangeHeaderValue(have, null);
            request.Headers.IfRange = new RangeConditionHeaderValue($"\"{part.Sha256}\"");
        }

        using HttpResponseMessage answer = await _http!.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stopping)
            .ConfigureAwait(false);
        HttpStatusCode expected = have > 0 ? HttpStatusCode.PartialContent : HttpStatusCode.OK;
        if (answer.StatusCode != expected || answer.Content.Headers.ContentLength != part.Size - have)
        {
            // Another image is there, or it does not know ranges: from the start, at the next turn.
            await _store.WriteAsync((source, release, part.Part), MirrorSql.Drop).ConfigureAwait(false);
            throw new IOException($"It answers {(int)answer.StatusCode} for the bytes of a release");
        }

        Stream body = await answer.Content.ReadAsStreamAsync(stopping).ConfigureAwait(false);
        await using (body.ConfigureAwait(false))
        {
            while (have < part.Size)
            {
                byte[] chunk = new byte[(int)Math.Min(FileSql.ChunkBytes, part.Size - have)];
                using CancellationTokenSource deadline = CancellationTokenSource.CreateLinkedTokenSource(stopping);
                deadline.CancelAfter(s_patience);
                await body.ReadExactlyAsync(chunk, deadline.Token).ConfigureAwait(false);
                await _store.WriteAsync((file, number, chunk, source, _holder, Now()), MirrorSql.Add).ConfigureAwait(false);
                hash.AppendData(chunk);
                number++;
                have += chunk.Length;
            }
        }
    }
}
