using System.IO.Compression;
using System.Text;

using JamBox.Deployments.Zip;

namespace JamBox.Tests.Deployments;

/// <summary>An entry of a zip written by hand, so that each of its fields can say something wrong.</summary>
internal sealed class RawEntry
{
    public RawEntry(string name, byte[]? data = null)
    {
        Name = Encoding.UTF8.GetBytes(name);
        Data = data ?? [];
        Packed = Data;
        Size = Data.Length;
        Crc32 crc = default;
        crc.Add(Data);
        Crc = crc.Value;
        Flags = 0x0800;
    }

    public byte[] Name { get; set; }

    /// <summary>The name before the bytes, where it is another one.</summary>
    public byte[]? NameInHeader { get; set; }

    public byte[] Data { get; }

    public byte[] Packed { get; set; }

    public int Method { get; set; }

    public int Flags { get; set; }

    public uint Attributes { get; set; }

    public long Size { get; set; }

    public long? SizeInHeader { get; set; }

    public uint Crc { get; set; }

    public uint? CrcInHeader { get; set; }

    public byte[] Extra { get; set; } = [];

    /// <summary>Points to the header of another entry instead of writing one.</summary>
    public RawEntry? SharesBytesOf { get; set; }

    public long Offset { get; set; }

    public RawEntry Deflated()
    {
        using MemoryStream packed = new();
        using (DeflateStream deflate = new(packed, CompressionLevel.SmallestSize))
        {
            deflate.Write(Data);
        }

        Packed = packed.ToArray();
        Method = 8;
        return this;
    }
}

/// <summary>Writes zips by hand.</summary>
internal static class RawZip
{
    public static byte[] Make(params RawEntry[] entries) => Make(entries, [], [], null);

    public static byte[] Make(RawEntry[] entries, byte[] before, byte[] comment, int? count)
    {
        using MemoryStream zip = new();
        using BinaryWriter writer = new(zip);
        writer.Write(before);
        foreach (RawEntry entry in entries)
        {
            if (entry.SharesBytesOf is { } other)
            {
                entry.Offset = other.Offset;
                continue;
            }

            entry.Offset = zip.Position - before.Length;
            WriteHeader(writer, entry);
        }

        long start = zip.Position - before.Length;
        foreach (RawEntry entry in entries)
        {
            WriteEntry(writer, entry);
        }

        long length = zip.Position - before.Length - start;
        writer.Write(0x06054b50u);
        writer.Write(0u);
        writer.Write((ushort)(count ?? entries.Length));
        writer.Write((ushort)(count ?? entries.Length));
        writer.Write((uint)length);
        writer.Write((uint)start);
        writer.Write((ushort)comment.Length);
        writer.Write(comment);
        writer.Flush();
        return zip.ToArray();
    }

    private static void WriteHeader(BinaryWriter writer, RawEntry entry)
    {
        byte[] name = entry.NameInHeader ?? entry.Name;
        writer.Write(0x04034b50u);
        writer.Write((ushort)20);
        writer.Write((ushort)entry.Flags);
        writer.Write((ushort)entry.Method);
        writer.Write(0u);
        writer.Write(entry.CrcInHeader ?? entry.Crc);
        writer.Write((uint)entry.Packed.Length);
        writer.Write((uint)(entry.SizeInHeader ?? entry.Size));
        writer.Write((ushort)name.Length);
        writer.Write((ushort)0);
        writer.Write(name);
        writer.Write(entry.Packed);
    }

    private static void WriteEntry(BinaryWriter writer, RawEntry entry)
    {
        writer.Write(0x02014b50u);
        writer.Write((ushort)0x0314);
        writer.Write((ushort)20);
        writer.Write((ushort)entry.Flags);
        writer.Write((ushort)entry.Method);
        writer.Write(0u);
        writer.Write(entry.Crc);
        writer.Write((uint)entry.Packed.Length);
        writer.Write((uint)entry.Size);
        writer.Write((ushort)entry.Name.Length);
        writer.Write((ushort)entry.Extra.Length);
        writer.Write((ushort)0);
        writer.Write((ushort)0);
        writer.Write((ushort)0);
        writer.Write(entry.Attributes);
        writer.Write((uint)entry.Offset);
        writer.Write(entry.Name);
        writer.Write(entry.Extra);
    }
}
