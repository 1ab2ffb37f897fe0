using System.Text;
using System.Text.Json;

using JamBox.Backend.Mqtt.Outside;
using JamBox.Backend.Tests.Hosting;

using MQTTnet;
using MQTTnet.Protocol;

namespace JamBox.Backend.Tests.Mqtt;

/// <summary>The backend as a client of Debian's Mosquitto: what devices say through it, and what they get.</summary>
public abstract class OutsideBrokerTests : DeviceWordTests
{
    private const string Password = "secret-of-the-broker";

    private readonly MosquittoServer _broker;

    protected OutsideBrokerTests(BackendHost shared)
        : this(shared, new MosquittoServer())
    {
    }

    private OutsideBrokerTests(BackendHost shared, MosquittoServer broker)
        : base(shared, $"--Mqtt:Broker=mqtt://jambox:{Password}@127.0.0.1:{broker.Port}", $"--Mqtt:ClientId=test{broker.Port}")
    {
        _broker = broker;
    }

    protected override int Port => _broker.Port;

    protected override bool IsListening => Service<OutsideBroker>().IsConnected;

    [MosquittoFact]
    public async Task ABrokerThatIsStoppedAndStartedLosesNothingAndNothingComesTwice()
    {
        Numbers numbers = await StreamAsync(400, async () =>
        {
            await _broker.StopAsync();
            await _broker.StartAsync();
        });
        await UntilAsync(async () => (await StoredAsync()).IsSupersetOf(numbers.Acknowledged));
        Assert.Equal([], numbers.Acknowledged.Except((await CountedAsync()).Keys).Order());
        Assert.Equal([], (await CountedAsync()).Where(one => one.Value > 1 && numbers.SaidOnce.Contains(one.Key)).Select(one => one.Key));
    }

    [MosquittoFact]
    public async Task ABrokerThatIsKilledLosesOnlyWhatItLostItself()
    {
        Numbers numbers = await StreamAsync(400, async () =>
        {
            await _broker.KillAsync();
            await _broker.StartAsync();
        });

        // Everything that was said when it was there again comes; what the broker forgot with its memory it cannot give.
        await UntilAsync(async () => (await StoredAsync()).IsSupersetOf(numbers.SaidAfter));
        Assert.NotEmpty(numbers.SaidAfter);
        Assert.Equal([], (await CountedAsync()).Where(one => one.Value > 1 && numbers.SaidOnce.Contains(one.Key)).Select(one => one.Key));
    }

    [MosquittoFact]
    public async Task WhatIsWantedIsSentAndSentAgainUntilItIsReported()
    {
        IMqttClient device = await DeviceAsync("clock-4", "jambox/device/clock-4/commands", "/vesper/clock-4/control");
        await WantAsync("clock-4", """{"v0":true}""");
        string said = await HeardAsync("jambox/device/clock-4/commands");
        Assert.StartsWith("""{"type":"led","state":1,"virtual_pin":"v0","timestamp":"2026-""", said, StringComparison.Ordinal);
        Assert.Equal("""{"v0":true}""", await HeardAsync("/vesper/clock-4/control"));

        // It connects anew, and is told again.
        await SayAsync(device, "jambox/prod/info/clock-4", "{}");
        Assert.Contains("virtual_pin", await HeardAsync("jambox/device/clock-4/commands"), StringComparison.Ordinal);

        // It has done it, and connects once more: nothing waits.
        await SayAsync(device, "/vesper/clock-4/data", """{"v0":1}""");
        await UntilAsync(async () => (await GetAsync("/api/things/clock-4")).GetProperty("wanted").EnumerateObject().Any() == false);
        await SayAsync(device, "jambox/prod/info/clock-4", "{}");
        await WantAsync("clock-4", """{"v1":0}""");

        // What was wanted before may have been sent once more than it was asked for.
        while (!(await HeardAsync("jambox/device/clock-4/commands")).Contains("\"virtual_pin\":\"v1\"", StringComparison.Ordinal))
        {
            // On to the next.
        }
    }

