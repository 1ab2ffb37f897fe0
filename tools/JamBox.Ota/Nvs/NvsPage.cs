using System.Text;

namespace JamBox.Ota.Nvs;

/// <summary>A page that is being filled.</summary>
internal sealed class NvsPage
{
    /// <summary>Begins a page.</summary>
    /// <param name="sequence">Which of them, in the order in which they are filled; 0 for the first.</param>
    public NvsPage(uint sequence)
    {
        Array.Fill(Bytes, (byte)0xFF);
        NvsFormat.WriteUInt32(Bytes, 0, NvsFormat.PageActive);
        NvsFormat.WriteUInt32(Bytes, 4, sequence);
        Bytes[8] = NvsFormat.Version2;
        NvsFormat.WriteUInt32(Bytes, NvsFormat.PageCrcOffset, NvsFormat.PageCrc(Bytes));
    }

    /// <summary>Gets the page as it is in flash.</summary>
    public byte[] Bytes { get; } = new byte[NvsFormat.PageLength];

    /// <summary>Gets how many of the 126 entries are taken.</summary>
    public int Used { get; private set; }

    /// <summary>Makes the head of an item.</summary>
    /// <param name="namespaceIndex">0 for the name of a namespace.</param>
    /// <param name="type">The format's number.</param>
    /// <param name="span">Entries of the item, with the head.</param>
    /// <param name="chunk">Which piece of a blob; 0xFF for anything else.</param>
    /// <param name="key">At most 15 ASCII characters.</param>
    /// <param name="data">At most 8 bytes; erased flash follows.</param>
    /// <returns>32 bytes with their checksum.</returns>
    public static byte[] Head(byte namespaceIndex, byte type, byte span, byte chunk, string key, ReadOnlySpan<byte> data)
    {
        var head = new byte[NvsFormat.EntryLength];
        head[0] = namespaceIndex;
        head[1] = type;
        head[2] = span;
        head[3] = chunk;
        Encoding.ASCII.GetBytes(key, head.AsSpan(NvsFormat.KeyOffset));
        head.AsSpan(NvsFormat.DataOffset).Fill(0xFF);
        data.CopyTo(head.AsSpan(NvsFormat.DataOffset));
        NvsFormat.WriteUInt32(head, NvsFormat.ItemCrcOffset, NvsFormat.ItemCrc(head));
        return head;
    }

    /// <summary>Adds an item. The caller has seen to it that there is room.</summary>
    /// <param name="head">Its head.</param>
    /// <param name="data">What follows the head; erased flash fills the last entry.</param>
    public void Add(ReadOnlySpan<byte> head, ReadOnlySpan<byte> data)
    {
        int span = 1 + NvsFormat.EntriesOf(data.Length);
        Span<byte> at = Bytes.AsSpan(NvsFormat.FirstEntryOffset + (Used * NvsFormat.EntryLength));
        head.CopyTo(at);
        data.CopyTo(at[NvsFormat.EntryLength..]);
        for (int entry = Used; entry < Used + span; entry++)
        {
            // Two bits an entry: 11 is free, 10 written, 00 erased.
            Bytes[NvsFormat.BitmapOffset + (entry / 4)] &= (byte)~(1 << (entry % 4 * 2));
        }

        Used += span;
    }

    /// <summary>Says in the header that the page is full.</summary>
    public void Close() => NvsFormat.WriteUInt32(Bytes, 0, NvsFormat.PageFull);
}
