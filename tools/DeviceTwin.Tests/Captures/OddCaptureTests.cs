using JamBox.Twin.Run;

namespace JamBox.Twin.Tests.Captures;

/// <summary>
/// Captures of the kinds that people bring through the whole twin: on air, counted and stored as an independent
/// counter has them (its README).
/// </summary>
[Collection(nameof(Run.TwinRunTests))]
public sealed class OddCaptureTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-twin-test").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The first 700 frames of the busy lab in other wrappings.</summary>
    [CaptureTheory]
    [InlineData("05-ng-5if-le.pcapng")]
    [InlineData("05-ng-5if-be.pcapng")]
    [InlineData("06-ng-two-sections.pcapng")]
    [InlineData("07-ng-ethernet-beside.pcapng")]
    [InlineData("11-rt-two-antennas.pcap")]
    [InlineData("13-rt-vendor-ns.pcap")]
    [InlineData("17-rt-fcs-snaplen34.pcap")]
    [InlineData("19-htc.pcap")]
    [InlineData("23-rt-signal-behind-all.pcap")]
    [InlineData("24-ppi.pcap")]
    [InlineData("25-prism.pcap")]
    [InlineData("29-cut-in-data.pcap")]
    public Task TheWrappingDoesNotMatter(string file) => AssertAsync(
        file, ("i", 262), ("u", 139), ("rssi_immediate", 11), ("rssi_near", 31), ("rssi_far", 40), ("rssi_remote", 57), ("dwell_0_1", 121),
        ("dwell_1_5", 5), ("dwell_5_10", 1), ("dwell_10plus", 0));

    /// <summary>Its header has no signal in dBm.</summary>
    [CaptureFact]
    public Task Avs() => AssertAsync("26-avs.pcap", ("i", 262), ("u", 139), ("rssi_immediate", 0), ("rssi_remote", 0), ("dwell_0_1", 121));

    [CaptureFact]
    public Task FramesOfBadFcsDoNotCount() => AssertAsync("15-rt-fcs-bad-every-third.pcap", ("i", 178), ("u", 123));

    [CaptureFact]
    public Task AFileCutShortCountsUpToThere() => AssertAsync("45-ng-cut.pcapng", ("i", 21), ("u", 14));

    [CaptureFact]
    public Task StampsMayCountFrom1970() => AssertAsync("33-uptime-stamps.pcap", ("i", 262), ("u", 137));

    [CaptureTheory]
    [InlineData("50-dated-2019.pcap")]
    [InlineData("50-same-dated-2023.pcap")]
    public Task TheDateDoesNotMatter(string file) => AssertAsync(
        file, ("i", 64), ("u", 37), ("rssi_immediate", 4), ("rssi_near", 4), ("rssi_far", 13), ("rssi_remote", 16));

    [CaptureFact]
    public async Task BluetoothWithSignal()
    {
        TwinResult result = await AssertAsync(
            "08-ble-rssi.pcap", ("ble_i", 900), ("ble_u", 72), ("ble_apple", 30), ("ble_other", 42), ("baa", 30), ("i", 0));
        Assert.Equal(-72.25, result.Truth[17]!.Value, 0.005);

        // Readings carry whole dBm, so that their mean can be half a dBm beside the truth.
        Assert.InRange(result.Stored![17]!.Value, -72.75, -71.75);
    }

    /// <summary>Tags and loudspeakers are among Apple's devices; seven of the thirteen are in somebody's hand.</summary>
    [CaptureFact]
    public Task BluetoothOfTagsAndLoudspeakers() => AssertAsync(
        Path.Combine("..", SharedCaptures.Boston), ("ble_i", 1_956), ("ble_u", 42), ("ble_apple", 34), ("ble_other", 8), ("baa", 18));

    [CaptureFact]
    public Task EveryFirstByteLengthAndThreshold() => AssertAsync(
        "39-edges.pcap", ("i", 90), ("u", 89), ("rssi_immediate", 2), ("rssi_near", 4), ("rssi_far", 76), ("rssi_remote", 4));

    [CaptureFact]
    public Task GapsAndStaysAtTheEdgesOfTheirClasses() => AssertAsync(
        "40-dwell.pcap", ("i", 79), ("u", 79), ("dwell_0_1", 5), ("dwell_1_5", 2), ("dwell_5_10", 4), ("dwell_10plus", 3));

    private async Task<TwinResult> AssertAsync(string file, params (string Name, double Value)[] fields)
    {
        using var run = new TwinRun(new TwinOptions { Captures = [SharedCaptures.PathOf(Path.Combine("odd", file))], Keep = _folder });
        TwinResult result = await run.RunAsync(CancellationToken.None);
        Assert.Empty(result.Problems);
        foreach ((string name, double value) in fields)
        {
            int field = Array.IndexOf(ReadingTotals.Names, name);
            Assert.Equal((name, value, value, value), (name, result.Truth[field], result.Counted[field], result.Stored![field]));
        }

        return result;
    }
}
