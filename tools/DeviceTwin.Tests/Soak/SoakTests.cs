using JamBox.App;
using JamBox.Counting;
using JamBox.Twin.Faults;
using JamBox.Twin.Modem;
using JamBox.Twin.Run;
using JamBox.Twin.Soak;
using JamBox.Twin.Tests.Run;
using Microsoft.Data.Sqlite;

namespace JamBox.Twin.Tests.Soak;

/// <summary>Worlds full of trouble: the invariants hold; and when somebody breaks one, that is seen.</summary>
[Collection(nameof(TwinRunTests))]
public sealed class SoakTests : IDisposable
{
    private const int HourMs = 3_600_000;

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-twin-test").FullName;
    private int _worlds;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>What CI runs: 20 worlds of a day each. A failure names the seed and the command that replays it.</summary>
    [Fact]
    public async Task TwentyWorldsHold()
    {
        var output = new StringWriter();
        var options = new SoakOptions { Worlds = 20, FirstSeed = 1_000, Faults = FaultTable.Named("all")!, FaultsArgument = "all" };
        SoakTotals totals = await new SoakRun(options, output).RunAsync(CancellationToken.None);
        Assert.True(totals.Failed.Count == 0, output.ToString());
        Assert.Equal(20, totals.Worlds);
        Assert.True(totals.ToJson(1)["faults_total"]!.GetValue<long>() > 1_000);
    }

    /// <summary>The same seed: the same bytes to and from the modem, the same log, the same database.</summary>
    [Fact]
    public async Task AFaultyWorldReplaysExactly()
    {
        string[] first = await DumpAsync("a", 6);
        DatabaseDump.AssertSame(first, await DumpAsync("b", 6));
        Assert.NotEqual(first[0], (await DumpAsync("c", 7))[0]);
    }

    /// <summary>Power goes in the middle of each of the first operations on flash and store, one world each.</summary>
    [Fact]
    public async Task PowerMayGoInEveryOperation()
    {
        for (int operation = 1; operation <= 24; operation++)
        {
            WorldResult result = await RunAsync(new WorldOptions
            {
                Seed = 5, Faults = FaultTable.Named("none")!, Hours = 1.2, Crowd = 60, PowerLossAt = operation, Folder = NewFolder(),
            });
            Assert.True(result.ProblemCount == 0, $"operation {operation}: {string.Join("; ", result.Problems)}");
            Assert.Equal((1, 2), (result.Torn, result.Boots["power"]));
            Assert.InRange(result.Readings.GetValueOrDefault(Fate.LostWithPower), 0, 1);
        }
    }

    /// <summary>A hang ends with a bite of the watchdog, and the next heartbeat says so.</summary>
    [Fact]
    public async Task AHangEndsWithABite()
    {
        FaultProfile hangs = FaultProfile.Parse("hangs", ["power.hang = 24"]);
        WorldResult result = await RunAsync(new WorldOptions
        {
            Seed = 3,
            Faults = hangs,
            IsMixed = false,
            Hours = 3,
            Folder = NewFolder(),
        });
        Assert.True(result.ProblemCount == 0, string.Join("; ", result.Problems));
        Assert.True(result.Boots["watchdog"] > 0);
    }

    [Fact]
    public Task AReadingThatIsNotStoredIsSeen() =>
        AssertSeenAsync("was sent but is not stored", ended: Sql("DELETE FROM readings WHERE n = 2"));

    [Fact]
    public Task AReadingStoredTwiceIsSeen() => AssertSeenAsync(
        "stored more than once",
        ended: Sql(
            "CREATE TABLE copy AS SELECT * FROM readings WHERE n = 2; UPDATE copy SET id = 100000, key_a = 1, key_b = 1; INSERT INTO readings SELECT * FROM copy"));

    [Fact]
    public Task AReadingThatNobodyClosedIsSeen() =>
        AssertSeenAsync("was never closed", ended: Sql("UPDATE readings SET n = 1000 WHERE n = 2"));

    [Fact]
    public Task AReadingStoredOtherwiseIsSeen() =>
        AssertSeenAsync("is stored as", ended: Sql("UPDATE readings SET impressions = impressions + 1 WHERE n = 2"));

    [Fact]
    public Task AReadingOfAnotherTimeIsSeen() =>
        AssertSeenAsync("it was closed at", ended: Sql("UPDATE readings SET t = t - 60000 WHERE n = 2"));

