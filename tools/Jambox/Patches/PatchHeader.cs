using System.Globalization;
using JamBox.Bench.CommandLine;

namespace JamBox.Bench.Patches;

/// <summary>What the first bytes of a patch say.</summary>
/// <param name="BaseSha256">Of an esp header: the base image's hash, hex; otherwise <c>null</c>.</param>
/// <param name="Compression">LZMA or heatshrink with its windows.</param>
/// <param name="ImageSize">Length of the image that it makes, bytes.</param>
internal sealed record PatchHeader(string? BaseSha256, string Compression, long ImageSize)
{
    private const int EspLength = 64;
    private const int EspHashAt = 4;
    private const int HashLength = 32;
    private const byte Lzma = 0x01;
    private const byte Heatshrink = 0x04;
    private const byte MappedLzma = 0x71;
    private const int MaxVarintBytes = 5;

    /// <summary>Reads it.</summary>
    /// <param name="patch">The patch.</param>
    /// <returns>The header.</returns>
    /// <exception cref="BenchException">It is no patch of ours.</exception>
    public static PatchHeader Read(ReadOnlySpan<byte> patch)
    {
        bool isEsp = patch.Length > EspLength && patch.StartsWith((ReadOnlySpan<byte>)[0x10, 0xDE, 0xCD, 0xFC]);
        string? hash = isEsp ? Convert.ToHexStringLower(patch.Slice(EspHashAt, HashLength)) : null;
        ReadOnlySpan<byte> rest = isEsp ? patch[EspLength..] : patch;
        if (rest.Length < 2 || rest[0] is not (Lzma or Heatshrink or MappedLzma))
        {
            throw new BenchException(
                "it is no patch of ours: that is a detools sequential patch with LZMA or heatshrink, or one with a map of references",
                ExitCode.Refused);
        }

        byte kind = rest[0];
        long size = ReadSize(ref rest);
        string compression = kind == Lzma ? "LZMA"
            : kind == MappedLzma ? "LZMA with a map of references"
            : size > 0 && rest.Length > 0 ? string.Create(
                CultureInfo.InvariantCulture, $"heatshrink {(rest[0] >> 4) + 4}/{(rest[0] & 15) + 3}")
            : "heatshrink";
        return new PatchHeader(hash, compression, size);
    }

    private static long ReadSize(ref ReadOnlySpan<byte> rest)
    {
        int at = 1;
        long size = rest[at] & 0x3F;
        bool isNegative = (rest[at] & 0x40) != 0;
        for (int shift = 6; (rest[at] & 0x80) != 0; shift += 7)
        {
            if (++at > MaxVarintBytes || at >= rest.Length)
            {
                throw new BenchException("the length of its image is damaged", ExitCode.Refused);
            }

            size |= (long)(rest[at] & 0x7F) << shift;
        }

        if (isNegative)
        {
            throw new BenchException("the length of its image is negative", ExitCode.Refused);
        }

        rest = rest[(at + 1)..];
        return size;
    }
}
