using System.Collections.Concurrent;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Events;
using JamBox.Backend.Telemetry;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Telemetry;

/// <summary>Listeners of the WebSocket: none is missed out, none holds up the others, and none holds its place for ever.</summary>
[Collection(SqliteCollection.Name)]
public sealed class ListenerTests(SqliteBackend shared) : TelemetryTest(shared)
{
    private static readonly TimeSpan s_turn = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(240);

    private LiveFeed Feed => Host.Services.GetRequiredService<LiveFeed>();

    /// <summary>It is asked after 30 seconds, and hung up on after 45.</summary>
    [Fact]
    public async Task WhoeverSaysNothingIsAskedAndThenHungUpOn()
    {
        using BareWebSocket socket = await OpenBareAsync();
        Pass(seconds: 29);
        await ExchangeAsync(socket);
        Pass(seconds: 1);
        Assert.Equal((BareWebSocket.Ping, ""), await socket.NextAsync());

        // After 44 seconds it still hears what happens.
        Feed.PublishStatus("clock", null, "online", 0);
        Pass(seconds: 14);
        Assert.Equal(BareWebSocket.Text, (await socket.NextAsync())!.Value.Opcode);
        Pass(seconds: 1);
        Assert.Equal((BareWebSocket.Close, "silent"), await socket.NextAsync());
        Assert.Null(await socket.NextAsync());
        Assert.False(Feed.IsHeard);
    }

    [Fact]
    public async Task WhoeverAnswersStays()
    {
        using BareWebSocket socket = await OpenBareAsync();
        for (int asked = 0; asked < 6; asked++)
        {
            Pass(seconds: 30);
            Assert.Equal((BareWebSocket.Ping, ""), await socket.NextAsync());
            await socket.SayAsync(BareWebSocket.Pong);
            await ExchangeAsync(socket);
        }

        Assert.True(Feed.IsHeard);
    }

    /// <summary>Peers that have vanished, or never hang up, cost a caller its eight places for a minute and no longer.</summary>
    [Fact]
    public async Task TheirPlacesAreFreeAgain()
    {
        string key = await KeyAsync("viewer", await PlaceAsync("Here"));
        List<BareWebSocket> vanished = [];
        for (int i = 0; i < ListenerSlots.PerCaller; i++)
        {
            vanished.Add(await OpenBareAsync(key));
        }

        using (BareWebSocket refused = await BareWebSocket.OpenAsync(Host, await TicketAsync(key)))
        {
            Assert.Equal(503, refused.Status);
        }

        Pass(seconds: 46);
        for (int turn = 0; ; turn++)
        {
            using BareWebSocket next = await BareWebSocket.OpenAsync(Host, await TicketAsync(key));
            if (next.Status == 101)
            {
                break;
            }

            Assert.True(turn < 200, "No place has become free.");
            Host.Clock.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(50);
        }

        vanished.ForEach(static socket => socket.Dispose());
    }

    /// <summary>One that reads nothing is dropped; what was kept for it is little, and the one beside it hears everything.</summary>
    [Fact]
    public async Task ASlowListenerIsDroppedAndHoldsUpNobody()
    {
        const int PerTurn = 100, MostTurns = 400;
        string text = new('x', 4096);
        using BareWebSocket slow = await OpenBareAsync(receiveBytes: 4096);
        using ClientWebSocket quick = await OpenAsync(await TicketAsync());
        ConcurrentDictionary<string, int> heard = [];
        Task hearing = HearAsync(quick, static message => message.GetProperty("device_id").GetString()!, heard);
        int told = 0;
        for (int turn = 0; turn < MostTurns; turn++)
        {
            for (int i = 0; i < PerTurn; i++)
            {
                Feed.PublishStatus($"d{told++}", null, text, 0);
            }

            await UntilAsync(() => heard.Count == told, () => Host.Clock.Advance(s_turn));
        }

        long kept = await slow.ReadToEndAsync();
        Assert.All(heard, static one => Assert.Equal(1, one.Value));

        // The rest is what the kernel's buffers of both ends take.
        Assert.InRange(kept, 1, (long)told * text.Length / 4);
        quick.Abort();
        await hearing;
    }

    /// <summary>A dozen listeners hear each of several hundred messages, once, whoever sends them at the same time.</summary>
    [Fact]
    public async Task EveryListenerHearsEveryMessageOnce()
    {
        const int Things = 6, Messages = 50, Listeners = 12;
        long place = await PlaceAsync("Hall");
        string[] keys = [await KeyAsync("viewer", place), await KeyAsync("viewer", place)];
        List<(ClientWebSocket Socket, ConcurrentDictionary<string, int> Heard, Task Hearing)> listeners = [];
        for (int i = 0; i < Listeners; i++)
        {
            ClientWebSocket socket = await OpenAsync(await TicketAsync(keys[i % keys.Length]));
            ConcurrentDictionary<string, int> heard = [];
            listeners.Add((socket, heard, HearAsync(
                socket, static message => $"{message.GetProperty("device_id").GetString()} {message.GetProperty("data").GetProperty("n")}",
                heard)));
        }

        TestDevice[] things = new TestDevice[Things];
        for (int i = 0; i < Things; i++)
        {
            things[i] = await ThingAsync(place: place);
        }

        await Task.WhenAll(things.Select(async thing =>
        {
            for (int n = 0; n < Messages; n++)
            {
                await SayAsync(thing, $$"""{"n":{{n}}}""");
            }
        }));
        string[] all = [.. from thing in things from n in Enumerable.Range(0, Messages) select $"{thing.Id} {n}"];
        foreach ((ClientWebSocket socket, ConcurrentDictionary<string, int> heard, Task hearing) in listeners)
        {
            await UntilAsync(() => heard.Count == all.Length, () => Host.Clock.Advance(s_turn));
            Assert.Equal(all.Order(StringComparer.Ordinal), heard.Keys.Order(StringComparer.Ordinal));
            Assert.All(heard, static one => Assert.Equal(1, one.Value));
            socket.Abort();
            await hearing;
            socket.Dispose();
        }
    }

