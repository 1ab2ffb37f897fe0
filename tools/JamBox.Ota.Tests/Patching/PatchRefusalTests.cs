using JamBox.Ota.Patching;

namespace JamBox.Tests.Ota.Patching;

/// <summary>Every check of the device rules of docs/ota.md, on the server's applier and the firmware's: both say the same.</summary>
public sealed class PatchRefusalTests
{
    private const int MaxSize = 1000;

    private static readonly byte[] s_from = [.. Enumerable.Range(0, 100).Select(i => (byte)(i * 7))];
    private static readonly byte[] s_ten = new byte[10];
    private static readonly byte[] s_five = [1, 2, 3, 4, 5];
    private static readonly byte[] s_noBytes = [];

    private readonly FirmwareApplier _firmware = new();

    public static TheoryData<PatchProfile> Packings => [PatchProfile.H, PatchProfile.L];

    [Theory]
    [MemberData(nameof(Packings))]
    public void ARightOneIsApplied(PatchProfile packing)
    {
        byte[] image = Expect(PatchError.None, packing, 25, 0, 10, s_ten, 5, s_five, 20, 10, s_ten, 0, 0);
        Assert.Equal([.. s_from[..10], .. s_five, .. s_from[30..40]], image);
    }

    [Theory]
    [MemberData(nameof(Packings))]
    public void TheLastAdjustmentIsReadAndIgnored(PatchProfile packing)
    {
        Expect(PatchError.None, packing, 10, 0, 10, s_ten, 0, -1_000_000);
        Expect(PatchError.None, packing, 10, 0, 10, s_ten, 0, int.MaxValue);
        Expect(PatchError.Truncated, packing, 10, 0, 10, s_ten, 0);
    }

    [Theory]
    [MemberData(nameof(Packings))]
    public void DataFormatsAreRefused(PatchProfile packing)
    {
        Expect(PatchError.DataFormat, packing, 10, 1, 10, s_ten, 0, 0);
        Expect(PatchError.DataFormat, packing, 10, -3, 10, s_ten, 0, 0);
    }

    [Theory]
    [MemberData(nameof(Packings))]
    public void BadLengthsAreRefused(PatchProfile packing)
    {
        Expect(PatchError.BadLength, packing, 10, 0, -10, s_ten, 0, 0);
        Expect(PatchError.BadLength, packing, 10, 0, 11, s_ten, 0, 0);
        Expect(PatchError.BadLength, packing, 10, 0, 5, s_five, -5, s_five, 0);
        Expect(PatchError.BadLength, packing, 10, 0, 5, s_five, 6, s_five, 0);
        Expect(PatchError.BadLength, packing, 10, 0, int.MaxValue, s_five, 6, s_five, 0);
        Expect(PatchError.BadLength, packing, -10, 0, 10, s_ten, 0, 0);
        Expect(PatchError.TooLarge, packing, MaxSize + 1, 0, 10, s_ten, 0, 0);
    }

    [Theory]
    [MemberData(nameof(Packings))]
    public void ReadsOutsideTheBaseAreRefused(PatchProfile packing)
    {
        Expect(PatchError.OutsideBase, packing, 15, 0, 5, s_five, 0, -6, 10, s_ten, 0, 0);
        Expect(PatchError.OutsideBase, packing, 15, 0, 5, s_five, 0, 86, 10, s_ten, 0, 0);
        Expect(PatchError.OutsideBase, packing, 15, 0, 5, s_five, 0, int.MaxValue, 10, s_ten, 0, 0);
        Expect(PatchError.OutsideBase, packing, 500, 0, 101, new byte[101], 399, new byte[399], 0);
        Expect(PatchError.None, packing, 15, 0, 5, s_five, 0, 85, 10, s_ten, 0, 0);

        // Where nothing is read from, nothing is checked: there and back again.
        Expect(PatchError.None, packing, 15, 0, 5, s_five, 5, s_five, int.MaxValue, 0, 1, new byte[1], -int.MaxValue, 4, new byte[4], 0, 0);
    }

    [Theory]
    [MemberData(nameof(Packings))]
    public void RecordsThatMakeNothingAreTakenInRunsOf64(PatchProfile packing)
    {
        // They move about in the base all the same: 64 steps to the right, one record, 64 more, half a step back at a time.
        byte[] image = Expect(
            PatchError.None, packing, 15, 0, Nothing(64, 1), 5, s_five, 0, 0, Nothing(64, -1), 10, s_ten, 0, 0);
        byte[] moved = [.. s_from[64..69].Zip(s_five, (a, b) => (byte)(a + b)), .. s_from[5..15]];
        Assert.Equal(moved, image);

        Expect(PatchError.NoProgress, packing, 10, 0, Nothing(65, 0), 10, s_ten, 0, 0);
        Expect(PatchError.NoProgress, packing, 10, 0, 5, s_five, 0, 0, Nothing(65, 0), 5, s_five, 0, 0);
        Expect(PatchError.NoProgress, packing, 10, 0, 0, s_noBytes, 5, s_five, 0, Nothing(65, 0), 5, s_five, 0, 0);

        // It is the run that counts, and an extra ends it as well as a difference.
        Expect(PatchError.None, packing, 3, 0, Nothing(64, 0), 0, 1, new byte[1], 0, Nothing(64, 0), 1, new byte[1], 0, 0, Nothing(64, 0), 1, new byte[1], 0, 0);

        // Where the image is whole, nothing may follow, not even nothing; and a run alone makes no image.
        Expect(PatchError.TrailingData, packing, 10, 0, 10, s_ten, 0, 0, Nothing(1, 0));
        Expect(PatchError.Truncated, packing, 10, 0, Nothing(64, 0));
    }

