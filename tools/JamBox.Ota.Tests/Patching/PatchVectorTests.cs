using System.Text;

using JamBox.Ota.Patching;

namespace JamBox.Tests.Ota.Patching;

/// <summary>Bytes worked out by hand, or made by the tools that others use.</summary>
public sealed class PatchVectorTests
{
    /// <summary>The text of <see cref="XzText"/>, compressed by liblzma 5 (format alone, lc = lp = pb = 0, dictionary 4,096).</summary>
    private const string XzStream =
        "AAAQAAD//////////wA4GmcucE9sQjhHqlKgqeINREFFSRMp9iKo1wXAd/Tw3yh4s6eJocoj02HLSIo4jInN8m4q1qMp9aDELshEWQ6+YgrFI35eXNHTWRFV1WHA"
        + "vK6+TygApOVtokhJfyfRJ3RTtkRIxt6t+HuZ5fdGxFTjaHRWbtjDnBAveNFGGav7p85K3//sgAIs";

    [Fact]
    public void NumbersAreThoseOfTheSpecification()
    {
        Assert.Equal([0x9C, 0x2B], RawPatch.Number(2780));
        Assert.Equal([0xAA, 0x19], RawPatch.Number(1642));
        Assert.Equal([0x00], RawPatch.Number(0));
        Assert.Equal([0x3F], RawPatch.Number(63));
        Assert.Equal([0x80, 0x01], RawPatch.Number(64));
        Assert.Equal([0x7F], RawPatch.Number(-63));
        Assert.Equal([0xC0, 0x01], RawPatch.Number(-64));
        Assert.Equal([0xBF, 0xFF, 0xFF, 0xFF, 0x0F], RawPatch.Number(int.MaxValue));
        foreach (int value in new[] { 0, 1, -1, 63, 64, 8191, 8192, 1_048_575, 1_048_576, -134_217_728, int.MaxValue, -int.MaxValue })
        {
            byte[] bytes = RawPatch.Number(value);
            Assert.Equal(bytes.Length, PatchVarint.Size(value));
            Assert.Equal(PatchError.None, PatchVarint.Read(new PlainDecoder(bytes, 0), out int read));
            Assert.Equal(value, read);
        }
    }

    /// <summary>
    /// The worked example: to_size 2,780 in heatshrink 8/7, whose stream begins 00 (no data format), AA 19 (first differences: 1,642).
    /// </summary>
    [Fact]
    public void TheWorkedExampleIsReadAndWrittenToTheByte()
    {
        byte[] begin = [0x04, 0x9C, 0x2B, 0x44, 0x80, 0x6A, 0xA3, 0x28];
        var header = new PlainDecoder(begin, 1);
        Assert.Equal(PatchError.None, PatchVarint.Read(header, out int size));
        Assert.Equal(2780, size);
        Assert.Equal(3, header.Position);
        var stream = new HeatshrinkDecoder(begin, 4, 8, 7);
        Assert.Equal([0x00, 0xAA, 0x19], [stream.Read(), stream.Read(), stream.Read()]);

        // 1,642 bytes that are kept, the others new: all but the last five bits of the example are what our maker writes.
        var random = new Random(7);
        byte[] from = ImagePair.Noise(random, 1642);
        byte[] to = [.. from, .. ImagePair.Noise(random, 2780 - 1642)];
        byte[] made = PatchMaker.Make(from, to, PatchProfile.E)[64..];
        Assert.Equal(begin[..7], made[..7]);
        Assert.Equal(begin[7] >> 5, made[7] >> 5);
    }

    [Fact]
    public void TheEspHeaderIsThis()
    {
        byte[] patch = PatchMaker.Make("abc"u8, "abd"u8, PatchProfile.E);
        Assert.Equal(
            "10DECDFCBA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD" + new string('0', 56),
            Convert.ToHexString(patch.AsSpan(0, 64)));
    }

    [Fact]
    public void AFullImageIsAPatchFromNothing()
    {
        byte[] patch = PatchMaker.Make([], "hello"u8, PatchProfile.H);

        // 04, size 5, 12/8; then literals: no data format, no differences, 5 extra bytes, the bytes, adjustment 0.
        Assert.Equal("040585" + Literals([0, 0, 5, .. "hello"u8, 0]), Convert.ToHexString(patch));
    }

    [Fact]
    public void TheHeaderOfLzmaIsThis()
    {
        byte[] patch = PatchMaker.Make([], "hello"u8, PatchProfile.L);
        Assert.Equal("01050000100000FFFFFFFFFFFFFFFF00", Convert.ToHexString(patch.AsSpan(0, 16)));
    }

