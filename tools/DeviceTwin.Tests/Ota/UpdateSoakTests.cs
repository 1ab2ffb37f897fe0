using JamBox.Twin.Faults;
using JamBox.Twin.Ota;
using JamBox.Twin.Run;
using JamBox.Twin.Tests.Run;

namespace JamBox.Twin.Tests.Ota;

/// <summary>Updates in worlds full of trouble: a part of what <c>--ota-soak</c> does.</summary>
[Collection(nameof(TwinRunTests))]
public sealed class UpdateSoakTests
{
    /// <summary>What CI runs. A failure names the seed and the command that replays it.</summary>
    [Fact]
    public async Task TenUpdatesHold()
    {
        var output = new StringWriter();
        var soak = new UpdateSoak(
            new UpdateSoakOptions { Worlds = 10, FirstSeed = 500, Faults = FaultTable.Named("all")!, FaultsArgument = "all" }, output);
        await soak.RunAsync(CancellationToken.None);
        Assert.True(soak.Failed.Count == 0, output.ToString());
        Assert.Equal(10, soak.Outcomes.Values.Sum());
        Assert.True(soak.Outcomes["confirmed"] >= 4, output.ToString());
    }

    [Fact]
    public async Task BadInputIsRefused() => Assert.Equal(2, await CommandLineInterface.InvokeAsync(["--ota-soak", "0"]));
}
