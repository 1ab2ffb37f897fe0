using System.Net.WebSockets;
using System.Security.Cryptography;
using System.Text;

using JamBox.Backend.Events;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.Telemetry;

/// <summary>
/// <c>/ws</c>: what <c>/api/events</c> says of things, in the shapes that old clients know. Each listener takes its share of what the hub
/// has (<see cref="EventStream"/>); one that is too slow for all of it is hung up on.
/// </summary>
internal static class WebSocketEndpoints
{
    /// <summary>Where listeners connect.</summary>
    public const string Path = "/ws";

    /// <summary>Bytes that a listener may say at a time: it has nothing to say but <c>ping</c>.</summary>
    private const int MaxSaid = 1024;

    /// <summary>What the framework's handshake adds to the key: RFC 6455.</summary>
    private const string HandshakeGuid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>A listener is asked so often whether it is there.</summary>
    private static readonly TimeSpan s_ping = TimeSpan.FromSeconds(30);

    /// <summary>How long it may say nothing to that: with the time until it was asked, the 45 seconds of silence.</summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(15);

    /// <summary>So often it is looked whether one of both is over.</summary>
    private static readonly TimeSpan s_look = TimeSpan.FromSeconds(1);

    /// <summary>How long the end may take, in real time: a listener that takes nothing must not hold the end of the server.</summary>
    private static readonly TimeSpan s_goodbye = TimeSpan.FromSeconds(2);

    /// <summary>How long a listener may take nothing at all.</summary>
    private static readonly TimeSpan s_slow = TimeSpan.FromSeconds(10);

    /// <summary>The frame that asks: no text, and not masked, for the server sends it.</summary>
    private static readonly byte[] s_pingFrame = [0x89, 0x00];

    private static readonly byte[] s_pong = """{"type":"pong"}"""u8.ToArray();

    /// <summary>The route table.</summary>
    public static void MapWebSocket(this IEndpointRouteBuilder routes)
    {
        routes.MapGet(Path, Connect).WithName("ConnectWebSocket").WithTags("Events")
            .RequireAuthorization(Role.Viewer.ToString()).WithMetadata(new AskedRole(Role.Viewer)).ForKeys(Roles.Name(Role.Viewer))
            .TakesQuery(new TextParameter("token", "A ticket, where no cookie says who listens.")).ExcludeFromDescription();
        RouteGroupBuilder viewers = routes.MapFor(Role.Viewer);
        viewers.WithTags("Events");
        viewers.MapPost("/ws-ticket", MakeTicket).WithName("MakeWebSocketTicket");
    }

    /// <summary>
    /// Makes a ticket, with which a WebSocket can be opened within 60 seconds by whoever cannot send a header: a browser on another site,
    /// or an old client.
    /// </summary>
    internal static Ok<WsTicket> MakeTicket(HttpContext http, WsTickets tickets) =>
        TypedResults.Ok(new WsTicket(tickets.Make(http.Request), WsTickets.LifeSeconds));

