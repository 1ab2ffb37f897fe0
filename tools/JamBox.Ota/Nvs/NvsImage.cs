using System.Buffers.Binary;
using System.Text;

namespace JamBox.Ota.Nvs;

/// <summary>
/// Reads an NVS partition, as a generator or a chip wrote it (formats 1 and 2), without encryption. What is damaged is passed over and
/// named, as NVS on a chip passes over it; any bytes can be read, and nothing is ever read twice.
/// </summary>
public sealed class NvsImage
{
    /// <summary>Most problems that are named: one a page of the largest partition would be too many to read.</summary>
    public const int MaxProblems = 100;

    private readonly Dictionary<int, string> _namespaces = [];
    private readonly List<NvsItem> _items = [];
    private readonly Dictionary<(int Namespace, string Key, int Chunk), NvsItem> _chunks = [];
    private readonly Dictionary<(string Namespace, string Key), NvsEntry> _entries = [];
    private readonly List<string> _problems = [];

    private NvsImage()
    {
    }

    /// <summary>Gets the values, in the order in which they were written.</summary>
    public IReadOnlyCollection<NvsEntry> Entries => _entries.Values;

    /// <summary>Gets what is wrong with the partition, such as <c>page 2: its checksum is wrong</c>; empty when nothing is.</summary>
    public IReadOnlyList<string> Problems => _problems;

    /// <summary>Reads a partition.</summary>
    /// <param name="bytes">All of it.</param>
    /// <returns>What is in it.</returns>
    /// <exception cref="NvsException">Its size is none of a partition: no multiple of 4,096, nothing, or above 16 MB.</exception>
    public static NvsImage Parse(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length is 0 or > NvsFormat.MaxLength || bytes.Length % NvsFormat.PageLength != 0)
        {
            throw new NvsException(
                $"{bytes.Length} bytes are no NVS partition: it has a multiple of {NvsFormat.PageLength}, at most {NvsFormat.MaxLength}");
        }

        NvsImage image = new();
        List<(uint Sequence, int Number)> pages = [];
        for (int number = 0; number < bytes.Length / NvsFormat.PageLength; number++)
        {
            if (image.IsUsed(PageOf(bytes, number), number, out uint sequence))
            {
                pages.Add((sequence, number));
            }
        }

        pages.Sort();
        foreach ((_, int number) in pages)
        {
            image.ReadPage(PageOf(bytes, number), number);
        }