    [Fact]
    public void HeatshrinkCopiesMayOverlapAndReachIntoTheZerosBefore()
    {
        // 1 'A', then back 1 for 4, then back 256 (zeros) for 3, with 8/7.
        byte[] packed = Bits("1 01000001", "0 00000000 0000011", "0 11111111 0000010");
        var decoder = new HeatshrinkDecoder(packed, 0, 8, 7);
        Assert.Equal("AAAAA\0\0\0", Encoding.ASCII.GetString([.. Enumerable.Range(0, 8).Select(_ => (byte)decoder.Read())]));
        Assert.Equal(PatchError.None, decoder.Finish());
    }

    [Fact]
    public void WhatLiblzmaMadeIsDecoded()
    {
        byte[] packed = Convert.FromBase64String(XzStream);
        byte[] text = XzText();
        var decoder = new LzmaDecoder(packed, 0);
        Assert.Equal(text, text.Select(_ => (byte)decoder.Read()));
        Assert.Equal(PatchError.None, decoder.Finish());
        Assert.Equal(PatchDecoder.None, decoder.Read());
    }

    [Fact]
    public void EncodersAndDecodersAgree()
    {
        for (int seed = 1; seed <= 60; seed++)
        {
            foreach (string kind in ImagePair.Kinds)
            {
                byte[] stream = ImagePair.Make(kind, seed).To;
                byte[] lzma = LzmaEncoder.Encode(stream, 1 + (seed % 4), null, default);
                CheckDecoder(stream, new LzmaDecoder(lzma, 0), $"LZMA, {kind}, seed {seed}");
                byte[] heatshrink = HeatshrinkEncoder.Encode(stream, 8, 7, null, default);
                CheckDecoder(stream, new HeatshrinkDecoder(heatshrink, 1, 8, 7), $"heatshrink, {kind}, seed {seed}");
            }
        }
    }

    /// <summary>Nobody can write fewer bits: every way to parse short texts is tried.</summary>
    [Fact]
    public void HeatshrinkUsesTheFewestBits()
    {
        for (int seed = 1; seed <= 300; seed++)
        {
            var random = new Random(seed);
            var text = new byte[random.Next(1, 120)];
            for (int i = 0; i < text.Length; i++)
            {
                text[i] = (byte)random.Next(3);
            }

            int bytes = HeatshrinkEncoder.Encode(text, 5, 4, null, default).Length - 1;
            Assert.True(bytes == (FewestBits(text, 5, 4) + 7) / 8, $"seed {seed}");
        }
    }

    private static byte[] XzText()
    {
        var text = new List<byte>();
        for (int i = 0; i < 20; i++)
        {
            text.AddRange(Encoding.ASCII.GetBytes($"people {i * 3}, devices {i * 7}\n"));
        }

        text.AddRange(new byte[500]);
        for (int i = 0; i < 9; i++)
        {
            text.AddRange([1, 2, 3, 4]);
        }

        text.AddRange([.. new byte[40], 9, .. new byte[300]]);
        return [.. text];
    }

    private static void CheckDecoder(byte[] stream, PatchDecoder decoder, string what)
    {
        foreach (byte expected in stream)
        {
            Assert.True(decoder.Read() == expected, what);
        }

        Assert.True(decoder.Finish() == PatchError.None, what);
    }

    private static int FewestBits(byte[] text, int windowBits, int lookaheadBits)
    {
        int window = 1 << windowBits;
        byte[] padded = [.. new byte[window], .. text];
        var fewest = new int[text.Length + 1];
        for (int i = text.Length - 1; i >= 0; i--)
        {
            fewest[i] = 9 + fewest[i + 1];
            for (int distance = 1; distance <= window; distance++)
            {
                for (int length = 1; length <= Math.Min(1 << lookaheadBits, text.Length - i); length++)
                {
                    if (padded[window + i + length - 1] != padded[window + i + length - 1 - distance])
                    {
                        break;
                    }

                    fewest[i] = Math.Min(fewest[i], 1 + windowBits + lookaheadBits + fewest[i + length]);
                }
            }
        }

        return fewest[0];
    }

    private static string Literals(byte[] bytes) =>
        Convert.ToHexString(Bits([.. bytes.Select(b => "1" + Convert.ToString(b, 2).PadLeft(8, '0'))]));

    private static byte[] Bits(params string[] parts)
    {
        string bits = string.Concat(parts).Replace(" ", string.Empty);
        bits = bits.PadRight((bits.Length + 7) / 8 * 8, '0');
        return [.. Enumerable.Range(0, bits.Length / 8).Select(i => Convert.ToByte(bits.Substring(i * 8, 8), 2))];
    }
}
