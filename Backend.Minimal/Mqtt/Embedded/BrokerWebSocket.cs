using System.IO.Pipelines;
using System.Net.WebSockets;

using JamBox.Backend.Security;
using JamBox.Backend.Telemetry;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.Mqtt.Embedded;

/// <summary><c>/mqtt</c>: the broker over a WebSocket, for clients that can open nothing else.</summary>
internal static class BrokerWebSocket
{
    /// <summary>Where clients connect.</summary>
    public const string Path = "/mqtt";

    private const string SubProtocol = "mqtt";

    /// <summary>The route table. Who connects says who he is in MQTT.</summary>
    public static void MapBrokerWebSocket(this IEndpointRouteBuilder routes) =>
        routes.MapGet(Path, ConnectMqtt).WithName("ConnectMqtt").WithTags("Things").ForAnybody().ExcludeFromDescription();

    /// <summary>Opens a WebSocket on which MQTT is spoken.</summary>
    internal static async Task<Results<EmptyHttpResult, ProblemHttpResult>> ConnectMqtt(HttpContext http, IServiceProvider services)
    {
        if (services.GetService<EmbeddedBroker>() is not { } broker)
        {
            return AdminProblem.Of(StatusCodes.Status404NotFound, "There is no broker here: Mqtt:Listen is not set");
        }

        if (WebSocketEndpoints.Handshake(http) is not { } accept)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, "This is a WebSocket (version 13): connect with ws:// or wss://");
        }

        if (!http.Request.Headers.GetCommaSeparatedValues(HeaderNames.SecWebSocketProtocol).Contains(SubProtocol))
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, "The sub-protocol of this WebSocket must be mqtt");
        }

        http.Response.Headers[HeaderNames.SecWebSocketProtocol] = SubProtocol;
        Stream stream = await WebSocketEndpoints.UpgradeAsync(http, accept).ConfigureAwait(false);
        using WebSocket socket = WebSocket.CreateFromStream(
            stream, new WebSocketCreationOptions { IsServer = true, SubProtocol = SubProtocol, KeepAliveInterval = TimeSpan.Zero });
        WebSocketStream bytes = WebSocketStream.Create(socket, WebSocketMessageType.Binary, ownsWebSocket: true);
        await using (bytes.ConfigureAwait(false))
        {
            await broker.ServeAsync(new Pipes(bytes), http.Connection.RemoteIpAddress, http.Abort).ConfigureAwait(false);
        }

        return TypedResults.Empty;
    }

    private sealed class Pipes(Stream stream) : IDuplexPipe
    {
        public PipeReader Input { get; } = PipeReader.Create(stream, new StreamPipeReaderOptions(leaveOpen: true));

        public PipeWriter Output { get; } = PipeWriter.Create(stream, new StreamPipeWriterOptions(leaveOpen: true));
    }
}