    [Fact]
    public Task ACountThatIsWrongIsSeen() => AssertSeenAsync("the naive counter says", (device, invariants, _) =>
        device.Parts.Clock.At(HourMs / 2, () => invariants.Counts.AddFrame(Probe(0x02A4F1C37E59), -60, 0)));

    [Fact]
    public Task AReadingThatVanishesIsSeen() => AssertSeenAsync("left the ring although", (device, _, bridge) =>
    {
        bridge.Faults.IsRefusing = true;
        device.Parts.Clock.At(HourMs / 2, () => device.Box.Ring.RemoveOldest());
        device.Parts.Clock.At(HourMs / 2 + 60_000, () => bridge.Faults.IsRefusing = false);
    });

    [Fact]
    public Task AnAddressInTheStoreIsSeen() => AssertSeenAsync("an address that was on air is in the store", (device, invariants, _) =>
        device.Parts.Clock.At(HourMs / 2, () =>
        {
            byte[] frame = Probe(0x02A4F1C37E59);
            invariants.Counts.AddFrame(frame, -60, 0);
            device.Parts.Store.Set("last", frame[10..16], 6);
        }));

    [Fact]
    public Task TheTokenInTheLogIsSeen() => AssertSeenAsync("the token is in the log", (device, _, _) =>
        device.Parts.Clock.At(
            HourMs / 2, () => device.System.Log("token " + System.Text.Encoding.ASCII.GetString(device.Box.Identity.Token))));

    [Fact]
    public Task ABiteForNothingIsSeen() => AssertSeenAsync("the watchdog bit", (device, _, _) =>
        device.Parts.Clock.At(HourMs / 2, () => device.Parts.Power.IsHanging = true));

    [Fact]
    public Task ACommandThatIsGivenAgainIsSeen() => AssertSeenAsync("is given again although", (_, _, bridge) =>
        bridge.Faults.Amend = (_, response) => Replace(response, "}", ",\"command\":\"send_now\",\"cid\":7}"));

    [Fact]
    public Task AConfigurationOfPiecesIsSeen() => AssertSeenAsync("was never handed out", (_, _, bridge) =>
        bridge.Faults.Amend = (_, response) => Replace(response, "\"rssi_far_threshold\":-80", "\"rssi_far_threshold\":-81"));

    [Fact]
    public Task ATimeThatIsForgedIsSeen() => AssertSeenAsync("believes a time that was forged", (device, _, bridge) =>
        bridge.Faults.Tamper = (_, response) => Forged(device, response));

    [Fact]
    public Task AForgedCommandThatIsCarriedOutIsSeen() => AssertSeenAsync("was never given", (device, _, bridge) =>
        bridge.Faults.Tamper = (_, response) => Forged(device, response));

    [Fact]
    public Task TheKeyForAnswersInTheLogIsSeen() => AssertSeenWithKeyAsync("the key for answers is in the log", (device, _, _) =>
        device.Parts.Clock.At(
            HourMs / 2, () => device.System.Log("key " + System.Text.Encoding.Latin1.GetString(device.Box.Identity.MacKey))));

    /// <summary>The same forgeries, and a box with a key: nothing happens but that they are counted.</summary>
    [Fact]
    public async Task ABoxWithAKeyObeysNoForgery()
    {
        int counted = 0;
        WorldResult result = await RunAsync(new WorldOptions
        {
            Seed = 2,
            Faults = FaultTable.Named("none")!,
            Hours = 1,
            Crowd = 60,
            Folder = NewFolder(),
            HasMacKey = true,
            Prepared = (device, _, bridge) => bridge.Faults.Tamper = (_, response) =>
            {
                counted = Math.Max(counted, device.Box.Health.Value(JamBox.Storage.Health.AnswersNotAuthentic));
                return Forged(device, response);
            },
        });
        Assert.True(result.ProblemCount == 0, string.Join("; ", result.Problems));
        Assert.True(counted > 3, $"{counted}");
    }

    /// <summary>Somebody sits on the line all day, and does everything that he can.</summary>
    [Fact]
    public async Task SomebodyOnTheLineIsNotObeyed()
    {
        (int commands, int configurations) = (0, 0);
        for (long seed = 41; seed <= 44; seed++)
        {
            WorldResult result = await RunAsync(new WorldOptions
            {
                Seed = seed,
                Faults = FaultProfile.Parse("line", ["line.forged = 150", "operator.command = 12", "operator.config = 6"]),
                IsMixed = false,
                Hours = 12,
                Folder = NewFolder(),
                HasMacKey = true,
            });
            Assert.True(
                result.ProblemCount == 0, $"--soak-seed {seed} with these faults: {string.Join("; ", result.Problems)}");
            Assert.True(result.Faults.ByName["line.forged"] > 50);
            commands += result.Commands;
            configurations += result.Configurations;
        }

        Assert.True(commands > 8 && configurations > 4, $"{commands} commands, {configurations} configurations of the operator");
    }

