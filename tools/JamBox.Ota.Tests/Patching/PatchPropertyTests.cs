using JamBox.Ota.Patching;

namespace JamBox.Tests.Ota.Patching;

/// <summary>apply(make(a, b)) = b, on the server and on the device. <c>JB_PATCH_SEED</c> replays one seed.</summary>
public sealed class PatchPropertyTests
{
    private const int Seeds = 12;

    public static TheoryData<string> Kinds => [.. ImagePair.Kinds];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void EveryPatchGivesItsImage(string kind)
    {
        var firmware = new FirmwareApplier();
        foreach (int seed in AllSeeds())
        {
            ImagePair pair = ImagePair.Make(kind, seed);
            foreach (PatchProfile profile in Enum.GetValues<PatchProfile>())
            {
                string replay =
                    $"{kind}, {profile}: JB_PATCH_SEED={seed} dotnet test tools/JamBox.Ota.Tests --filter {nameof(PatchPropertyTests)}";
                byte[] patch = PatchMaker.Make(pair.From, pair.To, profile);
                PatchError error = PatchApplier.Apply(pair.From, patch, pair.To.Length, out byte[] made);
                Assert.True(error == PatchError.None && made.AsSpan().SequenceEqual(pair.To), $"server: {error}; {replay}");

                (string result, byte[] image) = firmware.Apply(pair.From, patch, Math.Max(1, pair.To.Length), 1 + (seed * 37 % 700));
                Assert.True(result == "None" && image.AsSpan().SequenceEqual(pair.To), $"firmware: {result}; {replay}");
            }
        }
    }

    [Fact]
    public void EqualInputGivesEqualBytes()
    {
        ImagePair pair = ImagePair.Make("code", 5);
        foreach (PatchProfile profile in Enum.GetValues<PatchProfile>())
        {
            byte[] first = PatchMaker.Make(pair.From, pair.To, profile);
            var others = new byte[4][];
            Parallel.For(0, others.Length, i => others[i] = PatchMaker.Make([.. pair.From], [.. pair.To], profile));
            Assert.All(others, other => Assert.Equal(first, other));
        }
    }

    [Fact]
    public void AnUnchangedImageCostsNextToNothing()
    {
        byte[] image = ImagePair.Code(new Random(1), 200_000, 0);
        Assert.InRange(PatchMaker.Make(image, image, PatchProfile.L).Length, 1, 150);
        Assert.InRange(PatchMaker.Make(image, image, PatchProfile.H).Length, 1, 700);
        Assert.InRange(PatchMaker.Make(image, image, PatchProfile.E).Length, 1, 64 + (200_000 / 128 * 2) + 20);
    }

    [Fact]
    public void MovedAddressesCostLittle()
    {
        // Every address differs, by the same amount: differences say so once, the full image would have to say it each time.
        byte[] from = ImagePair.Code(new Random(2), 30_000, 0);
        byte[] to = ImagePair.Code(new Random(2), 30_000, 0x2A40);
        int delta = PatchMaker.Make(from, to, PatchProfile.L).Length;
        int full = PatchMaker.Make([], to, PatchProfile.L).Length;
        Assert.True(delta * 4 < full, $"{delta} bytes, full {full}");
    }

    [Fact]
    public void MovedReferencesCostNextToNothing()
    {
        ImagePair pair = AssemblyImage.Pair(new Random(4), 200);
        byte[] mapped = PatchMaker.Make(pair.From, pair.To, PatchProfile.R);
        byte[] plain = PatchMaker.Make(pair.From, pair.To, PatchProfile.L);
        Assert.Equal(PatchFormat.MappedLzma, mapped[0]);
        Assert.True(mapped.Length * 2 < plain.Length, $"{mapped.Length} bytes, without a map {plain.Length}");

        // Without assemblies there is nothing to number anew.
        ImagePair code = ImagePair.Make("code", 1);
        Assert.Equal(PatchMaker.Make(code.From, code.To, PatchProfile.L), PatchMaker.Make(code.From, code.To, PatchProfile.R));
    }

    [Fact]
    public void ItSaysHowFarItIsAndCanBeStopped()
    {
        ImagePair pair = ImagePair.Make("edited", 3);
        var seen = new List<double>();
        PatchMaker.Make(pair.From, pair.To, PatchProfile.L, default, new Listener(seen.Add));
        Assert.Equal(seen.Order(), seen);
        Assert.Equal(1, seen[^1]);

        using var stop = new CancellationTokenSource();
        var stopper = new Listener(_ => stop.Cancel());
        Assert.Throws<OperationCanceledException>(() => PatchMaker.Make(pair.From, pair.To, PatchProfile.L, stop.Token, stopper));
    }

    private static IEnumerable<int> AllSeeds() =>
        int.TryParse(Environment.GetEnvironmentVariable("JB_PATCH_SEED"), out int seed) ? [seed] : Enumerable.Range(1, Seeds);

    private sealed class Listener(Action<double> heard) : IProgress<double>
    {
        public void Report(double value) => heard(value);
    }
}
