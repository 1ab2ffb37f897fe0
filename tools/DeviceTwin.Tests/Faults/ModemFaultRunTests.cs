using JamBox.Twin.Faults;
using JamBox.Twin.Run;

namespace JamBox.Twin.Tests.Faults;

/// <summary>
/// Six hours with one of the modem's bad habits all the time: readings are taken while it lasts, not only when it is over.
/// </summary>
public sealed class ModemFaultRunTests : IDisposable
{
    private const int ReadingsInSixHours = 72;

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-twin-test").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("modem.psm = 1440", 1)]
    [InlineData("modem.slow_open = 1440", 2)]
    [InlineData("modem.no_blank = 1440", 3)]
    public async Task ReadingsAreTakenAllTheTime(string fault, long seed)
    {
        (TwinResult result, string log) = await RunAsync(fault, seed);
        Assert.InRange(result.TakenUnderFaults, ReadingsInSixHours - 3, ReadingsInSixHours + 1);
        Assert.True(result.Faults!.Total > 60, $"{result.Faults.Total} faults");

        // A modem that sleeps or takes its time needs patience, not a restart.
        Assert.Contains("; modem restarts 0+0+0,", log, StringComparison.Ordinal);
        Assert.DoesNotMatch(@"; modem restarts (?!0\+0\+0,)", log);
    }

    /// <summary>Bytes that are reported and never given cost that answer its time, and no more.</summary>
    [Fact]
    public async Task ReportsOfNothingDoNotHoldTheBox()
    {
        (TwinResult result, _) = await RunAsync("modem.reports_nothing = 24", seed: 4);
        Assert.InRange(result.TakenUnderFaults, ReadingsInSixHours - 6, ReadingsInSixHours + 1);
        Assert.True(result.Faults!.Total >= 5, $"{result.Faults.Total} faults");
    }

    private async Task<(TwinResult Result, string Log)> RunAsync(string fault, long seed)
    {
        FaultProfile faults = FaultProfile.Parse("test", [fault]);
        using var run = new TwinRun(new TwinOptions { Hours = 6, Seed = seed, Crowd = 10, Faults = faults, Keep = _folder });
        TwinResult result = await run.RunAsync(CancellationToken.None);
        run.Dispose();
        Assert.Empty(result.Problems);
        return (result, await File.ReadAllTextAsync(Path.Combine(_folder, "JBNB0001.log")));
    }
}
