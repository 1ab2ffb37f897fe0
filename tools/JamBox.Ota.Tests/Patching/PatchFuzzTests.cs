using JamBox.Ota.Patching;

using Xunit.Abstractions;

namespace JamBox.Tests.Ota.Patching;

/// <summary>
/// Damaged patches: each is refused by name, or gives an image whose hash shows the damage; never a crash, never a hang, never a read
/// or write out of bounds. The few that give the right image all the same (the last adjustment means nothing) do no harm. The server's
/// applier and the firmware's always say the same. <c>JB_FUZZ_CASE</c> replays one case.
/// </summary>
public sealed class PatchFuzzTests(ITestOutputHelper output)
{
    private const int Mutations = 1_000_000;
    private const int SlotSize = 8192;

    private readonly int[] _refusals = new int[Enum.GetValues<PatchError>().Length];
    private int _wrongImages;
    private int _rightImages;

    [Fact]
    public void AMillionDamagedPatchesDoNoHarm()
    {
        bool isReplay = int.TryParse(Environment.GetEnvironmentVariable("JB_FUZZ_CASE"), out int only);
        Parallel.For(isReplay ? only : 0, isReplay ? only + 1 : Mutations, () => new FirmwareApplier(), (number, _, firmware) =>
        {
            (ImagePair pair, byte[] patch) = PatchDamage.Make(number);
            Apply(firmware, pair, patch, 1 + (number % 900), $"JB_FUZZ_CASE={number}");
            return firmware;
        }, _ => { });
        Report();
        foreach (PatchError error in Enum.GetValues<PatchError>().Where(e => !isReplay && e != PatchError.None))
        {
            Assert.True(_refusals[(int)error] > 0, $"no case is refused as {error}");
        }
    }

    [Fact]
    public void EveryValueOfEveryByteIsTried()
    {
        Parallel.ForEach(PatchDamage.Patches.Where(p => p.Patch.Length < 600), () => new FirmwareApplier(), (item, _, firmware) =>
        {
            byte[] damaged = [.. item.Patch];
            for (int at = 0; at < damaged.Length; at++)
            {
                for (int change = 1; change < 256; change++)
                {
                    damaged[at] = (byte)(item.Patch[at] ^ change);
                    Apply(firmware, item.Pair, damaged, 2000, $"byte {at} ^ {change} of {Convert.ToHexString(item.Patch)}:");
                }

                damaged[at] = item.Patch[at];
            }

            return firmware;
        }, _ => { });
        Report();
    }

    private void Apply(FirmwareApplier firmware, ImagePair pair, byte[] patch, int step, string replay)
    {
        try
        {
            PatchError error = PatchApplier.Apply(pair.From, patch, SlotSize, out byte[] made);
            (string result, byte[] image) = firmware.Apply(pair.From, patch, SlotSize, step);
            Assert.Equal(error.ToString(), result);
            if (error != PatchError.None)
            {
                Interlocked.Increment(ref _refusals[(int)error]);
                return;
            }

            Assert.True(made.AsSpan().SequenceEqual(image), "both appliers make the same image");
            Interlocked.Increment(ref made.AsSpan().SequenceEqual(pair.To) ? ref _rightImages : ref _wrongImages);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException(
                $"replay: {replay} dotnet test tools/JamBox.Ota.Tests --filter {nameof(PatchFuzzTests)}", e);
        }
    }

    private void Report()
    {
        foreach (PatchError error in Enum.GetValues<PatchError>().Where(e => e != PatchError.None))
        {
            output.WriteLine($"refused as {error}: {_refusals[(int)error]}");
        }

        int harmless = _refusals.Sum() + _wrongImages;
        output.WriteLine($"refused {_refusals.Sum()}, hash differs {_wrongImages}, right all the same {_rightImages}");
        Assert.True(_rightImages <= harmless / 10, "damage shows");
    }
}
