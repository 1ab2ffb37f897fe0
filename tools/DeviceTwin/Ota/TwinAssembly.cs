using System.Buffers.Binary;
using System.Text;
using JamBox.Twin.Time;

namespace JamBox.Twin.Ota;

/// <summary>
/// A nanoFramework assembly made of chance, for images to update: well-formed from outside (head, tables, check sums), code that looks
/// like code inside. Of two versions most methods are the same, a few differ in some bytes, and one in a while is new, so that
/// everything behind it moves and the table of methods changes all the way: what a compiler does to a real change.
/// </summary>
internal static class TwinAssembly
{
    private const int MethodRecordBytes = 16;
    private const int ByteCode = 13;
    private const int MethodDef = 6;
    private const int MeanMethodBytes = 56;
    private const double ChangedChance = 0.04;
    private const double NewChance = 0.02;

    // What a compiler writes most: loads, stores, calls, branches.
    private static readonly byte[] s_code =
        [0x02, 0x03, 0x06, 0x07, 0x0A, 0x0B, 0x16, 0x17, 0x1F, 0x28, 0x2A, 0x2C, 0x2D, 0x58, 0x59, 0x6F, 0x7B, 0x7D, 0x8E, 0x91];

    /// <summary>Makes one.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="nameIndex">Index of its name in nanoCLR's own table of strings; 0 = it has it in its own.</param>
    /// <param name="nativeChecksum">Of its native methods; 0 = none.</param>
    /// <param name="bytes">About how long it is.</param>
    /// <param name="seed">What its methods follow from.</param>
    /// <param name="version">What the differences follow from; empty = none.</param>
    /// <param name="churn">How much differs: 1 as from release to release, 10 nearly everything.</param>
    /// <param name="text">A text in its strings; <c>null</c> = none.</param>
    /// <returns>Its bytes, a multiple of 4.</returns>
    public static byte[] Build(
        string name, ushort nameIndex, uint nativeChecksum, int bytes, long seed, string version, double churn, string? text)
    {
        List<byte[]> methods = Methods(name, Math.Max(1, bytes / (MeanMethodBytes + MethodRecordBytes)), seed, version, churn);
        var strings = new StringBuilder("\0").Append(name).Append('\0');
        for (int i = 0; i < methods.Count; i += 8)
        {
            strings.Append("Method").Append(i).Append('\0');
        }

        strings.Append(text).Append('\0');
        var tables = new byte[PeHeader.Tables][];
        Array.Fill(tables, []);
        tables[MethodDef] = Records(methods);
        tables[PeHeader.Strings] = Encoding.ASCII.GetBytes(strings.ToString());
        tables[ByteCode] = [.. methods.SelectMany(method => method)];
        return Assemble(tables, nameIndex == 0 ? (ushort)1 : nameIndex, nativeChecksum);
    }

    private static List<byte[]> Methods(string name, int count, long seed, string version, double churn)
    {
        var own = SeededRandom.For(seed, name);
        var change = SeededRandom.For(seed, $"{name} {version}");
        var methods = new List<byte[]>();
        for (int i = 0; i < count; i++)
        {
            byte[] method = Method(own);
            if (version.Length > 0 && change.Chance(ChangedChance * churn))
            {
                method[change.Between(0, method.Length - 1)] ^= (byte)change.Between(1, 255);
            }

            methods.Add(method);
            if (version.Length > 0 && change.Chance(NewChance * churn))
            {
                methods.Add(Method(change));
            }
        }

        return methods;
    }

    private static byte[] Method(SeededRandom random)
    {
        var code = new byte[random.Between(8, (2 * MeanMethodBytes) - 8)];
        for (int i = 0; i < code.Length; i++)
        {
            code[i] = random.Chance(0.75) ? s_code[random.Between(0, s_code.Length - 1)] : (byte)random.Between(0, 255);
        }

        code[^1] = 0x2A;
        return code;
    }

    private static byte[] Records(List<byte[]> methods)
    {
        var records = new byte[methods.Count * MethodRecordBytes];
        int codeAt = 0;
        for (int i = 0; i < methods.Count; i++)
        {
            Span<byte> record = records.AsSpan(i * MethodRecordBytes, MethodRecordBytes);
            BinaryPrimitives.WriteUInt16LittleEndian(record, (ushort)(7 * i));
            BinaryPrimitives.WriteUInt16LittleEndian(record[2..], (ushort)codeAt);
            BinaryPrimitives.WriteUInt32LittleEndian(record[4..], 0x16);
            record[9] = (byte)(methods[i][0] & 7);
            codeAt += methods[i].Length;
        }

        return records;
    }

    private static byte[] Assemble(byte[][] tables, ushort name, uint nativeChecksum)
    {
        var starts = new int[PeHeader.Tables + 1];
        var paddings = new byte[PeHeader.Tables + 1];
        int at = PeHeader.Size;
        for (int i = 0; i < PeHeader.Tables; i++)
        {
            starts[i] = at;
            paddings[i] = (byte)(-tables[i].Length & 3);
            at += tables[i].Length + paddings[i];
        }

        starts[PeHeader.Tables] = at;
        var assembly = new byte[at];
        for (int i = 0; i < PeHeader.Tables; i++)
        {
            tables[i].CopyTo(assembly, starts[i]);
        }

        PeHeader.Write(assembly, name, nativeChecksum, [6, 0, 0, 0], starts, paddings);
        return assembly;
    }
}