    /// <summary>What is reachable from an object of the firmware is added up, and more is more.</summary>
    [Fact]
    public void WhatIsKeptIsAddedUp()
    {
        var config = new BoxConfig();
        long before = HeapWalker.Walk(config).Bytes;
        config.WifiChannels = new byte[1_000];
        Assert.Equal(before + 997, HeapWalker.Walk(config).Bytes);
        Assert.InRange(HeapWalker.Walk(new PeopleCounter(new byte[PeopleCounter.SaltLength], new Thresholds())).Bytes, 20_000, 60_000);
    }

    private static byte[] Probe(ulong address)
    {
        var frame = new byte[30];
        frame[0] = 0x40;
        for (int i = 0; i < 6; i++)
        {
            frame[10 + i] = (byte)(address >> (40 - (8 * i)));
        }

        return frame;
    }

    private static byte[] Replace(byte[] response, string old, string replacement)
    {
        string text = System.Text.Encoding.ASCII.GetString(response);
        int body = text.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4;
        string changed = text[body..].Replace(old, replacement, StringComparison.Ordinal);
        return HttpText.Response(text[9..12] + " OK", changed, closes: true);
    }

    private static Action<string> Sql(string statement) => database =>
    {
        using var connection = new SqliteConnection(
            new SqliteConnectionStringBuilder { DataSource = database, Pooling = false }.ToString());
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = statement;
        command.ExecuteNonQuery();
    };

    private async Task AssertSeenAsync(
        string words, Action<DeviceRun, Invariants, VirtualHttpBridge>? prepared = null, Action<string>? ended = null)
    {
        var options = new WorldOptions
        {
            Seed = 2, Faults = FaultTable.Named("none")!, Hours = 1, Crowd = 60, Folder = NewFolder(), Prepared = prepared, Ended = ended,

            // One that obeys whoever is on the line.
            HasMacKey = false,
        };
        WorldResult result = await RunAsync(options);
        Assert.Contains(result.Problems, problem => problem.Contains(words, StringComparison.Ordinal));
        Assert.Empty((await RunAsync(options with { Folder = NewFolder(), Prepared = null, Ended = null })).Problems);
    }

    private async Task AssertSeenWithKeyAsync(string words, Action<DeviceRun, Invariants, VirtualHttpBridge> prepared)
    {
        WorldResult result = await RunAsync(new WorldOptions
        {
            Seed = 2, Faults = FaultTable.Named("none")!, Hours = 1, Crowd = 60, Folder = NewFolder(), Prepared = prepared, HasMacKey = true,
        });
        Assert.Contains(result.Problems, problem => problem.Contains(words, StringComparison.Ordinal));
    }

    // For a while only, so that the box can send what waits.
    private static byte[] Forged(DeviceRun device, byte[] response) =>
        device.VirtualMs is < HourMs / 4 or > HourMs / 2
            ? response
            : HttpText.Response(
                System.Text.Encoding.ASCII.GetString(response, 9, 3) + " OK",
                $"{{\"status\":\"ok\",\"server_time\":\"{LineTroubles.ForgedYear}-01-01T00:00:00Z\",\"command\":\"send_now\",\"cid\":2000000001}}",
                closes: true);

    private async Task<string[]> DumpAsync(string name, long seed)
    {
        string folder = Path.Combine(_folder, name);
        string transcript = Path.Combine(_folder, name + ".txt");
        await RunAsync(new WorldOptions
        {
            Seed = seed, Faults = FaultTable.Named("all")!, Hours = 8, Folder = folder, Transcript = transcript, KeepsLog = true,
        });
        return [File.ReadAllText(transcript), File.ReadAllText(Path.Combine(folder, "JBNB0001.log")),
            DatabaseDump.Of(Path.Combine(folder, "jambox.db"))];
    }

    private string NewFolder() => Path.Combine(_folder, "world" + ++_worlds);

    private static Task<WorldResult> RunAsync(WorldOptions options) => Task.Run(() => World.RunAsync(options, CancellationToken.None));
}