    /// <summary>Whoever writes waits while the connection takes nothing, and what has gathered meanwhile is bounded.</summary>
    [Fact]
    public async Task WhatGathersIsBounded()
    {
        using StuckStream stuck = new();
        using GatheringStream gathering = new(stuck, Host.Clock);
        byte[] frame = new byte[1000];
        int taken = 0;
        Task writing;
        do
        {
            writing = gathering.WriteAsync(frame).AsTask();
            taken += frame.Length;
        }
        while (taken < 10 * GatheringStream.MaxGathered && await Task.WhenAny(writing, Task.Delay(500)) == writing);
        Assert.InRange(taken, GatheringStream.MaxGathered, (2 * GatheringStream.MaxGathered) + (10 * frame.Length));
        stuck.Go();
        await writing.WaitAsync(s_patience);
        Assert.True(await gathering.TryDrainAsync(s_patience));
        Assert.Equal(taken, stuck.Taken);
    }

    private static async Task HearAsync(ClientWebSocket socket, Func<JsonElement, string> name, ConcurrentDictionary<string, int> heard)
    {
        byte[] buffer = new byte[64 * 1024];
        try
        {
            while (true)
            {
                int length = 0;
                ValueWebSocketReceiveResult part;
                do
                {
                    part = await socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                    length += part.Count;
                }
                while (!part.EndOfMessage);
                if (part.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }

                JsonElement message = JsonElement.Parse(buffer.AsSpan(0, length));
                if (message.GetProperty("type").GetString() is "telemetry_update" or "status_update")
                {
                    heard.AddOrUpdate(name(message), 1, static (_, times) => times + 1);
                }
            }
        }
        catch (Exception ended) when (ended is WebSocketException or OperationCanceledException)
        {
            // The test has ended it, or will see what is missing.
        }
    }

    /// <summary>Second by second: the server looks each second, and a jump is one second to it.</summary>
    private void Pass(int seconds)
    {
        for (int second = 0; second < seconds; second++)
        {
            Host.Clock.Advance(TimeSpan.FromSeconds(1));
        }
    }

    private static async Task UntilAsync(Func<bool> isSo, Action go)
    {
        long start = Environment.TickCount64;
        for (int turn = 0; !isSo(); turn++)
        {
            Assert.True(Environment.TickCount64 - start < s_patience.TotalMilliseconds, "It did not come to it.");
            if (turn % 10 == 0)
            {
                go();
            }

            await Task.Delay(2);
        }
    }

    /// <summary>Says ping in words and hears pong: whatever the server said before that would have come first.</summary>
    private static async Task ExchangeAsync(BareWebSocket socket)
    {
        await socket.SayAsync(BareWebSocket.Text, """{"type":"ping"}""");
        Assert.Equal((BareWebSocket.Text, """{"type":"pong"}"""), await socket.NextAsync());
    }

    private async Task<string> TicketAsync(string? key = null) =>
        (await DoAsync(HttpMethod.Post, "/api/ws-ticket", key: key)).GetProperty("ticket").GetString()!;

    private async Task<BareWebSocket> OpenBareAsync(string? key = null, int receiveBytes = 64 * 1024)
    {
        BareWebSocket socket = await BareWebSocket.OpenAsync(Host, await TicketAsync(key), receiveBytes);
        Assert.Equal(101, socket.Status);
        await UntilAsync(() => Feed.IsHeard, static () => { });
        return socket;
    }

    private async Task<ClientWebSocket> OpenAsync(string ticket)
    {
        ClientWebSocket socket = new();
        await socket.ConnectAsync(
            new UriBuilder(Host.Address) { Scheme = "ws", Path = "/ws", Query = $"token={Uri.EscapeDataString(ticket)}" }.Uri,
            CancellationToken.None).WaitAsync(s_patience);
        await UntilAsync(() => Feed.IsHeard, static () => { });

        // The server begins to tell, and then to answer.
        await socket.SendAsync("""{"type":"ping"}"""u8.ToArray(), WebSocketMessageType.Text, true, CancellationToken.None);
        byte[] answer = new byte[64];
        ValueWebSocketReceiveResult pong = await socket.ReceiveAsync(answer.AsMemory(), CancellationToken.None).AsTask()
            .WaitAsync(s_patience);
        Assert.Equal("""{"type":"pong"}""", Encoding.UTF8.GetString(answer, 0, pong.Count));
        return socket;
    }

    /// <summary>A connection that takes nothing until it may.</summary>
    private sealed class StuckStream : MemoryStream
    {
        private readonly TaskCompletionSource _go = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public long Taken { get; private set; }

        public void Go() => _go.SetResult();

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await _go.Task.WaitAsync(cancellationToken);
            Taken += buffer.Length;
        }
    }
}
