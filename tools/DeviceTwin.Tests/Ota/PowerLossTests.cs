using JamBox.Boot;
using JamBox.Twin.Ota;
using JamBox.Twin.Run;
using JamBox.Twin.Storage;
using JamBox.Twin.Tests.Run;

namespace JamBox.Twin.Tests.Ota;

/// <summary>
/// Power goes in the middle of an update: a part of what <c>--ota-power-loss</c> tries in full. Firmware, modem, backend, patch, boot
/// copies: all are the real ones.
/// </summary>
[Collection(nameof(TwinRunTests))]
public sealed class PowerLossTests
{
    /// <summary>A failure names the point and the command that replays it.</summary>
    [Fact]
    public async Task PowerMayGoInTheMiddleOfAnUpdate()
    {
        PowerLossTotals totals = await HoldsAsync(new PowerLossOptions { Every = 8, Pairs = 36 });
        Assert.True(totals.Points >= 100, $"only {totals.Points} points");
        Assert.True(totals.Pairs >= 20, $"only {totals.Pairs} pairs");
        Assert.True(totals.Phases.Count >= 5, string.Join(", ", totals.Phases.Keys));
        Assert.Equal(2, totals.Undisturbed.Boots);
    }

    /// <summary>The same with the other boot copies, so that both are tried on every machine that has both.</summary>
    [Fact]
    public async Task TheModelOfTheBootCopiesHoldsAsWell() =>
        await HoldsAsync(new PowerLossOptions { Every = 40, Seed = 2, BootCopies = BootCopies.Model });

    /// <summary>Three boots, and the old image is back, whatever the power does.</summary>
    [Fact]
    public async Task AnImageThatHangsGoesBack()
    {
        PowerLossTotals totals = await HoldsAsync(new PowerLossOptions { Every = 30, Pairs = 10, Release = TwinBehaviour.Hangs });
        Assert.Equal(5, totals.Undisturbed.Boots);
        Assert.Contains("rolledback", totals.Phases.Keys);
    }

    /// <summary>A day without a reading that the backend took, and the old image is back; what was counted meanwhile is sent.</summary>
    [Fact]
    public async Task AnImageThatCannotSendGoesBackAfterADay()
    {
        PowerLossTotals totals = await HoldsAsync(new PowerLossOptions
        {
            Only = [new PowerCut(40, TearKind.Half)],
            Release = TwinBehaviour.CannotSend,
        });
        Assert.InRange(totals.Undisturbed.VirtualMs / 3_600_000.0, 24, 25);
        Assert.True(totals.Undisturbed.Readings > 1_400);
    }

    /// <summary>The checks themselves: boot copies that are wrong by one step are caught.</summary>
    [Fact]
    public async Task WrongBootCopiesAreSeen()
    {
        var output = new StringWriter();
        PowerLossTotals totals = await new PowerLossRun(new PowerLossOptions { Every = 15, BootCopies = new HastyCopies() }, output)
            .RunAsync(CancellationToken.None);
        Assert.True(totals.Failed.Count > 5, output.ToString());
        Assert.Contains("--ota-power-loss-at ", output.ToString(), StringComparison.Ordinal);
    }

    /// <summary>A point that is tried again is the same.</summary>
    [Fact]
    public async Task ALifeReplaysExactly()
    {
        var options = new PowerLossOptions { Only = [new PowerCut(90, TearKind.Half), new PowerCut(11, TearKind.Wild)], Seed = 3 };
        UpdateTrialResult first = (await HoldsAsync(options)).Undisturbed;
        UpdateTrialResult again = (await HoldsAsync(options)).Undisturbed;
        Assert.Equal(2, first.Phases.Count);
        Assert.Equal(first.Phases, again.Phases);
        Assert.Equal(
            (first.Operations, first.VirtualMs, first.Boots, first.Readings),
            (again.Operations, again.VirtualMs, again.Boots, again.Readings));
    }

    [Theory]
    [InlineData("--ota-power-loss", "--every", "0")]
    [InlineData("--ota-power-loss", "--pairs", "-1")]
    [InlineData("--ota-power-loss", "--release", "great")]
    [InlineData("--ota-power-loss-at", "12")]
    [InlineData("--ota-power-loss-at", "0:half")]
    [InlineData("--ota-power-loss-at", "12:quarter")]
    public async Task BadInputIsRefused(params string[] arguments) => Assert.Equal(2, await CommandLineInterface.InvokeAsync(arguments));

    private static async Task<PowerLossTotals> HoldsAsync(PowerLossOptions options)
    {
        var output = new StringWriter();
        PowerLossTotals totals = await new PowerLossRun(options, output).RunAsync(CancellationToken.None);
        Assert.True(totals.Failed.Count == 0, output.ToString());
        return totals;
    }
}
