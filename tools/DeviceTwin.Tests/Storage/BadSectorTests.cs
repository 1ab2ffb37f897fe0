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
}
