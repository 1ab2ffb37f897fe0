using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

using JamBox.Edge.Configuration;

namespace JamBox.Edge.Link;

/// <summary>
/// Talks HTTP to the configured server, and to no other: redirects within it are followed, others are refused before the token is shown to
/// anybody. What is configured may change while it is used.
/// </summary>
/// <param name="settings">The settings as they are now.</param>
internal sealed class ServerClient(Func<AgentSettings> settings) : IDisposable
{
    /// <summary>Bytes of a short answer at most.</summary>
    public const int MaxAnswerBytes = 1024 * 1024;

    /// <summary>In which a gateway says which one it takes itself for.</summary>
    public const string GatewayHeader = "X-JamBox-Gateway";

    private const int MaxRedirects = 3;

    private static readonly TimeSpan s_connect = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan s_longestWait = TimeSpan.FromHours(1);

    private static readonly string s_version =
        typeof(ServerClient).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";

    private readonly Lock _lock = new();
    private HttpClient? _client;
    private string? _root;

    /// <summary>How long the server may take until its answer begins, and for a short one until it ends.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>The server.</summary>
    public Uri Server => settings().Server;

    /// <summary>Asks.</summary>
    /// <param name="path">Below the server, without a slash in front.</param>
    /// <param name="etag">What is known already; <c>null</c> = nothing.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Whatever the server answers.</returns>
    /// <exception cref="LinkException">There is no answer.</exception>
    public Task<ServerAnswer> GetAsync(string path, string? etag, CancellationToken cancel) => ShortAsync(
        new Uri(Server, path),
        address =>
        {
            HttpRequestMessage request = new(HttpMethod.Get, address);
            if (etag is not null)
            {
                request.Headers.TryAddWithoutValidation("If-None-Match", etag);
            }

            return request;
        },
        cancel);

    /// <summary>Tells.</summary>
    /// <param name="path">Below the server, without a slash in front.</param>
    /// <param name="json">What.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>Whatever the server answers.</returns>
    /// <exception cref="LinkException">There is no answer.</exception>
    public Task<ServerAnswer> PostAsync(string path, ReadOnlyMemory<byte> json, CancellationToken cancel) => ShortAsync(
        new Uri(Server, path),
        address =>
        {
            HttpRequestMessage request = new(HttpMethod.Post, address) { Content = new ReadOnlyMemoryContent(json) };
            request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            return request;
        },
        cancel);