    /// <summary>The device does not connect anew by itself, and says nothing: only the server knows that it has to be told.</summary>
    [MosquittoFact]
    public async Task WhatIsWantedWhileTheBrokerIsAwayIsSentWhenItIsBack()
    {
        await DeviceAsync("clock-14");
        IMqttClient device = await ConnectAsync("clock-14", Stays);
        await device.SubscribeAsync("jambox/device/clock-14/commands", MqttQualityOfServiceLevel.AtLeastOnce);
        await _broker.StopAsync();
        await UntilAsync(() => Task.FromResult(!IsListening));
        await WantAsync("clock-14", """{"v0":1}""");
        await _broker.StartAsync();
        await ConnectAsync("clock-14", Stays);
        Assert.Contains("\"virtual_pin\":\"v0\"", await HeardAsync("jambox/device/clock-14/commands"), StringComparison.Ordinal);

        static MqttClientOptionsBuilder Stays(MqttClientOptionsBuilder options) =>
            options.WithCleanSession(false).WithSessionExpiryInterval(60);
    }

    [MosquittoFact]
    public async Task ThePasswordOfTheBrokerIsInNoLine()
    {
        await DeviceAsync("clock-9");
        await _broker.StopAsync();
        await UntilAsync(
            () => Task.FromResult(Host.Log.Text.Contains("MQTT: no connection to mqtt://127.0.0.1", StringComparison.Ordinal)));
        Assert.DoesNotContain(Password, Host.Log.Text, StringComparison.Ordinal);
    }

    protected override Task StartBrokerAsync() => _broker.StartAsync();

    protected override void EndBroker() => _broker.Dispose();

    /// <summary>Says numbers as events, and in the midst does something to the broker; what is not acknowledged is said again.</summary>
    private async Task<Numbers> StreamAsync(int count, Func<Task> inTheMidst)
    {
        IMqttClient device = await DeviceAsync("clock-s");
        Numbers numbers = new();
        Task? cut = null;
        for (int number = 1; number <= count || numbers.SaidAfter.Count < count / 4; number++)
        {
            if (number == count / 2)
            {
                cut = Task.Run(inTheMidst);
            }

            bool isAfter = cut?.IsCompleted == true;
            for (int times = 1; ; times++)
            {
                try
                {
                    device = device.IsConnected ? device : await ConnectAsync("clock-s");
                    using CancellationTokenSource limit = new(TimeSpan.FromSeconds(2));
                    MqttClientPublishResult result = await device.PublishAsync(
                        new MqttApplicationMessageBuilder().WithTopic("jambox/prod/event/clock-s/n")
                            .WithPayload(Encoding.ASCII.GetBytes($"{{\"n\":{number}}}"))
                            .WithQualityOfServiceLevel(MqttQualityOfServiceLevel.AtLeastOnce).Build(),
                        limit.Token);
                    Assert.True(result.IsSuccess);
                    numbers.Acknowledged.Add(number);
                    if (isAfter)
                    {
                        numbers.SaidAfter.Add(number);
                    }

                    if (times == 1)
                    {
                        numbers.SaidOnce.Add(number);
                    }

                    break;
                }
                catch (Exception gone) when (gone is not Xunit.Sdk.XunitException && times < 100)
                {
                    await Task.Delay(50);
                }
            }
        }

        await cut!;
        return numbers;
    }

    private async Task<HashSet<int>> StoredAsync() => [.. (await CountedAsync()).Keys];

    /// <summary>How often each number is stored.</summary>
    private async Task<Dictionary<int, int>> CountedAsync() =>
        (await GetAsync("/api/devices/clock-s/events?limit=1000")).EnumerateArray()
            .GroupBy(one => one.GetProperty("data").GetProperty("n").GetInt32()).ToDictionary(one => one.Key, one => one.Count());

    private sealed class Numbers
    {
        public HashSet<int> Acknowledged { get; } = [];

        public HashSet<int> SaidOnce { get; } = [];

        public HashSet<int> SaidAfter { get; } = [];
    }
}
