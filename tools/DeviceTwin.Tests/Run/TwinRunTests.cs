using System.Text.Json.Nodes;
using JamBox.Twin.Run;

namespace JamBox.Twin.Tests.Run;

/// <summary>The whole path: air → firmware → AT → HTTP → backend → SQLite.</summary>
[Collection(nameof(TwinRunTests))]
public sealed class TwinRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-twin-test").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The figures that others made of this capture with other tools are in the database.</summary>
    [CaptureFact]
    public async Task TheLabCaptureIsStoredAsOthersCountedIt()
    {
        TwinResult result = await RunAsync(new TwinOptions { Captures = [SharedCaptures.PathOf(SharedCaptures.Brno16)] });
        Assert.Empty(result.Problems);
        foreach (ReadingTotals totals in new[] { result.Truth, result.Heard, result.Counted, result.Stored! })
        {
            AssertFields(totals, ("i", 2757), ("u", 1359), ("probe_rssi_min", -32), ("probe_rssi_max", -97));
            AssertFields(totals, ("rssi_immediate", 53), ("rssi_near", 403), ("rssi_far", 289), ("rssi_remote", 614));
            AssertFields(totals, ("ble_i", 0), ("ble_u", 0), ("of", 0), ("do", 0), ("rl", 0));
        }

        Assert.Equal(-74.11, Math.Round(result.Truth[2]!.Value, 2));

        // Readings carry whole dBm, so that their mean can be half a dBm beside the truth.
        Assert.InRange(result.Stored![2]!.Value, -74.61, -73.61);
    }

    /// <summary>Where nobody was but global addresses, nobody is counted.</summary>
    [CaptureFact]
    public async Task TheEmptyLabIsEmpty()
    {
        TwinResult result = await RunAsync(new TwinOptions { Captures = [SharedCaptures.PathOf(SharedCaptures.Brno17)] });
        Assert.Empty(result.Problems);
        AssertFields(result.Stored!, ("i", 0), ("u", 0), ("rssi_remote", 0));
        Assert.Null(result.Stored![2]);
        Assert.True(result.Readings >= 5.2 * 12);
    }

    /// <summary>Bluetooth: good CRCs only, no scan responses, no RSSI where the capture has none.</summary>
    [CaptureFact]
    public async Task TheBluetoothCaptureIsStoredAsOthersCountedIt()
    {
        TwinResult result = await RunAsync(new TwinOptions { Captures = [SharedCaptures.PathOf(SharedCaptures.Boston)] });
        Assert.Empty(result.Problems);
        AssertFields(result.Stored!, ("ble_i", 1956), ("ble_u", 12 + 16 + 14), ("i", 0));
        Assert.Equal(result.Truth[15], result.Stored![15]);
        Assert.Null(result.Stored[17]);
    }

    /// <summary>
    /// A capture of any date ends, with the same figures: also one of a sniffer that learned the time in between, or whose stamps are
    /// damaged.
    /// </summary>
    [Theory]
    [InlineData(3u, 3u)]
    [InlineData(951_868_680u, 951_868_680u)]
    [InlineData(2_147_483_587u, 2_147_483_587u)]
    [InlineData(4_294_966_980u, 4_294_966_980u)]
    [InlineData(3u, 1_678_961_040u)]
    [InlineData(1_678_961_040u, 4_294_966_980u)]
    public async Task ACaptureOfAnyDateEnds(uint start, uint later)
    {
        CaptureBuilder file = new CaptureBuilder(false).PcapHeader(127);
        for (uint second = 0; second < 240; second += 5)
        {
            uint at = (second < 120 ? start : later) / 60 * 60;
            file.PcapPacket(
                at + second, 0, CaptureBuilder.Radiotap(2_437, -60, 0, CaptureBuilder.Probe(0x02_11_22_33_44_50UL + (second % 4))));
        }

        string path = Path.Combine(_folder, "dated.pcap");
        File.WriteAllBytes(path, file.ToArray());
        TwinResult result = await RunAsync(new TwinOptions { Captures = [path] });
        Assert.Empty(result.Problems);
        foreach (ReadingTotals totals in new[] { result.Truth, result.Counted, result.Stored! })
        {
            AssertFields(totals, ("i", 48), ("u", 16), ("rssi_near", 16), ("dwell_1_5", start == later ? 4 : 8));
        }

        Assert.InRange(result.VirtualSeconds, 900, 3 * 86_400);
    }

    /// <summary>Two runs with the same seed: the same bytes to and from the modem, the same database.</summary>
    [Fact]
    public async Task TheSameSeedGivesTheSameBytes()
    {
        var options = new TwinOptions { Hours = 1, Seed = 42, Devices = 2 };
        string[] first = await RunAndDumpAsync("a", options);
        string[] second = await RunAndDumpAsync("b", options);
        DatabaseDump.AssertSame(first, second);
        string[] other = await RunAndDumpAsync("c", options with { Seed = 43 });
        Assert.NotEqual(first[0], other[0]);
    }

    /// <summary>A crowd for two hours: what the radio delivered is what was counted, and what was counted is stored.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task WhatIsHeardIsCountedAndStored(long seed)
    {
        TwinResult result = await RunAsync(new TwinOptions { Hours = 2, Seed = seed, Crowd = 200 });
        Assert.Empty(result.Problems);
        Assert.True(result.People > 0 && result.Truth[0] > result.Heard[0] && result.Heard[0] > 0);
        for (int field = 0; field < ReadingTotals.Names.Length; field++)
        {
            Assert.Equal(result.Counted[field], result.Stored![field]);
            if (ReadingTotals.IsOnAir(field) && field is not (2 or 17))
            {
                Assert.True(
                    result.Heard[field] == result.Counted[field],
                    $"seed {seed}: {ReadingTotals.Names[field]} is {result.Counted[field]}, heard was {result.Heard[field]}");
            }
        }
    }

    /// <summary>
    /// What a box and the backend really say to each other is within the budgets of docs/wire.md, which are for a host of 24 characters;
    /// and JSON takes more than twice as much.
    /// </summary>
    [Fact]
    public async Task TheCompactWireCostsWhatItMay()
    {
        int host = 24 - TwinNetwork.HostName.Length - ":5000".Length;
        TwinResult compact = await RunAsync(new TwinOptions { Hours = 2, Crowd = 200 });
        Assert.Empty(compact.Problems);
        Assert.True(compact.Air.Single > 20 && compact.Air.Heartbeats >= 1);
        Assert.InRange(compact.Air.ReadingCost + host, 150, 350);
        Assert.InRange(compact.Air.HeartbeatCost + host, 150, 300);
        Assert.InRange(compact.Air.YearMb, 10, 40);
        TwinResult json = await RunAsync(new TwinOptions { Hours = 2, Crowd = 200, SendsJson = true });
        Assert.Empty(json.Problems);
        Assert.True(json.Air.ReadingCost > 2 * compact.Air.ReadingCost, $"{json.Air.ReadingCost} and {compact.Air.ReadingCost}");
    }

    /// <summary>
    /// A day with ten counts by hand, through the backend's own API: its estimate is near who was there, and its ranges hold them.
    /// </summary>
    [Fact]
    public async Task TheEstimateOfPeopleIsHeldAgainstTheTruth()
    {
        TwinResult result = await RunAsync(new TwinOptions { Hours = 11.2 });
        Assert.Empty(result.Problems);
        PeopleVerdict verdict = result.Verdict!;
        Assert.Equal((10, 10), (verdict.Counts, verdict.Hours.Count));
        Assert.True(verdict.PeopleEstimate!.Value.Holds(verdict.Present), string.Join("; ", verdict.Lines()));
        Assert.True(verdict.VisitorsEstimate!.Value.Holds(verdict.Visitors), string.Join("; ", verdict.Lines()));
        Assert.InRange(verdict.PeopleEstimate!.Value.Value, verdict.Present * 0.6, verdict.Present * 1.6);
        Assert.True(verdict.Hours.Count(hour => hour.Estimate is { } e && e.Holds(hour.Present)) >= 7, string.Join("; ", verdict.Lines()));
    }

    /// <summary>The summary as JSON has the fields of a reading three times, and what the run took.</summary>
    [Fact]
    public async Task TheSummaryIsWritten()
    {
        string path = Path.Combine(_folder, "summary.json");
        await RunAsync(new TwinOptions { Hours = 0.2, Summary = path });
        JsonNode json = JsonNode.Parse(File.ReadAllText(path))!;
        foreach (string part in new[] { "truth", "counted", "stored" })
        {
            Assert.All(ReadingTotals.Names, name => Assert.True(json[part]!.AsObject().ContainsKey(name), $"{part}.{name}"));
        }

        Assert.True(json["readings"]!.GetValue<int>() > 0);
        Assert.True(json["virtual_s"]!.GetValue<double>() > 720);
        Assert.True(json["real_s"]!.GetValue<double>() > 0);
    }

    /// <summary>The token is nowhere in the transcript, the log or the database.</summary>
    [Fact]
    public async Task TheTokenIsOnlyOnAir()
    {
        string transcript = Path.Combine(_folder, "at.txt");
        using var run = new TwinRun(new TwinOptions { Hours = 0.2, Keep = _folder, Transcript = transcript });
        await run.RunAsync(CancellationToken.None);
        string token = System.Text.Encoding.ASCII.GetString(run.Devices[0].Box.Identity.Token);
        Assert.Equal(43, token.Length);
        run.Dispose();
        foreach (string file in Directory.GetFiles(_folder))
        {
            Assert.DoesNotContain(token, File.ReadAllText(file), StringComparison.Ordinal);
        }

        Assert.Contains("Authorization: Bearer ***", File.ReadAllText(transcript), StringComparison.Ordinal);
    }

    private static void AssertFields(ReadingTotals totals, params (string Name, double Value)[] fields)
    {
        foreach ((string name, double value) in fields)
        {
            Assert.True(
                totals[Array.IndexOf(ReadingTotals.Names, name)] == value,
                $"{name}: {totals[Array.IndexOf(ReadingTotals.Names, name)]}, expected {value}");
        }
    }

    private async Task<TwinResult> RunAsync(TwinOptions options)
    {
        using var run = new TwinRun(options with { Keep = _folder });
        return await run.RunAsync(CancellationToken.None);
    }

    private async Task<string[]> RunAndDumpAsync(string name, TwinOptions options)
    {
        string folder = Directory.CreateDirectory(Path.Combine(_folder, name)).FullName;
        string transcript = Path.Combine(folder, "at.txt");
        using (var run = new TwinRun(options with { Keep = folder, Transcript = transcript }))
        {
            Assert.Empty((await run.RunAsync(CancellationToken.None)).Problems);
        }

        return [File.ReadAllText(transcript), File.ReadAllText(Path.Combine(folder, "at.JBNB0002.txt")),
            DatabaseDump.Of(Path.Combine(folder, "jambox.db"))];
    }
}
