using JamBox.Ota.Patching;

namespace JamBox.Tests.Ota.Patching;

/// <summary>Damages patches by number: the same number always gives the same damaged patch.</summary>
internal static class PatchDamage
{
    /// <summary>
    /// Every so many cases the records are damaged before they are packed: damage to packed bytes seldom gets past the decompressor.
    /// </summary>
    private const int RecordsEvery = 3;

    private static readonly Sample[] s_samples = [.. Samples()];

    /// <summary>Gets all that is damaged, each with the patch that is right.</summary>
    public static IReadOnlyList<(ImagePair Pair, byte[] Patch)> Patches { get; } = [.. s_samples.Select(s => (s.Pair, s.Patch))];

    /// <summary>The damaged patch of a number.</summary>
    public static (ImagePair Pair, byte[] Patch) Make(int number)
    {
        var random = new Mix((uint)number);
        Sample sample = s_samples[random.Next(s_samples.Length)];
        if (number % RecordsEvery != 0)
        {
            return (sample.Pair, Damage(random, sample.Patch));
        }

        byte[] size = RawPatch.Number(sample.Pair.To.Length);
        if (sample.Patch[0] == PatchFormat.MappedLzma)
        {
            byte[] packed = LzmaEncoder.Encode(Damage(random, sample.Records), 1, null, default);
            return (sample.Pair, [PatchFormat.MappedLzma, .. size, .. packed]);
        }

        return (sample.Pair, [4, .. size, .. RawPatch.Literals(Damage(random, sample.Records))]);
    }

    private static byte[] Damage(Mix random, byte[] bytes)
    {
        var damaged = new List<byte>(bytes);
        for (int i = random.Next(3); i >= 0 && damaged.Count > 0; i--)
        {
            DamageOnce(random, damaged);
        }

        return [.. damaged];
    }

    private static void DamageOnce(Mix random, List<byte> bytes)
    {
        // Half of the damage is near the start: what is there decides about all that follows.
        int at = random.Next(random.Next(2) == 0 ? Math.Min(bytes.Count, 100) : bytes.Count);
        int length = Math.Min(random.Next(9), bytes.Count - at);
        switch (random.Next(8))
        {
            case 0:
                bytes.RemoveRange(at, length);
                break;
            case 1:
                bytes.InsertRange(at, BitConverter.GetBytes(random.Next(int.MaxValue)));
                break;
            case 2:
                bytes.InsertRange(at, bytes.GetRange(random.Next(bytes.Count - length), length));
                break;
            case 3:
                bytes.RemoveRange(at, bytes.Count - at);
                break;
            case 4:
                bytes[at] = (byte)random.Next(256);
                break;
            default:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
        }
    }

    private static IEnumerable<Sample> Samples()
    {
        foreach (PatchProfile profile in Enum.GetValues<PatchProfile>())
        {
            for (int seed = 1; seed <= 7; seed++)
            {
                // The last is longer than the device's output buffer and all windows.
                var random = new Random(seed);
                byte[] from = ImagePair.Code(random, seed == 7 ? 5000 : 300, 0);
                byte[] to = seed == 6 ? new byte[300] : ImagePair.Edited(random, from);
                ImagePair pair = profile == PatchProfile.R && seed != 5 ? AssemblyImage.Pair(random, 10 + seed)
                    : new ImagePair(seed == 5 ? [] : from, to);
                byte[] patch = PatchMaker.Make(pair.From, pair.To, profile);
                yield return new Sample(pair, patch, patch[0] == PatchFormat.MappedLzma ? Stream(patch) : Records(pair));
            }
        }
    }

    /// <summary>What is packed in a patch with a map: the map, too.</summary>
    private static byte[] Stream(byte[] patch)
    {
        var header = new PlainDecoder(patch, 1);
        Assert.Equal(PatchError.None, PatchVarint.Read(header, out _));
        var decoder = new LzmaDecoder(patch, header.Position);
        var stream = new List<byte>();
        for (int next = decoder.Read(); next >= 0; next = decoder.Read())
        {
            stream.Add((byte)next);
        }

        return [.. stream];
    }

    private static byte[] Records(ImagePair pair)
    {
        var alignments = AlignmentFinder.Find(pair.From, pair.To, default, _ => { });
        long work = 0;
        List<Piece> pieces = PieceChooser.Choose(pair.From, pair.To, alignments, PieceCosts.Guess(PatchProfile.H), ref work, default);
        return new PatchRecords(pair.From, pair.To, pieces).Stream;
    }

    private sealed record Sample(ImagePair Pair, byte[] Patch, byte[] Records);

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