    /// <summary>
    /// Opens a WebSocket, on which what happens is told: telemetry_update, state_update, status_update and notification, of the caller's
    /// places.
    /// </summary>
    internal static async Task<Results<EmptyHttpResult, ProblemHttpResult>> Connect(
        HttpContext http, [AsParameters] EventParts parts, AccessWatch access)
    {
        if (Handshake(http) is not { } accept)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, "This is a WebSocket (version 13): connect with ws:// or wss://");
        }

        if (http.Request.Headers.Origin.ToString() is { Length: > 0 } origin && !IsOwn(http, origin)
            && !http.Request.Query.ContainsKey("token"))
        {
            // A cookie is sent by the browser, whoever has made the page: a ticket is not.
            return AdminProblem.Of(StatusCodes.Status400BadRequest, "Another site must connect with a ticket: POST /api/ws-ticket");
        }

        Caller caller = Caller.Of(http);
        if (parts.Slots.TryTake(caller.Principal, caller.MayEverywhere(Role.Admin)) is not { } slot)
        {
            return AdminProblem.Of(StatusCodes.Status503ServiceUnavailable, "Too many listeners: close one, or try again later");
        }

        http.Response.RegisterForDispose(slot);
        Stream stream = await UpgradeAsync(http, accept).ConfigureAwait(false);
        using GatheringStream gathering = new(stream, parts.Clock);
        using WebSocket socket = WebSocket.CreateFromStream(gathering, new WebSocketCreationOptions
        {
            IsServer = true,

            // The listener is asked by us, by the server's clock.
            KeepAliveInterval = TimeSpan.Zero,
        });
        EventStream events = new(
            parts.Hub, parts.Store, parts.Clock, caller.Scope, EventEndpoints.Hears(caller), () => access.StillHoldsAsync(http));
        using WsListener listener = new(socket, gathering, events, parts.Clock);
        await listener.RunAsync(parts.Lifetime.ApplicationStopping, slot.Ended, http).ConfigureAwait(false);

        return TypedResults.Empty;
    }

    /// <summary>Looks whether a request asks for a WebSocket.</summary>
    /// <returns>What its handshake is answered with; null when it is none.</returns>
    internal static string? Handshake(HttpContext http) =>
        http.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true }
            && http.Request.Headers.Upgrade.ToString().Equals("websocket", StringComparison.OrdinalIgnoreCase)
            && http.Request.Headers.SecWebSocketKey.ToString() is { Length: 24 } key
            && http.Request.Headers.SecWebSocketVersion == "13"
                ? Accept(key)
                : null;

    /// <summary>Answers the handshake; what comes then is the socket's.</summary>
    internal static Task<Stream> UpgradeAsync(HttpContext http, string accept)
    {
        http.Response.Headers.Upgrade = "websocket";
        http.Response.Headers.Connection = "Upgrade";
        http.Response.Headers[HeaderNames.SecWebSocketAccept] = accept;
        return http.Features.GetRequiredFeature<IHttpUpgradeFeature>().UpgradeAsync();
    }

    private static bool IsOwn(HttpContext http, string origin) =>
        Uri.TryCreate(origin, UriKind.Absolute, out Uri? page) && page.Authority.Equals(
            http.Request.Host.Value, StringComparison.OrdinalIgnoreCase);

    private static string Accept(string key) =>
#pragma warning disable CA5350 // The protocol says SHA-1; it guards nothing.
        Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + HandshakeGuid)));
