using System.Globalization;
using JamBox.Boot;
using JamBox.Interop;
using JamBox.Twin.Run;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Tests.Ota;

/// <summary>
/// The model of the boot copies against the C code of the board: the same operations in the same order, the same answers, the same flash,
/// whatever happens to them. <c>JAMBOX_BOOT_SEED</c> tries one life again, <c>JAMBOX_BOOT_LIVES</c> more of them.
/// </summary>
public sealed class BootCopiesParityTests
{
    private const int Lives = 600;

    [NativeFact]
    public void TheModelDoesWhatTheCodeOfTheBoardDoes()
    {
        long only = Number("JAMBOX_BOOT_SEED", 0);
        var seen = new HashSet<BootState>();
        int losses = 0;
        long operations = 0;
        for (long seed = Math.Max(only, 1); seed <= (only > 0 ? only : Number("JAMBOX_BOOT_LIVES", Lives)); seed++)
        {
            var native = new BootScenario(BootCopies.Native!, seed);
            var model = new BootScenario(BootCopies.Model, seed);
            native.Live();
            model.Live();
            Compare(native, model, seed);
            seen.UnionWith(native.Seen);
            losses += native.PowerLosses;
            operations += native.Trace.Count;
        }

        if (only == 0)
        {
            Assert.Equal(Enum.GetValues<BootState>().Length, seen.Count);
            Assert.True(losses > Lives / 2, $"only {losses} losses of power in {operations} operations");
        }
    }

    /// <summary>What a geometry may be, both say alike.</summary>
    [NativeFact]
    public void BothRefuseAnImpossibleGeometry()
    {
        (int Sector, BootRegion Region, int Length, BootResult Result)[] cases =
        [
            (4096, BootRegion.Boot, 16_384, BootResult.Ok),
            (4096, BootRegion.Boot, 12_288, BootResult.Argument),
            (4096, BootRegion.Stage, 0, BootResult.Argument),
            (4096, BootRegion.Previous, 5_000, BootResult.Argument),
            (4096, BootRegion.Deploy, 513 * 4096, BootResult.Argument),
            (3000, BootRegion.Boot, 16_384, BootResult.Argument),
            (128, BootRegion.Boot, 16_384, BootResult.Argument),
        ];
        foreach ((int sector, BootRegion region, int length, BootResult expected) in cases)
        {
            foreach (IBootCopies copies in new[] { BootCopies.Native!, BootCopies.Model })
            {
                var flash = new TracedFlash(new BoxFlash(FlashSizes.Tiny, new PowerSwitch(), 1), new SeededRandom(1))
                {
                    SectorBytes = sector,
                };
                flash.Lengths[region] = length;
                Assert.Equal(expected, copies.Run(flash));
                Assert.Equal(expected, copies.Read(flash, out _));
            }
        }
    }

    private static void Compare(BootScenario native, BootScenario model, long seed)
    {
        string again =
            $"seed {seed}; again: JAMBOX_BOOT_SEED={seed} dotnet test tools/DeviceTwin.Tests --filter {nameof(BootCopiesParityTests)}";
        for (int i = 0; i < Math.Min(native.Trace.Count, model.Trace.Count); i++)
        {
            Assert.True(
                native.Trace[i] == model.Trace[i],
                $"step {i}: C '{native.Trace[i]}', model '{model.Trace[i]}', after '{(i > 0 ? native.Trace[i - 1] : "nothing")}'; {again}");
        }

        Assert.True(native.Trace.Count == model.Trace.Count, $"C {native.Trace.Count} steps, model {model.Trace.Count}; {again}");
        Assert.True(native.Content.AsSpan().SequenceEqual(model.Content), $"the flash differs; {again}");
    }

    private static long Number(string variable, long usual) =>
        long.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out long number)
            ? number
            : usual;
}