        image.Resolve();
        return image;
    }

    /// <summary>Finds a value.</summary>
    /// <param name="name">The namespace.</param>
    /// <param name="key">The key.</param>
    /// <returns>The value; <c>null</c> when there is none.</returns>
    public NvsEntry? Find(string name, string key) => _entries.GetValueOrDefault((name, key));

    private static ReadOnlySpan<byte> PageOf(ReadOnlySpan<byte> bytes, int number)
    {
        return bytes.Slice(number * NvsFormat.PageLength, NvsFormat.PageLength);
    }

    private bool IsUsed(ReadOnlySpan<byte> page, int number, out uint sequence)
    {
        sequence = NvsFormat.ReadUInt32(page, 4);
        uint state = NvsFormat.ReadUInt32(page, 0);
        if (state == NvsFormat.PageEmpty)
        {
            if (page.ContainsAnyExcept((byte)0xFF))
            {
                Report($"page {number}: it is marked as empty and is not");
            }

            return false;
        }

        if (state is not (NvsFormat.PageActive or NvsFormat.PageFull or NvsFormat.PageFreeing))
        {
            Report($"page {number}: its state 0x{state:X8} is none of NVS's");
            return false;
        }

        if (NvsFormat.PageCrc(page) != NvsFormat.ReadUInt32(page, NvsFormat.PageCrcOffset))
        {
            Report($"page {number}: the checksum of its header is wrong");
            return false;
        }

        if (page[8] is NvsFormat.Version1 or NvsFormat.Version2)
        {
            return true;
        }

        Report($"page {number}: its format has number 0x{page[8]:X2}, which is unknown");
        return false;
    }

    private void ReadPage(ReadOnlySpan<byte> page, int number)
    {
        for (int entry = 0; entry < NvsFormat.EntriesPerPage;)
        {
            int state = (page[NvsFormat.BitmapOffset + (entry / 4)] >> (entry % 4 * 2)) & 3;
            if (state == 2)
            {
                entry += ReadItem(page, entry, $"page {number}, entry {entry}");
                continue;
            }

            if (state == 1)
            {
                Report($"page {number}, entry {entry}: its state is none of NVS's");
            }

            entry++;
        }
    }

    /// <returns>How many entries were read; 1 when nothing can be said about the item.</returns>
    private int ReadItem(ReadOnlySpan<byte> page, int entry, string where)
    {
        ReadOnlySpan<byte> rest = page[(NvsFormat.FirstEntryOffset + (entry * NvsFormat.EntryLength))..];
        ReadOnlySpan<byte> head = rest[..NvsFormat.EntryLength];
        int span = head[2];
        if (NvsFormat.ItemCrc(head) != NvsFormat.ReadUInt32(head, NvsFormat.ItemCrcOffset))
        {
            Report($"{where}: its checksum is wrong");
            return 1;
        }

        ReadOnlySpan<byte> name = head[NvsFormat.KeyOffset..NvsFormat.DataOffset];
        int end = name.IndexOf((byte)0);
        string key = end < 0 ? "" : Encoding.Latin1.GetString(name[..end]);
        if (!NvsFormat.IsName(key) || span == 0 || entry + span > NvsFormat.EntriesPerPage)
        {
            Report($"{where}: it has no name, or does not end in its page");
            return 1;
        }

        ReadOnlySpan<byte> body = rest[NvsFormat.EntryLength..(span * NvsFormat.EntryLength)];
        if (!TryRead(head, body, out byte[] data))
        {
            Report($"{where}: the data of '{key}' is damaged");
            return span;
        }

        Keep(new NvsItem(head[0], key, head[1], head[3], data), where);
        return span;
    }

    private void Keep(NvsItem item, string where)
    {
        if (item.Namespace != 0)
        {
            _items.Add(item);
            if (item.Type == NvsFormat.BlobChunk)
            {
                _chunks[(item.Namespace, item.Key, item.Chunk)] = item;
            }
        }
        else if (item.Type == (byte)NvsType.U8 && item.Data[0] is > 0 and <= NvsFormat.MaxNamespaces)
        {
            _namespaces[item.Data[0]] = item.Key;
        }
        else
        {
            Report($"{where}: '{item.Key}' names no namespace");
        }
    }

    private static bool TryRead(ReadOnlySpan<byte> head, ReadOnlySpan<byte> body, out byte[] data)
    {
        data = [];
        byte type = head[1];
        ReadOnlySpan<byte> field = head[NvsFormat.DataOffset..];
        if (type is not ((byte)NvsType.Text or NvsFormat.WholeBlob or NvsFormat.BlobChunk))
        {
            int length = type == NvsFormat.BlobIndex ? 6 : NvsFormat.LengthOf((NvsType)type);
            bool isKnown = Enum.IsDefined((NvsType)type) && body.Length == 0;
            data = isKnown ? field[..length].ToArray() : [];
            return isKnown;
        }

        int size = BinaryPrimitives.ReadUInt16LittleEndian(field);
        if (NvsFormat.EntriesOf(size) * NvsFormat.EntryLength != body.Length
            || NvsCrc32.Of(body[..size]) != NvsFormat.ReadUInt32(head, NvsFormat.DataCrcOffset))
        {
            return false;
        }

        bool isText = type == (byte)NvsType.Text;
        if (isText && body[..size].IndexOf((byte)0) != size - 1)
        {
            return false;
        }

        data = body[..(isText ? size - 1 : size)].ToArray();
        return true;
    }

    /// <summary>
    /// A key that is there twice (power was lost while it was replaced) has the value that was written last. Only that one is put
    /// together, so that no piece is copied twice, whatever the indices say.
    /// </summary>
    private void Resolve()
    {
        Dictionary<(int Namespace, string Key), NvsItem> newest = [];
        foreach (NvsItem item in _items.Where(item => item.Type != NvsFormat.BlobChunk))
        {
            newest[(item.Namespace, item.Key)] = item;
        }

        foreach (NvsItem item in _items.Where(item => ReferenceEquals(newest.GetValueOrDefault((item.Namespace, item.Key)), item)))
        {
            if (!_namespaces.TryGetValue(item.Namespace, out string? name))
            {
                Report($"'{item.Key}' is in namespace {item.Namespace}, which has no name");
                continue;
            }

            byte[]? data = item.Type == NvsFormat.BlobIndex ? Join(item) : item.Data;
            if (data is null)
            {
                Report($"'{name}/{item.Key}': a piece of the blob is missing");
                continue;
            }

            NvsType type = item.Type == NvsFormat.WholeBlob ? NvsType.Blob : (NvsType)item.Type;
            _entries[(name, item.Key)] = new NvsEntry(name, item.Key, type, data);
        }
    }

    private byte[]? Join(NvsItem index)
    {
        uint length = NvsFormat.ReadUInt32(index.Data, 0);
        List<byte[]> pieces = [];
        for (int chunk = index.Data[5]; chunk < index.Data[5] + index.Data[4]; chunk++)
        {
            if (!_chunks.TryGetValue((index.Namespace, index.Key, chunk), out NvsItem? piece))
            {
                return null;
            }

            pieces.Add(piece.Data);
        }

        return pieces.Sum(piece => (long)piece.Length) == length ? [.. pieces.SelectMany(piece => piece)] : null;
    }

    private void Report(string problem)
    {
        if (_problems.Count < MaxProblems)
        {
            _problems.Add(problem);
        }
    }

    private sealed record NvsItem(int Namespace, string Key, byte Type, int Chunk, byte[] Data);
}
