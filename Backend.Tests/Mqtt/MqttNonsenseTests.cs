using System.ComponentModel.DataAnnotations;

using JamBox.Backend.Mqtt;
using JamBox.Backend.Mqtt.Handling;
using JamBox.Backend.Mqtt.Outside;
using JamBox.Backend.Tests.Wire;

using MQTTnet;
using MQTTnet.Formatter;

namespace JamBox.Backend.Tests.Mqtt;

/// <summary>Payloads, topics and addresses: whatever comes, it is read as it was meant or refused, and never thrown.</summary>
public sealed class MqttNonsenseTests
{
    private static readonly string[] s_parts =
    [
        "jambox", "old", "vesper", "device", "box", "prod", "dev", "clock-1", "telemetry", "commands", "info", "heartbeat", "version",
        "request", "response", "updates", "ota", "start", "progress", "complete", "command", "config", "event", "door", "display",
        "snapshot", "data", "control", "", "+", "#", "$share", "..", " ", "\u00e4", "\0", "JAMBOX", "a.b", "*",
    ];

    [Fact]
    public void NonsenseIsNoWordOfAnUpdate() => JsonNonsense.Run(
        nameof(NonsenseIsNoWordOfAnUpdate),
        [
            """{"session_id":"4f-a","product":"clock","platform":"esp32","old_version":"1.2.3","new_version":"1.3.0"}""",
            """{"progress":55.5,"session_id":"4f"}""", """{"status":"failed","error":"no room"}""", """{"success":true}""",
        ],
        static body =>
        {
            OtaWord? word = OtaWord.Parse(body, out string? fault);
            Assert.Equal(word is null, fault is not null);
            Assert.InRange(word?.Percent ?? 0, 0, 100);
            Assert.True(word?.SessionId is null || word.SessionId.All(static c => char.IsAsciiLetterOrDigit(c) || c == '-'));
            Assert.All(
                new[] { word?.SessionId, word?.Product, word?.Platform, word?.OldVersion, word?.NewVersion, word?.Error }, AssertShort);
            return word is not null;
        });

    [Fact]
    public void NonsenseNamesNoDevice() => JsonNonsense.Run(
        nameof(NonsenseNamesNoDevice),
        ["""{"device_id":"clock-1","board":"ESP32"}""", """{"a":{"device_id":"no"},"device_id":"clock-2"}"""],
        static body =>
        {
            string? id = MqttJson.Text(body, "device_id");
            AssertShort(id);
            return id is not null;
        });

    /// <summary>What is found in a topic writes that topic again; the type of an event stands at its end.</summary>
    [Fact]
    public void TopicsAreReadAsTheyAreWritten()
    {
        TopicMap map = new("jambox:device+env,old:device,vesper:serial");
        Run(nameof(TopicsAreReadAsTheyAreWritten), 50_000, random => string.Join('/', Parts(random)), topic =>
        {
            if (map.Find(topic) is not { } match)
            {
                return false;
            }

            string written = TopicMap.Write(match.Kind, match.Prefix, match.Environment, match.DeviceId);
            Assert.Equal(topic, match.Rest is null ? written : written[..^1] + match.Rest);
            Assert.NotEqual("", match.DeviceId);
            Assert.True(match.Environment is not ("device" or "box"), topic);
            return true;
        });
    }

    /// <summary>What is read from a routing key is a topic without dots, or nothing.</summary>
    [Fact]
    public void RoutingKeysAreReadAsTopics() => Run(
        nameof(RoutingKeysAreReadAsTopics), 20_000, random => string.Join(random.Next(20) == 0 ? '/' : '.', Parts(random)), key =>
        {
            string? topic = RabbitTopic.Read(key);
            Assert.Equal(topic is null, key.Length is 0 || key.AsSpan().IndexOfAny("/+\0") >= 0);
            if (topic is not null)
            {
                Assert.Equal(key, topic.Replace('/', '.').Replace('+', '*'));
            }

            return topic is not null;
        });

    /// <summary>An address is refused at the start, or a connection can be made with it; its password is not shown.</summary>
    [Fact]
    public void AddressesOfBrokersAreRefusedOrGood()
    {
        string[] parts =
        [
            "mqtt://", "mqtts://", "http://", "jambox", ":", "secret", "@", "broker.example.org", "[::1]",
            "127.0.0.1", ":8883", ":99999", "%40",
            "%", "/x", "?a", "#b", " ", "\u00e4",
        ];
        Run(
            nameof(AddressesOfBrokersAreRefusedOrGood), 20_000,
            random => random.Next(3) == 0
                ? "mqtts://jambox:secret@broker.example.org" + Some(random, parts, 2)
                : Some(random, parts, 6),
            address =>
            {
                MqttOptions options = new() { Broker = address };
                if (options.Validate(new ValidationContext(options)).Any())
                {
                    return false;
                }

                MqttClientOptions made = BrokerAddress.Options(options, "a", true, MqttProtocolVersion.V500);
                Assert.Equal(options.Address!.Scheme == "mqtts", made.ChannelOptions.TlsOptions?.UseTls == true);
                Assert.DoesNotContain("@", BrokerAddress.Shown(options.Address), StringComparison.Ordinal);
                return true;
            });
    }

    private static string[] Parts(Random random)
    {
        string[] parts = random.Next(4) switch
        {
            0 => ["jambox", "device", "clock-1", "telemetry"],
            1 => ["", "vesper", "clock-1", "data"],
            2 => random.Next(2) == 0 ? ["jambox", "prod", "ota", "start", "clock-1"] : ["jambox", "dev", "event", "clock-1", "door"],
            _ => [.. Enumerable.Range(0, random.Next(1, 7)).Select(_ => s_parts[random.Next(s_parts.Length)])],
        };
        if (random.Next(2) == 0)
        {
            parts[random.Next(parts.Length)] = s_parts[random.Next(s_parts.Length)];
        }

        return parts;
    }

    private static string Some(Random random, string[] parts, int most) =>
        string.Concat(Enumerable.Range(0, random.Next(most + 1)).Select(_ => parts[random.Next(parts.Length)]));

    private static void Run(string test, int rounds, Func<Random, string> make, Func<string, bool> check)
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_FUZZ_SEED") ?? "20260129");
        rounds = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_FUZZ_ROUNDS") ?? $"{rounds}");
        string replay = $"JAMBOX_FUZZ_SEED={seed} JAMBOX_FUZZ_ROUNDS={rounds} dotnet test Backend.Tests --filter {test}";
        Random random = new(seed);
        int taken = 0;
        for (int round = 0; round < rounds; round++)
        {
            string text = make(random);
            try
            {
                taken += check(text) ? 1 : 0;
            }
            catch (Exception wrong)
            {
                Assert.Fail($"Round {round}: {text}: {wrong.Message}. Again with:\n{replay}");
            }
        }

        Assert.True(taken > rounds / 100 && taken < rounds, $"{taken} of {rounds} were taken. Again with:\n{replay}");
    }

    private static void AssertShort(string? text) =>
        Assert.True(text is null || (text.Length <= 64 && !text.Any(static c => char.IsControl(c) || char.IsSurrogate(c))), text);
}