    [Theory]
    [MemberData(nameof(Packings))]
    public void LongNumbersAreRefused(PatchProfile packing)
    {
        byte[] sixBytes = [0x80, 0x80, 0x80, 0x80, 0x80, 0x00];
        byte[] fiveBytes = [0x80, 0x80, 0x80, 0x80, 0x00];
        byte[] thirtyTwoBits = [0xBF, 0xFF, 0xFF, 0xFF, 0x1F];
        Expect(PatchError.BadNumber, packing, 10, sixBytes, 10, s_ten, 0, 0);
        Expect(PatchError.BadNumber, packing, 10, 0, 10, s_ten, 0, sixBytes);
        Expect(PatchError.BadNumber, packing, 10, 0, 10, s_ten, thirtyTwoBits, 0);
        Expect(PatchError.None, packing, 10, fiveBytes, 10, s_ten, fiveBytes, 0);
        byte[] stream = RawPatch.Stream(0, 10, s_ten, 0, 0);
        Expect(PatchError.BadNumber, RawPatch.Of(packing, sixBytes, stream));
        Expect(PatchError.BadNumber, RawPatch.Of(packing, thirtyTwoBits, stream));
    }

    [Theory]
    [MemberData(nameof(Packings))]
    public void WhatFollowsTheEndIsRefused(PatchProfile packing)
    {
        Expect(PatchError.TrailingData, packing, 10, 0, 10, s_ten, 0, 0, 7);
        Expect(PatchError.TrailingData, packing, 10, 0, 10, s_ten, 0, 0, new byte[300]);
        byte[] right = RawPatch.Of(packing, RawPatch.Number(10), RawPatch.Stream(0, 10, s_ten, 0, 0));
        Expect(PatchError.TrailingData, [.. right, 0]);
        Expect(PatchError.TrailingData, [.. right, .. right]);
        Expect(PatchError.TrailingData, [4, 0, 0]);
        Expect(PatchError.None, [4, 0]);
    }

    [Fact]
    public void EveryShorterPatchIsRefused()
    {
        ImagePair pair = ImagePair.Make("edited", 9);
        foreach (PatchProfile profile in Enum.GetValues<PatchProfile>())
        {
            byte[] patch = PatchMaker.Make(pair.From, pair.To, profile);
            for (int length = 0; length < patch.Length; length++)
            {
                byte[] cut = patch[..length];
                PatchError error = PatchApplier.Apply(pair.From, cut, pair.To.Length, out _);
                Assert.NotEqual(PatchError.None, error);
                Assert.Equal(error.ToString(), _firmware.Apply(pair.From, cut, pair.To.Length, 100).Result);
            }
        }
    }

    [Fact]
    public void OtherFormatsAreRefused()
    {
        byte[] right = RawPatch.Of(PatchProfile.L, RawPatch.Number(10), RawPatch.Stream(0, 10, s_ten, 0, 0));
        for (int first = 0; first < 256; first++)
        {
            if (first is not (1 or 4 or 0x10 or PatchFormat.MappedLzma))
            {
                Expect(PatchError.UnknownFormat, [(byte)first, .. right[1..]]);
            }
        }

        // Other properties, dictionaries or sizes than ours; heatshrink windows that are too large, or smaller than a copy.
        Expect(PatchError.UnknownFormat, [1, 10, 0x5D, .. right[3..]]);
        Expect(PatchError.UnknownFormat, [1, 10, 0, 0, 0x20, .. right[5..]]);
        Expect(PatchError.UnknownFormat, [1, 10, .. right[2..7], 10, .. right[8..]]);
        Expect(PatchError.BadStream, [1, 10, .. right[2..15], 1, .. right[16..]]);
        Expect(PatchError.UnknownFormat, [4, 10, 0x95, .. right[2..]]);
        Expect(PatchError.UnknownFormat, [4, 10, 0x45, .. right[2..]]);
        Expect(PatchError.Truncated, []);
        Expect(PatchError.Truncated, [4, 10]);
    }

    [Fact]
    public void AnEspHeaderMustNameTheBase()
    {
        byte[] to = [.. s_from.Reverse()];
        byte[] patch = PatchMaker.Make(s_from, to, PatchProfile.E);
        Expect(PatchError.None, patch);
        Expect(PatchError.WrongBase, [.. patch[..35], (byte)(patch[35] ^ 1), .. patch[36..]]);
        Expect(PatchError.UnknownFormat, [.. patch[..3], 0, .. patch[4..]]);
        Expect(PatchError.UnknownFormat, [.. patch[..63], 1, .. patch[64..]]);
        Expect(PatchError.WrongBase, PatchMaker.Make(to, s_from, PatchProfile.E));
    }

    /// <summary>Records without differences and extra, as bytes of the stream.</summary>
    private static byte[] Nothing(int records, int adjustment) =>
        [.. Enumerable.Repeat(RawPatch.Stream(0, 0, adjustment), records).SelectMany(record => record)];

    private byte[] Expect(PatchError expected, PatchProfile packing, int size, params object[] parts) =>
        Expect(expected, RawPatch.Of(packing, RawPatch.Number(size), RawPatch.Stream(parts)));

    private byte[] Expect(PatchError expected, byte[] patch)
    {
        PatchError error = PatchApplier.Apply(s_from, patch, MaxSize, out byte[] made);
        Assert.Equal(expected, error);
        foreach (int step in new[] { 1, 7, 5000 })
        {
            (string result, byte[] image) = _firmware.Apply(s_from, patch, MaxSize, step);
            Assert.Equal(expected.ToString(), result);
            if (error == PatchError.None)
            {
                Assert.Equal(made, image);
            }
        }

        return made;
    }
}
