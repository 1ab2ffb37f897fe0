using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Events;
using JamBox.Backend.Tests.Events;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Telemetry;

/// <summary>What happens is told at once: as events, and over the WebSocket.</summary>
public abstract class WebSocketTests(BackendHost shared) : TelemetryTest(shared)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(120);

    [Fact]
    public async Task EventsTellValuesAndWishes()
    {
        TestDevice thing = await ThingAsync();
        using Listener listener = await Listener.OpenAsync(Host, "/api/events");
        Assert.Equal("listening", (await listener.NextAsync()).Kind);
        await SayAsync(thing, """{"v0":0,"b":{"c":"x"}}""");
        Assert.Equal(
            $$$"""{"device_id":"{{{thing.Id}}}","timestamp":"TIME","data":{"v0":0,"b.c":"x"}}""",
            WithoutTimes((await UntilAsync(listener, "telemetry")).Data));
        await WantAsync(thing, """{"v0":1}""");
        Assert.Equal(
            $$$$"""{"device_id":"{{{{thing.Id}}}}","wanted":{"v0":{"value":1,"at":"TIME","by":"configured"}}}""",
            WithoutTimes((await UntilAsync(listener, "state")).Data));
        Host.Clock.Advance(TimeSpan.FromSeconds(2));
        await SayAsync(thing, """{"v0":1}""");
        Assert.Equal($$$"""{"device_id":"{{{thing.Id}}}","wanted":{"v0":null}}""", (await UntilAsync(listener, "state")).Data);
        Host.Services.GetRequiredService<LiveFeed>().PublishStatus(thing.Id, null, "online", 0);
        Assert.Contains("\"status\":\"online\"", (await UntilAsync(listener, "status")).Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task TheWebSocketSaysItInTheOldShapes()
    {
        TestDevice thing = await ThingAsync();
        await DoAsync(HttpMethod.Post, "/api/telemetry-rules", """{"key":"a","op":">","value":1}""");
        using ClientWebSocket socket = await OpenAsync(await TicketAsync());
        await SayAsync(thing, """{"a":2}""");
        JsonElement update = await HearAsync(socket, "telemetry_update");
        Assert.Equal((thing.Id, 2), (update.GetProperty("device_id").GetString(), update.GetProperty("data").GetProperty("a").GetInt32()));
        Assert.EndsWith("Z", update.GetProperty("timestamp").GetString(), StringComparison.Ordinal);
        JsonElement notice = await HearAsync(socket, "notification");
        Assert.Equal("threshold", notice.GetProperty("notification").GetProperty("kind").GetString());
        Host.Services.GetRequiredService<LiveFeed>().PublishStatus("other", null, "offline", 0);
        JsonElement status;
        do
        {
            status = await HearAsync(socket, "status_update");
        }
        while (status.GetProperty("device_id").GetString() != "other");

        Assert.Equal("offline", status.GetProperty("status").GetString());
        await socket.SendAsync("""{"type":"ping"}"""u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        await HearAsync(socket, "pong");
        await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, null, CancellationToken.None).WaitAsync(s_patience);
    }

    [Fact]
    public async Task AViewerOfOnePlaceHearsThatPlaceOnly()
    {
        long mine = await PlaceAsync("Mine"), theirs = await PlaceAsync("Theirs");
        TestDevice here = await ThingAsync(place: mine), there = await ThingAsync(place: theirs), nowhere = await ThingAsync();
        using ClientWebSocket socket = await OpenAsync(await TicketAsync(await KeyAsync("viewer", mine)));
        await SayAsync(there, """{"a":1}""");
        await SayAsync(nowhere, """{"a":2}""");
        await WantAsync(there, """{"a":3}""");
        await SayAsync(here, """{"a":4}""");
        JsonElement first = await HearAsync(socket, "telemetry_update");
        Assert.Equal(here.Id, first.GetProperty("device_id").GetString());
    }

    [Fact]
    public async Task ATicketIsGoodForAMinuteAndFromNobodyElse()
    {
        string ticket = await TicketAsync();
        using ClientWebSocket socket = await OpenAsync(ticket);
        Host.Clock.Advance(TimeSpan.FromSeconds(61));
        await Assert.ThrowsAsync<WebSocketException>(() => OpenAsync(ticket));
        await Assert.ThrowsAsync<WebSocketException>(() => OpenAsync("invented"));
        await Assert.ThrowsAsync<WebSocketException>(() => OpenAsync(null));
        Assert.Equal(401, (await SendAsync(HttpMethod.Post, "/api/ws-ticket")).Status);
        Assert.Equal(400, (await SendAsync(HttpMethod.Get, "/ws", token: BackendHost.AdminKey)).Status);
        Assert.DoesNotContain(ticket, Host.Log.Text, StringComparison.Ordinal);
        Assert.DoesNotContain(BackendHost.AdminKey, Host.Log.Text, StringComparison.Ordinal);
    }

    /// <summary>A key that is revoked hears nothing more.</summary>
    [Fact]
    public async Task ARevokedKeyIsHungUpOn()
    {
        (int _, JsonElement made) = await AdminAsync(HttpMethod.Post, "/api/keys", """{"name":"listener","role":"viewer"}""");
        using ClientWebSocket socket = await OpenAsync(await TicketAsync(made.GetProperty("key").GetString()));
        await DoAsync(HttpMethod.Delete, "/api/keys/listener");
        Assert.Null(await NextAsync(socket));
    }

    private async Task<string> TicketAsync(string? key = null) =>
        (await DoAsync(HttpMethod.Post, "/api/ws-ticket", key: key)).GetProperty("ticket").GetString()!;

    /// <summary>Opens, and waits until the server listens.</summary>
    private async Task<ClientWebSocket> OpenAsync(string? ticket)
    {
        ClientWebSocket socket = new();
        UriBuilder address = new(Host.Address) { Scheme = "ws", Path = "/ws" };
        address.Query = ticket is null ? "" : $"token={Uri.EscapeDataString(ticket)}";
        int before = Listeners();
        try
        {
            await socket.ConnectAsync(address.Uri, CancellationToken.None).WaitAsync(s_patience);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        for (int turn = 0; Listeners() == before; turn++)
        {
            Assert.True(turn < 500, "Nobody listens.");
            await Task.Delay(10);
        }

        // Whoever has subscribed hears everything from the first turn on.
        await Task.Delay(100);
        return socket;

        int Listeners() => Host.Services.GetRequiredService<LiveFeed>().IsHeard ? 1 : 0;
    }

    private async Task<JsonElement> HearAsync(ClientWebSocket socket, string type)
    {
        for (int i = 0; i < 100; i++)
        {
            JsonElement message = (await NextAsync(socket))!.Value;
            if (message.GetProperty("type").GetString() == type)
            {
                return message;
            }
        }

        throw new InvalidOperationException($"No {type} in 100 messages.");
    }

    /// <summary>The next message, while the clock goes on; null = the server has closed.</summary>
    private async Task<JsonElement?> NextAsync(ClientWebSocket socket)
    {
        byte[] buffer = new byte[64 * 1024];
        Task<WebSocketReceiveResult> receiving = socket.ReceiveAsync(buffer, CancellationToken.None);
        for (int turns = 0; await Task.WhenAny(receiving, Task.Delay(20)) != receiving; turns++)
        {
            Assert.True(turns < 1000, "Nothing was heard.");
            Host.Clock.Advance(TimeSpan.FromMilliseconds(250));
        }

        WebSocketReceiveResult result = await receiving;
        return result.MessageType == WebSocketMessageType.Close
            ? null
            : JsonElement.Parse(Encoding.UTF8.GetString(buffer, 0, result.Count));
    }

    private static async Task<(string Kind, string Data, string Id)> UntilAsync(Listener listener, string kind)
    {
        (string Kind, string Data, string Id) heard;
        do
        {
            heard = await listener.NextAsync();
        }
        while (heard.Kind != kind);

        return heard;
    }

    private static string WithoutTimes(string json) =>
        System.Text.RegularExpressions.Regex.Replace(json, "\"20[0-9-]+T[0-9:.]+Z\"", "\"TIME\"");
}
