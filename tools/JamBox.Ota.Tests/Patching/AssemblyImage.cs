using System.Buffers.Binary;
using System.Text;

namespace JamBox.Tests.Ota.Patching;

/// <summary>
/// Makes deployment images of small assemblies: tables, heaps and code that refer to each other as in real ones. Nothing could run them;
/// what matters is what moves when something is put in between.
/// </summary>
internal static class AssemblyImage
{
    private const int Header = 124;
    private const int Tables = 16;

    /// <summary>Makes a base and a new image, in which some methods are new and one is gone.</summary>
    /// <param name="random">Where chance comes from.</param>
    /// <param name="methods">Methods of each assembly.</param>
    public static ImagePair Pair(Random random, int methods)
    {
        int seed = random.Next();
        var from = new List<byte>();
        var to = new List<byte>();
        for (int assembly = 0; assembly < 2; assembly++)
        {
            List<int> names = [.. Enumerable.Range(0, methods)];
            from.AddRange(Assembly(names, seed + assembly));
            names.RemoveAt(random.Next(names.Count));
            for (int i = 0; i < 3; i++)
            {
                names.Insert(random.Next(names.Count), methods + i);
            }

            to.AddRange(Assembly(names, seed + assembly));
        }

        return new ImagePair([.. from], [.. to]);
    }

    /// <summary>An assembly of methods that are known by number: the same number always is the same method.</summary>
    private static byte[] Assembly(List<int> names, int seed)
    {
        var strings = new MemoryStream();
        Dictionary<int, int> stringAt = [];
        foreach (int name in names)
        {
            stringAt.Add(name, (int)strings.Position);
            strings.Write(Encoding.ASCII.GetBytes(FormattableString.Invariant($"Method{name * 7919 % 1000}Of{name}")));
            strings.WriteByte(0);
        }

        var code = new MemoryStream();
        var records = new MemoryStream();
        var fields = new MemoryStream();
        for (int i = 0; i < names.Count; i++)
        {
            Write16(records, stringAt[names[i]]);
            Write16(records, names[i] % 11 == 5 ? 0xFFFF : (int)code.Position);
            records.Write([0x86, 0, 0, 0, 1, 2, 1, 4]);
            Write16(records, i * 3);
            Write16(records, names[i] % 5);
            Write16(fields, stringAt[names[i]]);
            fields.Write([1, 0, 0, 0, 2, 0]);
            if (names[i] % 11 != 5)
            {
                Method(code, new Random(seed + names[i]), names, stringAt);
            }
        }

        byte[][] parts =
        [
            [], [], [], [], [], fields.ToArray(), records.ToArray(), [], [], [], [], strings.ToArray(), [1, 2, 3], code.ToArray(), [],
        ];
        return Put(parts);
    }

    private static void Method(MemoryStream code, Random random, List<int> names, Dictionary<int, int> stringAt)
    {
        for (int left = random.Next(4, 24); left > 0; left--)
        {
            int wanted = random.Next(20);
            int name = Math.Max(names.FindIndex(other => other % 20 == wanted), 0);
            switch (random.Next(8))
            {
                case 0:
                    code.WriteByte(0x28);
                    Write16(code, name);
                    break;
                case 1:
                    code.WriteByte(0x72);
                    Write16(code, stringAt[names[name]]);
                    break;
                case 2:
                    code.WriteByte(0x7B);
                    Write16(code, name);
                    break;
                case 3:
                    code.Write([0x20, 1, 2, 3, (byte)random.Next(256)]);
                    break;
                case 4:
                    code.Write([0x45, 2, 1, 0, 7, 0]);
                    break;
                case 5:
                    code.Write([0xFE, 0x06]);
                    Write16(code, name);
                    break;
                default:
                    code.WriteByte((byte)random.Next(0x02, 0x0E));
                    break;
            }
        }

        code.WriteByte(0x2A);
    }

    private static byte[] Put(byte[][] parts)
    {
        var header = new byte[Header];
        "NFMRK1"u8.CopyTo(header);
        var body = new MemoryStream();
        for (int i = 0; i < Tables; i++)
        {
            BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(40 + (4 * i)), Header + (int)body.Position);
            if (i < parts.Length)
            {
                body.Write(parts[i]);
                body.Write(new byte[(4 - (parts[i].Length % 4)) % 4]);
            }
        }

        return [.. header, .. body.ToArray()];
    }

    private static void Write16(Stream stream, int value)
    {
        stream.WriteByte((byte)value);
        stream.WriteByte((byte)(value >> 8));
    }
}
