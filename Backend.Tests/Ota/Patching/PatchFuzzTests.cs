using JamBox.Backend.Ota.Patching;

using Xunit.Abstractions;

namespace JamBox.Backend.Tests.Ota.Patching;

/// <summary>
/// Damaged patches: each is refused, or gives an image whose hash shows the damage; never a crash, never a hang. The few that give the
/// right image all the same (the last adjustment means nothing) do no harm. <c>JB_FUZZ_CASE</c> replays one case.
/// </summary>
public sealed class PatchFuzzTests(ITestOutputHelper output)
{
    private const int Mutations = 1_000_000;
    private const int FirmwareMutations = 200_000;
    private const int SlotSize = 4096;

    private static readonly (ImagePair Pair, byte[] Patch)[] s_patches = [.. MakePatches()];

    [Fact]
    public void AMillionDamagedPatchesDoNoHarmOnTheServer()
    {
        var counts = new int[3];
        Parallel.ForEach(Cases(Mutations), number =>
        {
            (ImagePair pair, byte[] patch) = Damage(number);
            Note(counts, pair, number, () => PatchApplier.Apply(pair.From, patch, SlotSize, out byte[] made) == PatchError.None ? made : null);
        });
        Report(counts);
    }

    [Fact]
    public void DamagedPatchesDoNoHarmOnTheDeviceAndEndAsOnTheServer()
    {
        var counts = new int[3];
        var firmware = new FirmwareApplier();
        foreach (int number in Cases(FirmwareMutations))
        {
            (ImagePair pair, byte[] patch) = Damage(number);
            Note(counts, pair, number, () =>
            {
                (string result, byte[] image) = firmware.Apply(pair.From, patch, SlotSize, 1 + (number % 600));
                PatchError error = PatchApplier.Apply(pair.From, patch, SlotSize, out byte[] made);
                Assert.Equal(error.ToString(), result);
                Assert.True(error != PatchError.None || made.AsSpan().SequenceEqual(image));
                return error == PatchError.None ? image : null;
            });
        }

        Report(counts);
    }

    [Fact]
    public void EveryValueOfEveryByteIsTried()
    {
        var counts = new int[3];
        Parallel.ForEach(s_patches.Where(p => p.Patch.Length < 600), item =>
        {
            byte[] damaged = [.. item.Patch];
            for (int at = 0; at < damaged.Length; at++)
            {
                for (int change = 1; change < 256; change++)
                {
                    damaged[at] = (byte)(item.Patch[at] ^ change);
                    Note(counts, item.Pair, (at << 8) | change, () => PatchApplier.Apply(item.Pair.From, damaged, SlotSize, out byte[] made) == PatchError.None ? made : null);
                }

                damaged[at] = item.Patch[at];
            }
        });
        Report(counts);
    }

    private static IEnumerable<int> Cases(int count) =>
        int.TryParse(Environment.GetEnvironmentVariable("JB_FUZZ_CASE"), out int number) ? [number] : Enumerable.Range(0, count);

    /// <summary>Counts 0: refused, 1: the hash shows it, 2: the right image.</summary>
    private static void Note(int[] counts, ImagePair pair, int number, Func<byte[]?> apply)
    {
        try
        {
            byte[]? made = apply();
            int kind = made == null ? 0 : made.AsSpan().SequenceEqual(pair.To) ? 2 : 1;
            Interlocked.Increment(ref counts[kind]);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"replay: JB_FUZZ_CASE={number} dotnet test Backend.Tests --filter {nameof(PatchFuzzTests)}", e);
        }
    }

    private static (ImagePair Pair, byte[] Patch) Damage(int number)
    {
        var random = new Mix((uint)number);
        (ImagePair pair, byte[] patch) = s_patches[number % s_patches.Length];
        var damaged = new List<byte>(patch);
        for (int i = random.Next(3); i >= 0 && damaged.Count > 0; i--)
        {
            DamageOnce(random, damaged);
        }

        return (pair, [.. damaged]);
    }

    private static void DamageOnce(Mix random, List<byte> patch)
    {
        int at = random.Next(patch.Count);
        int length = Math.Min(random.Next(9), patch.Count - at);
        switch (random.Next(8))
        {
            case 0:
                patch.RemoveRange(at, length);
                break;
            case 1:
                patch.InsertRange(at, BitConverter.GetBytes(random.Next(int.MaxValue)));
                break;
            case 2:
                patch.InsertRange(at, patch.GetRange(random.Next(patch.Count - length), length));
                break;
            case 3:
                patch.RemoveRange(at, patch.Count - at);
                break;
            case 4:
                patch[at] = (byte)random.Next(256);
                break;
            default:
                patch[at] ^= (byte)(1 << random.Next(8));
                break;
        }
    }

    private static IEnumerable<(ImagePair Pair, byte[] Patch)> MakePatches()
    {
        foreach (PatchProfile profile in Enum.GetValues<PatchProfile>())
        {
            for (int seed = 1; seed <= 6; seed++)
            {
                var random = new Random(seed);
                byte[] from = ImagePair.Code(random, 300, 0);
                byte[] to = seed == 6 ? new byte[300] : ImagePair.Edited(random, from);
                yield return (new ImagePair(from, to), PatchMaker.Make(seed == 5 ? [] : from, to, profile));
            }
        }
    }

    private void Report(int[] counts)
    {
        output.WriteLine($"refused {counts[0]}, hash differs {counts[1]}, right all the same {counts[2]}");
        Assert.True(counts[2] < (counts[0] + counts[1]) / 10, "damage shows");
    }

    /// <summary>A generator that costs nothing to seed: there is one a case.</summary>
    private sealed class Mix(uint seed)
    {
        private ulong _state = (seed * 0x9E3779B97F4A7C15ul) + 0x1234567;

        public int Next(int limit)
        {
            _state ^= _state << 13;
            _state ^= _state >> 7;
            _state ^= _state << 17;
            return (int)((_state >> 33) % (ulong)Math.Max(1, limit));
        }
    }
}