    /// <summary>Sends a request, and gives the answer as soon as its headers are there.</summary>
    /// <param name="address">Where, at the server.</param>
    /// <param name="make">Makes the request; more than once, when the server moves it.</param>
    /// <param name="cancel">Ends it.</param>
    /// <returns>The answer, to be disposed of.</returns>
    /// <exception cref="LinkException">There is none, or it leads to another server.</exception>
    public async Task<HttpResponseMessage> SendAsync(Uri address, Func<Uri, HttpRequestMessage> make, CancellationToken cancel)
    {
        AgentSettings now = settings();
        HttpClient client = ClientOf(now);
        for (int moved = 0; ; moved++)
        {
            if (!ServerAddress.IsSameOrigin(address, now.Server))
            {
                throw new LinkException(
                    LinkFault.Unusable,
                    $"the server sends this gateway on to another one, {address.GetLeftPart(UriPartial.Authority)}: that is refused. "
                    + "If the server has moved, change 'server' in agent.json");
            }

            using HttpRequestMessage request = make(address);
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + now.Token);

            // So that the server refuses a token that is another gateway's: this one would carry out what is meant for that one.
            request.Headers.TryAddWithoutValidation(GatewayHeader, now.Gateway);
            request.Headers.UserAgent.Add(new ProductInfoHeaderValue("edge-agent", s_version));
            HttpResponseMessage response = await SendOnceAsync(client, request, cancel).ConfigureAwait(false);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308))
            {
                return response;
            }

            using (response)
            {
                if (moved == MaxRedirects || response.Headers.Location is not { } location)
                {
                    throw new LinkException(LinkFault.Busy,
                        "the server sends this gateway round in circles: is a proxy in front of it set up wrong?");
                }

                if (request.Method != HttpMethod.Get && request.Method != HttpMethod.Head && (int)response.StatusCode is 301 or 302 or 303)
                {
                    // These turn into a GET, which says nothing.
                    throw new LinkException(
                        LinkFault.Busy, $"the server moves what is sent to it to {Shown(location)}: change 'server' in agent.json");
                }

                address = location.IsAbsoluteUri ? location : new Uri(address, location);
            }
        }
    }

    /// <summary>Reads how long an answer wants that one waits.</summary>
    public static TimeSpan? WaitOf(HttpResponseMessage response)
    {
        TimeSpan? wait = response.Headers.RetryAfter switch
        {
            { Delta: { } delta } => delta,
            { Date: { } date } => date - (response.Headers.Date ?? DateTimeOffset.UtcNow),
            _ => null,
        };
        return wait is { } said ? TimeSpan.FromTicks(Math.Clamp(said.Ticks, 0, s_longestWait.Ticks)) : null;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            _client?.Dispose();
            _client = null;
        }
    }

    private static string Shown(Uri location)
    {
        string text = location.OriginalString;
        return text.Length > 200 ? text[..200] + "…" : text;
    }

    private async Task<ServerAnswer> ShortAsync(Uri address, Func<Uri, HttpRequestMessage> make, CancellationToken cancel)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            using HttpResponseMessage response = await SendAsync(address, make, limit.Token).ConfigureAwait(false);
            byte[] body = await ReadAsync(response, limit.Token).ConfigureAwait(false);
            string? type = response.Content.Headers.ContentType?.MediaType;
            return new ServerAnswer(
                (int)response.StatusCode, body, response.Headers.ETag?.ToString(), response.Headers.Date,
                type is not null && (type == "application/json" || type.EndsWith("+json", StringComparison.Ordinal)), WaitOf(response));
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw Late();
        }
        catch (Exception broken) when (broken is HttpRequestException or (IOException and not LinkException))
        {
            throw new LinkException(LinkFault.Unreachable, $"the answer of {Server.Authority} broke off: {Inmost(broken).Message}", broken);
        }
    }

    private static async Task<byte[]> ReadAsync(HttpResponseMessage response, CancellationToken cancel)
    {
        await using Stream stream = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        using MemoryStream body = new();
        byte[] block = new byte[16 * 1024];
        int read;
        while ((read = await stream.ReadAsync(block, cancel).ConfigureAwait(false)) > 0)
        {
            if (body.Length + read > MaxAnswerBytes)
            {
                throw new LinkException(
                    LinkFault.Unusable,
                    string.Create(CultureInfo.InvariantCulture,
                        $"the server answers with more than {MaxAnswerBytes / 1024} KB: that is refused"));
            }

            body.Write(block, 0, read);
        }

        return body.ToArray();
    }

    private async Task<HttpResponseMessage> SendOnceAsync(HttpClient client, HttpRequestMessage request, CancellationToken cancel)
    {
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        limit.CancelAfter(Patience);
        try
        {
            return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            throw Late();
        }
        catch (HttpRequestException fault)
        {
            Exception inmost = Inmost(fault);
            string advice = inmost is not AuthenticationException ? string.Empty
                : inmost.Message.Contains("certificate", StringComparison.OrdinalIgnoreCase)
                ? ": its certificate is not trusted here. Where it has a root of its own, name that in 'serverRoot'"
                : ": it does not speak TLS there. Is the port in 'server' that of https?";
            throw new LinkException(LinkFault.Unreachable, $"{Server.Authority} cannot be reached: {inmost.Message.TrimEnd('.')}{advice}",
                fault);
        }
    }

    private LinkException Late() => new(
        LinkFault.Unreachable,
        string.Create(CultureInfo.InvariantCulture, $"{Server.Authority} does not answer within {Patience.TotalSeconds:0} s"));

    private static Exception Inmost(Exception fault) => fault.InnerException is { } inner ? Inmost(inner) : fault;

    private HttpClient ClientOf(AgentSettings now)
    {
        lock (_lock)
        {
            if (_client is null || _root != now.ServerRoot)
            {
                // Requests that are under way keep the one before until they end.
                _client = Make(now.ServerRoot);
                _root = now.ServerRoot;
            }

            return _client;
        }
    }

    private static HttpClient Make(string? root)
    {
        SocketsHttpHandler handler = new()
        {
            AllowAutoRedirect = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = s_connect,
            UseCookies = false,
            MaxConnectionsPerServer = 4,
            MaxResponseHeadersLength = 64,
            PooledConnectionIdleTimeout = TimeSpan.FromMinutes(1),

            // Names move to other addresses.
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        };
        if (root is not null)
        {
            X509ChainPolicy policy = new()
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,

                // A root of one's own has no list of what was revoked.
                RevocationMode = X509RevocationMode.NoCheck,
            };
            policy.CustomTrustStore.AddRange(TrustedRoots.Read(root));
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }

        return new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
    }
}
