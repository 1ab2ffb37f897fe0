using System.Buffers;
using System.Globalization;
using System.Text.RegularExpressions;

using JamBox.Backend.Mqtt;
using JamBox.Backend.Mqtt.Embedded;
using JamBox.Backend.Operation;
using JamBox.Backend.Tests.Hosting;

using MQTTnet.Adapter;
using MQTTnet.Exceptions;
using MQTTnet.Formatter;

using Xunit.Abstractions;

namespace JamBox.Backend.Tests.Mqtt.Embedded;

/// <summary>Parts of the broker by themselves.</summary>
public sealed class BrokerPartTests(ITestOutputHelper output)
{
    private readonly ManualClock _clock = new();

    [Theory]
    [InlineData("", "")]
    [InlineData("127.0.0.1:1883", "127.0.0.1:1883")]
    [InlineData("127.0.0.1:1883, 0.0.0.0:8883", "127.0.0.1:1883 0.0.0.0:8883 TLS")]
    [InlineData("mqtts://[::1]:9000,mqtt://0.0.0.0:8883", "[::1]:9000 TLS 0.0.0.0:8883")]
    [InlineData("127.0.0.1:0", "127.0.0.1:0")]
    [InlineData("127.0.0.1", null)]
    [InlineData(":1883", null)]
    [InlineData("localhost:1883", null)]
    [InlineData("::1:1883", null)]
    [InlineData("127.0.0.1:70000", null)]
    [InlineData("127.0.0.1:-1", null)]
    [InlineData("http://127.0.0.1:80", null)]
    public void AddressesAreRead(string text, string? expected) => Assert.Equal(
        expected, ListenAddress.ParseAll(text) is { } all
            ? string.Join(' ', all.Select(static one => one.EndPoint + (one.IsTls ? " TLS" : "")))
            : null);

