using System.Globalization;
using System.IO.Pipelines;
using System.Net.Sockets;
using System.Text;

using JamBox.Backend.Mqtt;
using JamBox.Backend.Mqtt.Embedded;
using JamBox.Backend.Mqtt.Handling;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

using Xunit.Abstractions;

namespace JamBox.Backend.Tests.Mqtt.Embedded;

/// <summary>
/// The broker against whoever means it no good, and against a storage that is slow or gone. The time of the network is the test's.
/// </summary>
public abstract class BrokerHostileTests(BackendHost shared, ITestOutputHelper output) : BrokerTest(shared, isManual: true)
{
    private HeldHandler Handler => (HeldHandler)Service<IMqttMessageHandler>();

    protected override void Configure(WebApplicationBuilder builder)
    {
        base.Configure(builder);
        builder.Services.AddSingleton<IMqttMessageHandler, HeldHandler>();
    }

    [Fact]
    public async Task BrokenPacketsEndTheirOwnConnectionOnly()
    {
        string? said = Environment.GetEnvironmentVariable("JB_SEED");
        int seed = said is null ? 17 : int.Parse(said, CultureInfo.InvariantCulture);
        output.WriteLine($"Seed {seed}; again with JB_SEED={seed}");
        Random random = new(seed);
        string token = await ThingAsync("clock-1");
        RawMqtt witness = await RawThingAsync("clock-2");
        byte[][] good =
        [
            RawMqtt.Connect("clock-1", token, "fuzz", keepAlive: 60, will: ("jambox/prod/event/clock-1/gone", "{}")),
            RawMqtt.Publish("jambox/device/clock-1/telemetry", """{"data":{"v":1}}""", 1, 7),
            RawMqtt.Subscribe(3, "jambox/device/clock-1/#"),
            RawMqtt.Packet(0xA2, [0, 4, .. RawMqtt.Text("jambox/device/clock-1/#")]),
            RawMqtt.Packet(0x62, 0, 1), RawMqtt.Packet(0x40, 0, 9),
            [0xC0, 0], [0xE0, 0],
        ];
        byte[] v5 =
            [.. RawMqtt.Text("MQTT"), 5, 0xC2, 0, 60, 0, .. RawMqtt.Text("fuzz5"), .. RawMqtt.Text("clock-1"), .. RawMqtt.Text(token)];
        for (int round = 0; round < 300; round++)
        {
            using RawMqtt fuzzed = new(Port);
            byte[] first = random.Next(4) > 0 ? good[0] : RawMqtt.Packet(0x10, v5);
            byte[] bytes = [.. random.Next(4) == 0 ? Spoilt(random, first) : first, .. Spoilt(random, good[random.Next(1, good.Length)])];
            try
            {
                await fuzzed.SendAsync(bytes);
                fuzzed.Socket.Shutdown(SocketShutdown.Send);
                await fuzzed.ReadToEndAsync();
            }
            catch (IOException)
            {
                // It was cut off while it still sent.
            }
        }

        await UntilAsync(() => Broker.Counts.Connections == 1);
        await witness.SendAsync([0xC0, 0]);
        Assert.Equal(0xD0, (await witness.ReadAsync()).Header);
        Assert.Equal(0, Broker.Sessions.Budget.Taken);
        Assert.DoesNotContain("could not be handled", Host.Log.Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(200 * 1024 * 1024)]
    [InlineData(1024 * 1024)]
    [InlineData(PacketCodec.MaxConnectBytes)]
    public async Task AConnectIsCutOffByItsLengthAlone(int length)
    {
        RawMqtt client = Raw();
        await client.SendAsync([0x10, .. RawMqtt.Length(length)]);
        Assert.Empty(await client.ReadToEndAsync());
    }

    [Fact]
    public async Task AMessageIsCutOffByItsLengthAlone()
    {
        RawMqtt device = await RawThingAsync("clock-1");
        await device.SendAsync([0x30, .. RawMqtt.Length(1024 * 1024)]);
        Assert.Empty(await device.ReadToEndAsync());
        RawMqtt endless = Raw();
        await endless.SendAsync([0x10, 0xFF, 0xFF, 0xFF, 0xFF, 0x01]);
        Assert.Empty(await endless.ReadToEndAsync());

        // The largest that is allowed is taken: 64 KB of JSON.
        RawMqtt large = await RawThingAsync("clock-2");
        await large.SendAsync(RawMqtt.Publish(
            "jambox/prod/display/snapshot/clock-2", $$"""{"text":"{{new string('x', (64 * 1024) - 11)}}"}""", 1, 1));
        Assert.Equal((0x40, 1), (await large.ReadAsync()) is (var header, [_, var id]) ? (header, id) : default);
        Assert.NotEqual(
            System.Text.Json.JsonValueKind.Null, (await GetAsync("/api/devices/clock-2/snapshot")).GetProperty("at").ValueKind);
    }

    [Fact]
    public async Task WhoDoesNotSayWhoHeIsHasTenSeconds()
    {
        string token = await ThingAsync("clock-1");
        RawMqtt silent = Raw();
        RawMqtt half = Raw();
        await half.SendAsync(RawMqtt.Connect("clock-1", token, "half")[..^1]);
        RawMqtt early = await Raw().ConnectAsync("clock-1", token);
        await UntilAsync(() => Broker.OpenConnections == 3);
        await AdvanceAsync(TimeSpan.FromSeconds(9));
        Assert.Equal(3, Broker.OpenConnections);
        await AdvanceAsync(TimeSpan.FromSeconds(2));
        Assert.Empty(await silent.ReadToEndAsync());
        Assert.Empty(await half.ReadToEndAsync());
        await early.SendAsync([0xC0, 0]);
        Assert.Equal(0xD0, (await early.ReadAsync()).Header);
    }

    [Fact]
    public async Task WhoFallsSilentIsCutOffAndWhoSpeaksIsNot()
    {
        RawMqtt silent = await RawThingAsync("clock-1", keepAlive: 10);
        RawMqtt busy = await RawThingAsync("clock-2", keepAlive: 10);
        for (int i = 1; i <= 4; i++)
        {
            await AdvanceAsync(TimeSpan.FromSeconds(5));
            await busy.SendAsync(RawMqtt.Publish("jambox/device/clock-2/telemetry", """{"data":{"v":1}}""", 1, i));
            Assert.Equal(0x40, (await busy.ReadAsync()).Header);
        }

        Assert.Empty(await silent.ReadToEndAsync());
        await UntilAsync(() => Broker.Counts.Connections == 1);
    }

    [Fact]
    public async Task AStrangeFirstPacketIsNoConnection()
    {
        foreach (byte[] packet in new[]
        {
            Encoding.ASCII.GetBytes("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), [0xC0, 0],
            RawMqtt.Publish("jambox/device/x/telemetry", "{}", 1, 1),
            RawMqtt.Packet(0x10, 0, 4, (byte)'M'), RawMqtt.Packet(0x10, [.. RawMqtt.Text("AMQP"), 4, 2, 0, 0, 0, 0]),
        })
        {
            RawMqtt client = Raw();
            await client.SendAsync(packet);
            Assert.Empty(await client.ReadToEndAsync());
        }

        RawMqtt old = Raw();
        await old.SendAsync(RawMqtt.Packet(0x10, [.. RawMqtt.Text("MQIsdp"), 3, 2, 0, 0, .. RawMqtt.Text("x")]));
        Assert.Equal([0, 1], Assert.Single(await old.ReadToEndAsync()).Body);
        RawMqtt nameless = Raw();
        await nameless.SendAsync(RawMqtt.Connect("clock-1", "x", "", isClean: false));
        Assert.Equal([0, 2], Assert.Single(await nameless.ReadToEndAsync()).Body);
    }

    [Fact]
    public async Task FiltersAreBounded()
    {
        RawMqtt device = await RawThingAsync("clock-1");
        string[] filters = [.. Enumerable.Range(0, 2000).Select(static i => $"jambox/prod/event/clock-1/{i}")];
        await device.SendAsync(RawMqtt.Subscribe(1, filters));
        (int header, byte[] body) = await device.ReadAsync();
        Assert.Equal(0x90, header);
        Assert.Equal(BrokerSession.MaxSubscriptions, body.Skip(2).Count(static code => code == 1));
        Assert.Equal(2000 - BrokerSession.MaxSubscriptions, body.Skip(2).Count(static code => code == 0x80));

        // Those that are taken back make room.
        await device.SendAsync(
            RawMqtt.Packet(0xA2, [0, 2, .. RawMqtt.Text(filters[0])]), RawMqtt.Subscribe(3, filters[1999], filters[1998]));
        Assert.Equal(0xB0, (await device.ReadAsync()).Header);
        Assert.Equal([0, 3, 1, 0x80], (await device.ReadAsync()).Body);
    }

    [Fact]
    public async Task AReaderThatDoesNotAcknowledgeGetsNoMoreAndIsDropped()
    {
        RawMqtt device = await RawThingAsync("clock-1");
        await device.SendAsync(RawMqtt.Subscribe(1, "jambox/prod/config/clock-1"));
        Assert.Equal(0x90, (await device.ReadAsync()).Header);
        int taken = 0;
        for (int i = 0; i < BrokerSession.MaxMessages + 50; i++)
        {
            taken += await Service<MqttPublishers>().PublishAsync(
                "jambox/prod/config/clock-1", new byte[1000], retain: false) ? 1 : 0;
        }

        Assert.Equal(BrokerSession.MaxMessages, taken);
        Assert.Equal(50, Broker.Counts.Dropped);
        Assert.InRange(Broker.Sessions.Budget.Taken, 200_000, 300_000);

        // Of what waits no more than a window's worth is under way.
        for (int i = 0; i < 20; i++)
        {
            Assert.Equal(0x32, (await device.ReadAsync()).Header);
        }

        await AdvanceAsync(BrokerConnection.Patience + TimeSpan.FromSeconds(2));
        Assert.Empty(await device.ReadToEndAsync());
        await UntilAsync(() => Broker.Counts.Connections == 0);
        Assert.Equal(0, Broker.Sessions.Budget.Taken);
    }

    [Fact]
    public async Task AReaderThatAcknowledgesGetsEverythingInItsOrder()
    {
        RawMqtt device = await RawThingAsync("clock-1");
        await device.SendAsync(RawMqtt.Subscribe(1, "jambox/prod/config/clock-1"));
        Assert.Equal(0x90, (await device.ReadAsync()).Header);
        for (int i = 0; i < 150; i++)
        {
            Assert.True(await Service<MqttPublishers>().PublishAsync(
                "jambox/prod/config/clock-1", Encoding.ASCII.GetBytes($"{i}"), retain: false));
        }

        for (int i = 0; i < 150; i++)
        {
            (int header, byte[] body) = await device.ReadAsync();
            Assert.Equal(0x32, header);
            Assert.Equal($"{i}", Encoding.ASCII.GetString(body.AsSpan(2 + "jambox/prod/config/clock-1".Length + 2)));
            int at = 2 + "jambox/prod/config/clock-1".Length;
            await device.SendAsync(RawMqtt.Packet(0x40, body[at], body[at + 1]));
        }

        await UntilAsync(() => Broker.Sessions.Budget.Taken == 0);
    }

    [Fact]
    public async Task WhatIsKeptIsAllSentHoweverMuchItIs()
    {
        RawMqtt early = await RawThingAsync("clock-1");
        await early.SendAsync(RawMqtt.Subscribe(1, "jambox/e0/version/updates", "jambox/e1/version/updates"));
        Assert.Equal(0x90, (await early.ReadAsync()).Header);
        MqttPublishers server = Service<MqttPublishers>();
        for (int i = 0; i < 1000; i++)
        {
            Assert.True(await server.PublishAsync($"jambox/e{i}/version/updates", Encoding.ASCII.GetBytes($"{i}"), retain: true));
        }

        // One without room gets the newest word when it has: it acknowledges nothing while two topics are said again and again.
        for (int i = 0; i < 300; i++)
        {
            Assert.True(await server.PublishAsync("jambox/e0/version/updates", Encoding.ASCII.GetBytes($"again {i}"), retain: true));
        }

        List<string> heard = await HearAllAsync(early, "again 299");
        Assert.Equal(BrokerSession.MaxMessages + 1, heard.Count);

        // One that comes later gets each once.
        string key = await KeyAsync();
        RawMqtt late = await Raw().ConnectAsync("key", key, "late");
        await late.SendAsync(RawMqtt.Subscribe(1, "jambox/+/version/#"));
        Assert.Equal(0x90, (await late.ReadAsync()).Header);
        List<string> all = [];
        while (all.Count < 1000)
        {
            all.AddRange(await HearAllAsync(late, null));
        }

        Assert.Equal([.. Enumerable.Range(1, 999).Select(static i => $"{i}").Append("again 299").Order()], all.Order());
        await UntilAsync(() => Broker.Sessions.Budget.Taken == 0);
    }

    /// <summary>Reads and acknowledges messages; one, or until a text comes.</summary>
    private static async Task<List<string>> HearAllAsync(RawMqtt client, string? last)
    {
        List<string> heard = [];
        do
        {
            (int header, byte[] body) = await client.ReadAsync();
            Assert.Equal(0x32, header & 0xFE);
            int at = 2 + ((body[0] << 8) | body[1]);
            await client.SendAsync(RawMqtt.Packet(0x40, body[at], body[at + 1]));
            heard.Add(Encoding.ASCII.GetString(body.AsSpan(at + 2)));
        }
        while (last is not null && heard[^1] != last);
        return heard;
    }

    private async Task<string> KeyAsync() =>
        (await AdminAsync(HttpMethod.Post, "/api/keys", """{"name":"listener","role":"viewer"}""")).Json.GetProperty("key").GetString()!;

    [Fact]
    public async Task ASessionIsKeptForAWeek()
    {
        string token = await ThingAsync("clock-1");
        RawMqtt device = await Raw().ConnectAsync("clock-1", token, "kept", isClean: false);
        await device.SendAsync([0xE0, 0]);
        await device.ReadToEndAsync();
        await UntilAsync(() => Broker.Counts.Connections == 0);
        Host.Clock.Advance(TimeSpan.FromDays(6.9));
        await Broker.SweepAsync();
        Assert.Equal(1, Broker.Sessions.Count);
        Host.Clock.Advance(TimeSpan.FromDays(0.2));
        await Broker.SweepAsync();
        Assert.Equal(0, Broker.Sessions.Count);

        // Another that ends with its connection, and no more than ten of one device.
        for (int i = 0; i < 2 * BrokerSessions.MaxOfDevice; i++)
        {
            RawMqtt one = await Raw().ConnectAsync("clock-1", token, $"kept-{i}", isClean: false);
            await one.SendAsync([0xE0, 0]);
            await one.ReadToEndAsync();
        }

        Assert.Equal(BrokerSessions.MaxOfDevice, Broker.Sessions.Count);
    }

    [Fact]
    public async Task WillsAreKeptToThePaceOfMessages()
    {
        string token = await ThingAsync("clock-1");
        const int More = 10;
        for (int i = 0; i < 100 + More; i++)
        {
            RawMqtt one = Raw();
            await one.SendAsync(RawMqtt.Connect(
                "clock-1", token, "breaks", will: ("jambox/device/clock-1/telemetry", """{"data":{"v":1}}""")));
            Assert.Equal(0x20, (await one.ReadAsync()).Header);
            one.Dispose();
            await UntilAsync(() => Broker.Counts.Connections == 0);
        }

        await UntilAsync(() => Broker.Counts.Taken == 100);
        Assert.Equal(More, Broker.Counts.Refused);
    }

    [Fact]
    public async Task AKeyLeavesABoundedNumberOfSessionsBehind()
    {
        string key = await KeyAsync();
        for (int i = 0; i < BrokerSessions.MaxOfKey + 10; i++)
        {
            await LeaveAsync(await Raw().ConnectAsync("key", key, $"made-up-{i}", isClean: false));
        }

        Assert.Equal(BrokerSessions.MaxOfKey, Broker.Sessions.Count);
    }

    [Fact]
    public async Task ThoseWhoAreAwayDoNotTakeTheMemoryOfThoseWhoAreThere()
    {
        const string Topic = "jambox/device/clock-1/telemetry";
        string key = await KeyAsync();
        for (int i = 0; i < 70; i++)
        {
            RawMqtt away = await Raw().ConnectAsync("key", key, $"away-{i}", isClean: false);
            await away.SendAsync(RawMqtt.Subscribe(1, Topic));
            Assert.Equal(0x90, (await away.ReadAsync()).Header);
            await LeaveAsync(away);
        }

        // 84 MB, if all of it were kept.
        RawMqtt device = await RawThingAsync("clock-1");
        for (int i = 1; i <= 20; i++)
        {
            await device.SendAsync(RawMqtt.Publish(Topic, new string('x', 60_000), 1, i));
            Assert.Equal(0x40, (await device.ReadAsync()).Header);
        }

        MessageBudget budget = Broker.Sessions.Budget;
        Assert.InRange(budget.Taken, MessageBudget.MaxAwayBytes - 100_000, MessageBudget.MaxAwayBytes);

        // One that is there gets what is said to it, up to its own bound.
        RawMqtt other = await Raw().ConnectAsync("clock-2", await ThingAsync("clock-2"), "kept", isClean: false);
        await other.SendAsync(RawMqtt.Subscribe(1, "jambox/prod/config/clock-2"));
        Assert.Equal(0x90, (await other.ReadAsync()).Header);
        int given = 0;
        for (int i = 0; i < 30; i++)
        {
            given += await Service<MqttPublishers>().PublishAsync("jambox/prod/config/clock-2", new byte[60_000], retain: false) ? 1 : 0;
        }

        Assert.Equal(BrokerSession.MaxBytes / 60_252, given);

        // When it goes it leaves nothing in their part.
        other.Dispose();
        await UntilAsync(() => Broker.Counts.Connections == 1);
        await UntilAsync(() => budget.Taken <= MessageBudget.MaxAwayBytes);
    }

    [Fact]
    public async Task ThoseWhoSayNothingKeepNobodyOut()
    {
        int[] aborted = new int[EmbeddedBroker.MaxConnections];
        List<Task> served = [];
        List<Pipe> ins = [];
        for (int i = 0; i < EmbeddedBroker.MaxConnections; i++)
        {
            int number = i;
            Pipe input = new();
            ins.Add(input);
            served.Add(Broker.ServeAsync(new Silent(input.Reader), null, () =>
            {
                aborted[number]++;
                input.Writer.Complete();
            }));
        }

        Assert.Equal(EmbeddedBroker.MaxConnections, Broker.OpenConnections);
        Assert.Equal(0, aborted.Sum());
        RawMqtt device = await RawThingAsync("clock-1");
        await device.SendAsync([0xC0, 0]);
        Assert.Equal(0xD0, (await device.ReadAsync()).Header);
        Assert.Equal(1, aborted[0]);
        Assert.Equal(1, aborted.Sum());
        Assert.Equal(EmbeddedBroker.MaxConnections, Broker.OpenConnections);
        ins.ForEach(static one => one.Writer.Complete());
        await Task.WhenAll(served).WaitAsync(TimeSpan.FromSeconds(120));
    }

    private sealed class Silent(PipeReader input) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output { get; } = new Pipe().Writer;
    }

    private static async Task LeaveAsync(RawMqtt client)
    {
        await client.SendAsync([0xE0, 0]);
        await client.ReadToEndAsync();
    }

    [Fact]
    public async Task ADeviceThatSaysTooMuchIsTakenMoreSlowly()
    {
        RawMqtt device = await RawThingAsync("clock-1");
        RawMqtt other = await RawThingAsync("clock-2");
        for (int i = 1; i <= 101; i++)
        {
            await device.SendAsync(RawMqtt.Publish("jambox/device/clock-1/telemetry", """{"data":{"v":1}}""", 1, i));
        }

        for (int i = 1; i <= 100; i++)
        {
            Assert.Equal(0x40, (await device.ReadAsync()).Header);
        }

        await UntilAsync(() => Broker.Counts.Delayed == 1);
        await other.SendAsync(RawMqtt.Publish("jambox/device/clock-2/telemetry", """{"data":{"v":1}}""", 1, 1));
        Assert.Equal(0x40, (await other.ReadAsync()).Header);
        Assert.Equal(0, device.Socket.Available);
        await AdvanceAsync(TimeSpan.FromSeconds(1));
        Assert.Equal([0, 101], (await device.ReadAsync()).Body);
    }

    [Fact]
    public async Task TwentyMessagesOfAConnectionAreStoredAtATime()
    {
        RawMqtt device = await RawThingAsync("clock-1");
        Handler.Hold();
        for (int i = 1; i <= 30; i++)
        {
            await device.SendAsync(RawMqtt.Publish("jambox/device/clock-1/telemetry", """{"data":{"v":1}}""", 1, i));
        }

        await UntilAsync(() => Handler.Held == BrokerIntake.Window);
        await Task.Delay(50);
        Assert.Equal(BrokerIntake.Window, Handler.Held);
        Assert.Equal(0, device.Socket.Available);

        // The last is stored first, and is not acknowledged before the others.
        Handler.Release(BrokerIntake.Window - 1);
        await Task.Delay(50);
        Assert.Equal(0, device.Socket.Available);
        Handler.ReleaseAll();
        for (int i = 1; i <= 30; i++)
        {
            Assert.Equal([0, (byte)i], (await device.ReadAsync()).Body);
        }
    }

    [Fact]
    public async Task WhatCannotBeStoredIsNotAcknowledgedAndComesAgain()
    {
        string token = await ThingAsync("clock-1");
        RawMqtt device = await Raw().ConnectAsync("clock-1", token);
        Handler.Hold();
        for (int i = 1; i <= 3; i++)
        {
            await device.SendAsync(RawMqtt.Publish("jambox/device/clock-1/telemetry", $$$"""{"data":{"v":{{{i}}}}}""", 1, i));
        }

        await UntilAsync(() => Handler.Held == 3);
        Handler.Fail(1);
        Handler.ReleaseAll();
        Assert.Equal([[0, 1]], (await device.ReadToEndAsync()).Select(static one => one.Body));

        RawMqtt again = await Raw().ConnectAsync("clock-1", token);
        await again.SendAsync(RawMqtt.Publish("jambox/device/clock-1/telemetry", """{"data":{"v":2}}""", 1, 2, isDup: true));
        Assert.Equal([0, 2], (await again.ReadAsync()).Body);
        Assert.Equal("""{"v":2}""", await ValuesAsync("clock-1"));
    }

    [Fact]
    public async Task ConnectionsThatNobodyClosedAreEnded()
    {
        string token = await ThingAsync("clock-1");
        for (int i = 0; i < 5; i++)
        {
            await Raw().ConnectAsync("clock-1", token, $"half-{i}", keepAlive: 60);
        }

        // A client knows that it is connected a moment before that is counted.
        // What is still being sent when virtual time leaps would be taken for stuck.
        await UntilAsync(() => Broker.Counts.Connections == 5 && !Broker.IsSending);
        await AdvanceAsync(TimeSpan.FromSeconds(80));
        Assert.Equal(5, Broker.Counts.Connections);
        await AdvanceAsync(TimeSpan.FromSeconds(12));
        await UntilAsync(() => Broker.OpenConnections == 0);
        Assert.Equal(0, Broker.Sessions.Count);
    }

    /// <summary>Lets time pass, second by second as the broker looks.</summary>
    private async Task AdvanceAsync(TimeSpan by)
    {
        for (int i = 0; i < by.TotalSeconds; i++)
        {
            Network!.Advance(TimeSpan.FromSeconds(1));
            await Broker.SweepAsync();
        }
    }

    private static byte[] Spoilt(Random random, byte[] packet)
    {
        byte[] spoilt = [.. packet];
        for (int i = random.Next(1, 4); i > 0; i--)
        {
            switch (random.Next(4))
            {
                case 0:
                    spoilt[random.Next(spoilt.Length)] = (byte)random.Next(256);
                    break;
                case 1:
                    spoilt[random.Next(spoilt.Length)] ^= (byte)(1 << random.Next(8));
                    break;
                case 2:
                    spoilt = spoilt[..random.Next(1, spoilt.Length + 1)];
                    break;
                default:
                    byte[] more = new byte[random.Next(1, 40)];
                    random.NextBytes(more);
                    spoilt = [.. spoilt, .. more];
                    break;
            }
        }

        return spoilt;
    }

    /// <summary>The real handler, behind a door that the test opens: a storage that is slow, or fails.</summary>
    private sealed class HeldHandler(IServiceProvider services) : IMqttMessageHandler
    {
        private readonly Lock _lock = new();
        private readonly List<TaskCompletionSource> _held = [];
        private readonly IMqttMessageHandler _real = ActivatorUtilities.CreateInstance<MessageHandler>(services);
        private bool _isHeld;

        public int Held
        {
            get
            {
                lock (_lock)
                {
                    return _held.Count;
                }
            }
        }

        public void Hold()
        {
            lock (_lock)
            {
                _isHeld = true;
            }
        }

        public void Release(int index) => At(index).TrySetResult();

        public void Fail(int index) => At(index).TrySetException(new StorageException("The storage is away", 0, isOutage: true));

        public void ReleaseAll()
        {
            lock (_lock)
            {
                _isHeld = false;
                _held.ForEach(static one => one.TrySetResult());
            }
        }

        public async ValueTask HandleAsync(TopicMatch topic, MqttSender sender, MqttMessage message, CancellationToken cancel)
        {
            Task door = Task.CompletedTask;
            lock (_lock)
            {
                if (_isHeld)
                {
                    TaskCompletionSource one = new(TaskCreationOptions.RunContinuationsAsynchronously);
                    _held.Add(one);
                    door = one.Task;
                }
            }

            await door;
            await _real.HandleAsync(topic, sender, message, cancel);
        }

        private TaskCompletionSource At(int index)
        {
            lock (_lock)
            {
                return _held[index];
            }
        }
    }
}
