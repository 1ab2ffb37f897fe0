using System.Buffers.Binary;

namespace JamBox.Tests.Ota.Patching;

/// <summary>A base image and a new one, made from a seed.</summary>
internal sealed record ImagePair(byte[] From, byte[] To)
{
    public static readonly string[] Kinds =
        ["random", "code", "edited", "equal", "reversed", "shrinking", "growing", "moved", "zeros", "repeated", "from nothing",
            "to nothing", "tiny", "assemblies", "garbled"];

    public static ImagePair Make(string kind, int seed)
    {
        var random = new Random(seed);
        byte[] code = Code(random, 2000 + random.Next(6000), shift: 0);
        return kind switch
        {
            "random" => new(Noise(random, random.Next(4000)), Noise(random, random.Next(4000))),
            "code" => CodePair(random),
            "edited" => new(code, Edited(random, code)),
            "equal" => new(code, code),
            "reversed" => new(code, [.. code.Reverse()]),
            "shrinking" => new(code, code[random.Next(code.Length / 2)..^random.Next(1, code.Length / 2)]),
            "growing" => new(code, [.. code[..1000], .. Noise(random, 700), .. code[1000..], .. Code(random, 900, 8)]),
            "moved" => new(code, [.. code[1500..], .. code[..1500]]),
            "zeros" => new(new byte[random.Next(5000)], new byte[random.Next(5000)]),
            "repeated" => new(Repeated(random, 3000), Repeated(random, 5000)),
            "from nothing" => new([], code),
            "to nothing" => new(code, []),
            "assemblies" => AssemblyImage.Pair(random, 30),
            "garbled" => Garbled(random),
            "tiny" => new(Noise(random, random.Next(4)), Noise(random, 1 + random.Next(4))),
            _ => throw new ArgumentOutOfRangeException(nameof(kind)),
        };
    }

    /// <summary>
    /// What compiled code looks like to a patch: short instructions from a small set, and words that are addresses and all move by
    /// the same amount.
    /// </summary>
    public static byte[] Code(Random random, int length, int shift)
    {
        var code = new byte[length];
        var shape = new Random(random.Next(1 << 20));
        for (int i = 0; i + 8 <= length; i += 8)
        {
            int kind = shape.Next(10);
            BinaryPrimitives.WriteInt32LittleEndian(code.AsSpan(i), kind * 0x00210403);
            int address = 0x40080000 + (shape.Next(4000) * 4) + shift;
            BinaryPrimitives.WriteInt32LittleEndian(code.AsSpan(i + 4), kind < 4 ? address : shape.Next(64));
        }

        return code;
    }

    public static byte[] Noise(Random random, int length)
    {
        var noise = new byte[length];
        random.NextBytes(noise);
        return noise;
    }

    public static byte[] Edited(Random random, byte[] image)
    {
        var edited = new List<byte>(image);
        for (int i = random.Next(1, 20); i > 0; i--)
        {
            int at = random.Next(edited.Count);
            switch (random.Next(3))
            {
                case 0:
                    edited[at] = (byte)random.Next(256);
                    break;
                case 1:
                    edited.InsertRange(at, Noise(random, random.Next(40)));
                    break;
                default:
                    edited.RemoveRange(at, Math.Min(random.Next(40), edited.Count - at));
                    break;
            }
        }

        return [.. edited];
    }

    /// <summary>Assemblies in which some bytes are others, in headers, too.</summary>
    private static ImagePair Garbled(Random random)
    {
        ImagePair pair = AssemblyImage.Pair(random, 30);
        for (int i = random.Next(1, 40); i > 0; i--)
        {
            byte[] image = random.Next(2) == 0 ? pair.From : pair.To;
            image[40 + random.Next(random.Next(4) == 0 ? 64 : image.Length - 40)] ^= (byte)(1 << random.Next(8));
        }

        return pair;
    }

    private static ImagePair CodePair(Random random)
    {
        int seed = random.Next();
        byte[] from = Code(new Random(seed), 6000, 0);
        byte[] to = Code(new Random(seed), 6000, 0x2A40);
        return new(from, Edited(random, to));
    }

    private static byte[] Repeated(Random random, int length)
    {
        byte[] unit = Noise(random, 1 + random.Next(7));
        var image = new byte[random.Next(length)];
        for (int i = 0; i < image.Length; i++)
        {
            image[i] = unit[i % unit.Length];
        }

        return image;
    }
}
