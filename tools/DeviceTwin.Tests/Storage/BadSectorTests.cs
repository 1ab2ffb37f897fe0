using JamBox.Board;
using JamBox.Twin.Faults;
using JamBox.Twin.Soak;
using JamBox.Twin.Tests.Run;

namespace JamBox.Twin.Tests.Storage;

/// <summary>A box whose flash has bad sectors goes on counting and sending: the log in flash is for losses of power only.</summary>
[Collection(nameof(TwinRunTests))]
public sealed class BadSectorTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-twin-test").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(SectorFaults.IgnoresWrites)]
    [InlineData(SectorFaults.IgnoresErases)]
    [InlineData(SectorFaults.IgnoresWrites | SectorFaults.IgnoresErases)]
    [InlineData(SectorFaults.RefusesChanges)]
    [InlineData(SectorFaults.RefusesReads)]
    [InlineData(SectorFaults.RefusesChanges | SectorFaults.RefusesReads)]
    public async Task NoReadingIsLostToABadSectorOfTheLog(SectorFaults faults)
    {
        WorldResult result = await World.RunAsync(
            new WorldOptions
            {
                Seed = 11,
                Faults = FaultTable.Named("none")!,
                Hours = 2,
                Crowd = 60,
                Folder = _folder,
                Prepared = (device, _, _) =>
                {
                    device.Parts.Chip.Log.Break(0, faults);
                    device.Parts.Chip.Log.Break(1, faults);
                },
            },
            CancellationToken.None);
        Assert.True(result.ProblemCount == 0, string.Join("; ", result.Problems));
        Assert.True(result.Readings[Fate.Sent] >= 24, string.Join(", ", result.Readings));
    }

    /// <summary>
    /// Sector after sector goes bad while power and backend come and go: what is lost is what lay where it can no longer be read.
    /// </summary>
    [Theory]
    [InlineData("flash.write_ignored", 21)]
    [InlineData("flash.erase_ignored", 22)]
    [InlineData("flash.read_fails", 23)]
    public async Task TheInvariantsHoldWhileSectorsGoBad(string kind, long seed)
    {
        FaultProfile faults = FaultProfile.Parse("test", [kind + " = 96", "power.lost = 24", "backend.down = 12"]);
        WorldResult result = await World.RunAsync(
            new WorldOptions { Seed = seed, Faults = faults, IsMixed = false, Hours = 6, Folder = _folder }, CancellationToken.None);
        Assert.True(result.ProblemCount == 0, $"seed {seed}: {string.Join("; ", result.Problems)}");
        Assert.True(result.Faults.ByName[kind] >= 8, $"{result.Faults.ByName[kind]} sectors went bad");
        Assert.True(result.Boots["power"] > 2, $"{result.Boots["power"]} boots");

        // What waits lies in two sectors or so; with the other kinds at most a reading that stood in RAM for want of a good one is gone.
        Assert.InRange(result.Readings.GetValueOrDefault(Fate.LostWithSector), 0, kind == "flash.read_fails" ? 64 : 2);
        Assert.Equal(0, result.Readings.GetValueOrDefault(Fate.Overwritten));
    }
}