    [Theory]
    [InlineData("Mqtt:Listen", "both set", "--Mqtt:Listen=127.0.0.1:0", "--Mqtt:Broker=mqtt://127.0.0.1:1")]
    [InlineData("Mqtt:Certificate", "must be set", "--Mqtt:Listen=127.0.0.1:8883")]
    [InlineData("Mqtt:Certificate", "no such file", "--Mqtt:Listen=127.0.0.1:8883", "--Mqtt:Certificate=/nowhere.pem")]
    [InlineData("Mqtt:Listen", "must be addresses", "--Mqtt:Listen=here")]
    [InlineData("Mqtt:HomeAssistant", "Mqtt:Listen or Mqtt:Broker", "--Mqtt:HomeAssistant=true")]
    [InlineData("Mqtt:MessagesPerMinute", "whole number", "--Mqtt:Listen=127.0.0.1:0", "--Mqtt:MessagesPerMinute=0")]
    public async Task AStartThatCannotBeIsRefused(string key, string why, params string[] args)
    {
        await using BackendHost host = new(TestStorage.Sqlite) { Args = args };
        StartupException refused = Assert.Throws<StartupException>(host.Build);
        Assert.StartsWith(key, refused.Message, StringComparison.Ordinal);
        Assert.Contains(why, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnAddressThatIsTakenIsNamed()
    {
        await using BackendHost first = new(TestStorage.Sqlite) { Args = ["--Mqtt:Listen=127.0.0.1:0"] };
        await first.StartAsync();
        int port = ((EmbeddedBroker)first.Services.GetService(typeof(EmbeddedBroker))!).EndPoints[0].Port;
        await using BackendHost second = new(TestStorage.Sqlite) { Args = [$"--Mqtt:Listen=127.0.0.1:{port}"] };
        StartupException refused = await Assert.ThrowsAsync<StartupException>(second.StartAsync);
        Assert.StartsWith("Mqtt:Listen", refused.Message, StringComparison.Ordinal);
    }

    /// <summary>The tree finds what a comparison of each filter with the topic finds.</summary>
    [Fact]
    public void TheTreeFindsWhatEachFilterMeans()
    {
        string? said = Environment.GetEnvironmentVariable("JB_SEED");
        int seed = said is null ? 5 : int.Parse(said, CultureInfo.InvariantCulture);
        output.WriteLine($"Seed {seed}; again with JB_SEED={seed}");
        Random random = new(seed);
        TopicTree tree = new();
        BrokerSession[] sessions =
            [.. Enumerable.Range(0, 8).Select(i => new BrokerSession($"{i}\n", new MessageBudget(), new RetainedMessages(), _clock))];
        HashSet<(string Filter, BrokerSession Session)> expected = [];
        for (int round = 0; round < 5000; round++)
        {
            string filter = Text(random, ["a", "b", "", "+"]) + (random.Next(4) == 0 ? "/#" : "");
            BrokerSession session = sessions[random.Next(sessions.Length)];
            if (random.Next(2) == 0)
            {
                tree.Add(filter, session, default);
                expected.Add((filter, session));
            }
            else
            {
                tree.Remove(filter, session);
                expected.Remove((filter, session));
            }

            string topic = Text(random, ["a", "b", "", "c"]);
            List<(BrokerSession Session, Subscription Subscription)> found = [];
            tree.Find(topic, found);
            Assert.Equal(
                expected.Where(one => Means(one.Filter).IsMatch(topic)).Select(static one => one.Session.Key).Distinct().Order(),
                found.Select(static one => one.Session.Key).Order());
            Assert.Equal(Means(filter).IsMatch(topic), TopicTree.IsFor(filter, topic));
        }
    }

    [Fact]
    public void APaceIsKeptAndAWaitIsBounded()
    {
        MessagePace pace = new(100, _clock);
        for (int i = 0; i < 100; i++)
        {
            Assert.Equal(TimeSpan.Zero, pace.Take("a", TimeSpan.Zero));
        }

        Assert.Equal(0.6, pace.Take("a", TimeSpan.Zero).TotalSeconds, 3);
        Assert.Equal(MessagePace.MaxWait, pace.Take("a", TimeSpan.FromMinutes(1)));
        Assert.Equal(TimeSpan.FromSeconds(0.5), pace.Take("a", TimeSpan.FromSeconds(2)));
        Assert.Equal(TimeSpan.Zero, pace.Take("b", TimeSpan.Zero));

        // Who has been too fast for an hour is let go on a moment later.
        for (int i = 0; i < 1000; i++)
        {
            pace.Take("a", TimeSpan.Zero);
        }

        _clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(TimeSpan.Zero, pace.Take("a", TimeSpan.Zero));
    }

    /// <summary>Whatever comes, and in whatever pieces: a packet, too little, or a clear refusal.</summary>
    [Fact]
    public void AnyBytesAreAPacketOrRefused()
    {
        string? said = Environment.GetEnvironmentVariable("JB_SEED");
        int seed = said is null ? 3 : int.Parse(said, CultureInfo.InvariantCulture);
        output.WriteLine($"Seed {seed}; again with JB_SEED={seed}");
        Random random = new(seed);
        int read = 0;
        for (int round = 0; round < 20_000; round++)
        {
            byte[] bytes = new byte[random.Next(1, 60)];
            random.NextBytes(bytes);
            bytes[0] = (byte)((random.Next(1, 16) << 4) | random.Next(16));
            if (bytes.Length > 1 && random.Next(3) > 0)
            {
                bytes[1] = (byte)(bytes.Length - 2);
            }

            ReadOnlySequence<byte> input = new(bytes);
            try
            {
                if (PacketCodec.TryCut(ref input, isFirst: false, out ReceivedMqttPacket packet))
                {
                    PacketCodec.VersionOf(packet);
                    PacketCodec.IsNamelessSession(packet);
                    PacketCodec.Decode(packet, random.Next(2) == 0 ? MqttProtocolVersion.V311 : MqttProtocolVersion.V500);
                    read++;
                }
            }
            catch (MqttProtocolViolationException)
            {
                // That is what it is for.
            }
        }

        Assert.InRange(read, 1000, 20_000);
    }

    /// <summary>A filter in the words of the specification, as an expression.</summary>
    private static Regex Means(string filter) => new(
        $"^{filter.Replace("/#", "(/.*)?", StringComparison.Ordinal).Replace("+", "[^/]*", StringComparison.Ordinal)}$");

    private static string Text(Random random, string[] parts) =>
        string.Join('/', Enumerable.Range(0, random.Next(1, 5)).Select(_ => parts[random.Next(parts.Length)]));
}