#pragma warning restore CA5350

    /// <summary>One listener on a socket.</summary>
    private sealed class WsListener(WebSocket socket, GatheringStream gathering, EventStream events, TimeProvider clock) : IDisposable
    {
        private readonly CancellationTokenSource _over = new();
        private readonly SemaphoreSlim _turn = new(1, 1);
        private volatile bool _isSilent;

        public async Task RunAsync(CancellationToken stopping, CancellationToken ended, HttpContext http)
        {
            CancellationToken aborted = http.RequestAborted;
            using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stopping, ended, _over.Token);

            // In this order: whoever is answered is told everything from then on.
            Task<(WebSocketCloseStatus Status, string Why)> telling = TellAsync(end.Token, aborted);
            Task hearing = HearAsync(aborted);
            Task watching = WatchAsync(end.Token);
            (WebSocketCloseStatus status, string why) = await telling.ConfigureAwait(false);
            await CloseAsync(status, why).ConfigureAwait(false);
            bool hasLeft = await gathering.TryDrainAsync(s_goodbye).ConfigureAwait(false);
            if (!hasLeft || await Task.WhenAny(hearing, Task.Delay(s_goodbye, CancellationToken.None)).ConfigureAwait(false) != hearing)
            {
                // It takes nothing, or does not hang up: what waits for it would wait for ever, and hold its place.
                http.Abort();
            }

            await hearing.ConfigureAwait(false);
            socket.Abort();
            await watching.ConfigureAwait(false);
        }

        public void Dispose()
        {
            _over.Dispose();
            _turn.Dispose();
        }

        private async Task<(WebSocketCloseStatus Status, string Why)> TellAsync(CancellationToken end, CancellationToken aborted)
        {
            try
            {
                await foreach (System.Net.ServerSentEvents.SseItem<string> item in events.ListenAsync(null, end, aborted)
                    .ConfigureAwait(false))
                {
                    if (item.EventType == "coalesced")
                    {
                        return (WebSocketCloseStatus.PolicyViolation, "too slow");
                    }

                    if (WsShape.Of(item.EventType, item.Data) is { } text)
                    {
                        await SendAsync(text, aborted).ConfigureAwait(false);
                    }
                }

                return _isSilent
                    ? (WebSocketCloseStatus.PolicyViolation, "silent")
                    : (WebSocketCloseStatus.EndpointUnavailable, "ends here: connect again");
            }
            catch (Exception gone) when (IsGone(gone))
            {
                return (WebSocketCloseStatus.PolicyViolation, "too slow");
            }
            catch (Exception away) when (away is StorageException or StorageBusyException)
            {
                return (WebSocketCloseStatus.EndpointUnavailable, "ends here: connect again");
            }
        }

        /// <summary>
        /// Most of the time it waits for nothing: what is said gathers, and only while too much has gathered there is a time to be kept.
        /// </summary>
        private async Task SendAsync(ReadOnlyMemory<byte> text, CancellationToken aborted)
        {
            await _turn.WaitAsync(aborted).ConfigureAwait(false);
            try
            {
                ValueTask sending = socket.SendAsync(text, WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None);
                if (sending.IsCompleted)
                {
                    await sending.ConfigureAwait(false);
                }
                else
                {
                    await sending.AsTask().WaitAsync(s_slow, clock, aborted).ConfigureAwait(false);
                }
            }
            finally
            {
                _turn.Release();
            }
        }

        /// <summary>
        /// Asks whether the listener is there, and ends when it has not answered: whatever it says is an answer, and the time of one that
        /// was not asked is not counted, for the process may have stood still.
        /// </summary>
        private async Task WatchAsync(CancellationToken end)
        {
            using PeriodicTimer timer = new(s_look, clock);
            long asked = clock.GetTimestamp();
            bool isAsked = false;
            try
            {
                while (await timer.WaitForNextTickAsync(end).ConfigureAwait(false))
                {
                    isAsked &= gathering.HeardAt < asked;
                    if (isAsked && clock.GetElapsedTime(asked) >= s_patience)
                    {
                        _isSilent = true;
                        await _over.CancelAsync().ConfigureAwait(false);
                        return;
                    }

                    if (clock.GetElapsedTime(asked) >= s_ping)
                    {
                        (asked, isAsked) = (clock.GetTimestamp(), true);
                        await gathering.WriteAsync(s_pingFrame, end).ConfigureAwait(false);
                    }
                }
            }
            catch (Exception gone) when (IsGone(gone))
            {
                // It is over already.
            }
        }

        /// <summary>Listens for ping, pong and the end; whatever else is said is passed over.</summary>
        private async Task HearAsync(CancellationToken aborted)
        {
            byte[] buffer = new byte[MaxSaid];
            try
            {
                while (socket.State == WebSocketState.Open)
                {
                    ValueWebSocketReceiveResult said = await socket.ReceiveAsync(buffer.AsMemory(), aborted).ConfigureAwait(false);
                    if (said.MessageType == WebSocketMessageType.Close || !said.EndOfMessage)
                    {
                        break;
                    }

                    if (said.MessageType == WebSocketMessageType.Text && buffer.AsSpan(0, said.Count).IndexOf("ping"u8) is >= 0 and < 16)
                    {
                        await SendAsync(s_pong, aborted).ConfigureAwait(false);
                    }
                }
            }
            catch (Exception gone) when (IsGone(gone))
            {
                // It has gone.
            }

            await _over.CancelAsync().ConfigureAwait(false);
        }

        private async Task CloseAsync(WebSocketCloseStatus status, string why)
        {
            using CancellationTokenSource limit = new(s_goodbye);
            try
            {
                if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
                {
                    await socket.CloseOutputAsync(status, why, limit.Token).ConfigureAwait(false);
                }
            }
            catch (Exception gone) when (IsGone(gone))
            {
                // It does not hear that either.
            }
        }

        private static bool IsGone(Exception gone) =>
            gone is WebSocketException or IOException or OperationCanceledException or ObjectDisposedException or TimeoutException;
    }
}
