using System.Buffers.Binary;
using System.Text;

using JamBox.Backend.Ota;

namespace JamBox.Backend.Tests.Ota;

/// <summary>
/// Deployment images by seed: three well-formed assemblies with sums that nanoCLR would accept. Another revision of the same seed differs
/// in a few places, as the next build does.
/// </summary>
public static class ImageBuilder
{
    private const int HeaderBytes = 124;
    private const int Kilobyte = 1024;

    public static byte[] Make(int seed, int revision = 0, int kilobytes = 24, uint native = 0x1A2B3C4D) =>
    [
        .. Assembly(0xFFFF - 813, "", 0x1549C856, Content(seed, 0, kilobytes * Kilobyte / 2)),
        .. Assembly(1, JamBox.Backend.Ota.DeploymentImage.InteropName, native, Content(seed + 1, 0, kilobytes * Kilobyte / 8)),
        .. Assembly(1, "Firmware.Shared", 0, Content(seed + 2, revision, (kilobytes * Kilobyte * 3 / 8) + 3)),
    ];

    /// <summary>One assembly with its padding: header, strings, content.</summary>
    public static byte[] Assembly(int nameIndex, string name, uint native, byte[] content)
    {
        byte[] strings = [0, .. Encoding.ASCII.GetBytes(name), 0];
        int total = HeaderBytes + strings.Length + content.Length;
        byte[] bytes = new byte[(total + 3) & ~3];
        "NFMRK1"u8.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(20), native);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(36), (ushort)nameIndex);
        for (int table = 0; table < 16; table++)
        {
            int start = table == 15 ? total : table > 11 ? HeaderBytes + strings.Length : HeaderBytes;
            BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(40 + (4 * table)), start);
        }

        strings.CopyTo(bytes, HeaderBytes);
        content.CopyTo(bytes, HeaderBytes + strings.Length);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(12), ImageCrc.Of(bytes.AsSpan(HeaderBytes, total - HeaderBytes)));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), ImageCrc.Of(bytes.AsSpan(0, HeaderBytes)));
        return bytes;
    }

    /// <summary>Bytes of few kinds with repeats, as code is; a revision moves and changes some.</summary>
    private static byte[] Content(int seed, int revision, int size)
    {
        Random random = new(seed);
        List<byte> content = [];
        while (content.Count < size)
        {
            int back = random.Next(1, 400);
            if (content.Count > 400 && random.Next(4) == 0)
            {
                content.AddRange(content.GetRange(content.Count - back, Math.Min(back, random.Next(3, 40))));
            }
            else
            {
                content.Add((byte)(random.Next(16) * random.Next(16)));
            }
        }

        content.RemoveRange(size, content.Count - size);
        Random changes = new(seed ^ (revision << 16));
        for (int i = 0; i < revision * 5; i++)
        {
            int at = changes.Next(content.Count);
            content[at] = (byte)changes.Next(256);
            content.Insert(at, (byte)changes.Next(256));
        }

        return [.. content];
    }
}
