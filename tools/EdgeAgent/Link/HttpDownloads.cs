using System.Globalization;
using System.Net;
using System.Net.Http.Headers;

using JamBox.Edge.Configuration;
using JamBox.Edge.Engine;

using Microsoft.Extensions.Logging;

namespace JamBox.Edge.Link;

/// <summary>
/// Packages from the configured server. What was there before is kept only when the server says that it is of the same file.
/// </summary>
/// <param name="server">The server.</param>
/// <param name="settings">The settings as they are now.</param>
/// <param name="logger">Where it is said that a download begins anew.</param>
internal sealed class HttpDownloads(ServerClient server, Func<AgentSettings> settings, ILogger<HttpDownloads> logger) : IDownloads
{
    /// <inheritdoc/>
    public async Task<Download> OpenAsync(Notice notice, long from, string? etag, CancellationToken cancellation)
    {
        try
        {
            Uri address = ServerAddress.Resolve(server.Server, notice.DownloadUrl);
            string? mark = from > 0 && from < notice.Size && EntityTagHeaderValue.TryParse(etag, out EntityTagHeaderValue? tag)
                && !tag.IsWeak
                ? etag
                : null;
            if (mark is not null && await TryRestAsync(address, notice, from, mark, cancellation).ConfigureAwait(false) is { } rest)
            {
                return rest;
            }

            if (from > 0)
            {
                logger.LogInformation("The download of {Id} begins anew: its rest is not to be had", notice.Id);
            }

            HttpResponseMessage response = await server.SendAsync(address, static at => Get(at), cancellation).ConfigureAwait(false);
            return await OpenAsync(response, notice, 0, null, cancellation).ConfigureAwait(false)
                ?? throw new LinkException(LinkFault.Unusable,
                    "the download is refused: the server sends a part of it that nobody asked for");
        }
        catch (LinkException no) when (no.Fault is LinkFault.Missing or LinkFault.Refused or LinkFault.Unusable)
        {
            throw new DownloadRefusedException(no.Message);
        }
        catch (LinkException busy) when (busy.Wait is { } wait)
        {
            throw new DownloadBusyException(busy.Message, wait);
        }
    }

    /// <summary>Asks for what is missing.</summary>
    /// <returns><c>null</c> = all of it must be asked for.</returns>
    private async Task<Download?> TryRestAsync(Uri address, Notice notice, long from, string etag, CancellationToken cancel)
    {
        HttpResponseMessage response = await server.SendAsync(
            address,
            at =>
            {
                HttpRequestMessage request = Get(at);
                request.Headers.Range = new RangeHeaderValue(from, null);
                request.Headers.TryAddWithoutValidation("If-Range", etag);
                return request;
            },
            cancel).ConfigureAwait(false);
        return await OpenAsync(response, notice, from, etag, cancel).ConfigureAwait(false);
    }

    /// <summary>No content coding: bytes are counted, hashed and asked for by number.</summary>
    private static HttpRequestMessage Get(Uri address)
    {
        HttpRequestMessage request = new(HttpMethod.Get, address);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("identity"));
        return request;
    }

    /// <summary>Looks at an answer before a byte of it is believed.</summary>
    /// <returns><c>null</c> = it is a part, and not the one that was asked for.</returns>
    private async Task<Download?> OpenAsync(HttpResponseMessage response, Notice notice, long from, string? etag, CancellationToken cancel)
    {
        bool isTaken = false;
        try
        {
            long first;
            switch (response.StatusCode)
            {
                case HttpStatusCode.OK:
                    first = 0;
                    break;
                case HttpStatusCode.PartialContent:
                    if (!IsTheRest(response, notice, from, etag))
                    {
                        return null;
                    }

                    first = from;
                    break;
                case HttpStatusCode.RequestedRangeNotSatisfiable when from > 0:
                    return null;
                default:
                    throw new ServerAnswer((int)response.StatusCode, [], null, null, IsJson: false, ServerClient.WaitOf(response))
                        .ToException("The package");
            }

            if (response.Content.Headers.ContentEncoding.Any(static coding => coding != "identity"))
            {
                throw new LinkException(LinkFault.Unusable, "the download is refused: the server, or a proxy, has packed it once more");
            }

            if (response.Content.Headers.ContentLength is { } length && length != notice.Size - first)
            {
                throw new LinkException(
                    LinkFault.Unusable,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"the download is refused: the server offers {first + length} bytes, and the notice says {notice.Size}"));
            }

            Stream content = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
            isTaken = true;
            return new Download(
                new DownloadStream(response, content, notice.Size - first, TimeSpan.FromSeconds(settings().DownloadIdleSeconds)),
                first, response.Headers.ETag is { IsWeak: false } tag ? tag.ToString() : null);
        }
        finally
        {
            if (!isTaken)
            {
                response.Dispose();
            }
        }
    }

    private static bool IsTheRest(HttpResponseMessage response, Notice notice, long from, string? etag) =>
        etag is not null
        && response.Content.Headers.ContentRange is { Unit: "bytes", HasRange: true } range
        && range.From == from && range.To == notice.Size - 1 && (!range.HasLength || range.Length == notice.Size)

        // A server that forgets If-Range gives the rest of whatever is there now.
        && response.Headers.ETag?.ToString() == etag;
}
