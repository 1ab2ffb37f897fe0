using System.Buffers.Binary;
using System.Text;

namespace JamBox.Ota.Nvs;

/// <summary>
/// Makes the image of an NVS partition, which ESP-IDF's NVS opens as if it had written it itself. What is added first stands first; the
/// bytes are those that Espressif's own generator makes of the same values in the same order (format version 2, blobs over pages), its
/// habits included: a text never takes the last entry of a page, and a blob that begins in the last entry begins with an empty piece.
/// A text of 3,968 to 3,999 bytes, which fills a page and which the generator cannot place, gets a page of its own.
/// </summary>
public sealed class NvsWriter
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly int _length;
    private readonly List<NvsPage> _pages = [];
    private readonly HashSet<string> _namespaces = new(StringComparer.Ordinal);
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    private string _namespace = "";

    /// <summary>Begins an empty partition.</summary>
    /// <param name="length">Its size in bytes, as the partition table says: a multiple of 4,096, from 12,288 to 16 MB.</param>
    /// <exception cref="NvsException">NVS cannot use a partition of that size.</exception>
    public NvsWriter(int length)
    {
        if (length is < NvsFormat.MinLength or > NvsFormat.MaxLength || length % NvsFormat.PageLength != 0)
        {
            throw new NvsException(
                $"an NVS partition has {NvsFormat.MinLength} to {NvsFormat.MaxLength} bytes, a multiple of {NvsFormat.PageLength}; "
                + $"this has {length}");
        }

        _length = length;
        NewPage();
    }

    private NvsPage Page => _pages[^1];

    /// <summary>Begins a namespace: what is added from here on is in it.</summary>
    /// <param name="name">1…15 printable ASCII characters without blanks.</param>
    /// <returns>This.</returns>
    /// <exception cref="NvsException">The name is none, was there before, or does not fit.</exception>
    public NvsWriter Namespace(string name)
    {
        CheckName(name, "namespace");
        if (_namespaces.Count == NvsFormat.MaxNamespaces)
        {
            throw new NvsException($"namespace '{name}' is one too many: a partition has {NvsFormat.MaxNamespaces} at most");
        }

        if (!_namespaces.Add(name))
        {
            throw new NvsException($"namespace '{name}' comes twice: put its keys together");
        }

        _keys.Clear();
        _namespace = name;
        AddEntry(0, name, NvsType.U8, [(byte)_namespaces.Count]);
        return this;
    }

    /// <summary>Adds an integer.</summary>
    /// <param name="key">1…15 printable ASCII characters without blanks.</param>
    /// <param name="type">Of how many bits, with or without a sign.</param>
    /// <param name="value">The value.</param>
    /// <returns>This.</returns>
    /// <exception cref="NvsException">The key is none or was there before, the value is out of range, or it does not fit.</exception>
    public NvsWriter Integer(string key, NvsType type, Int128 value)
    {
        CheckKey(key);
        int length = NvsFormat.LengthOf(type);
        if (length == 0 || !Enum.IsDefined(type))
        {
            throw new NvsException($"{Path(key)}: {type} is no type of integers");
        }

        (Int128 min, Int128 max) = NvsFormat.RangeOf(type);
        if (value < min || value > max)
        {
            throw new NvsException($"{Path(key)} is out of the range of {type}, {min} to {max}");
        }

        Span<byte> bytes = stackalloc byte[16];
        BinaryPrimitives.WriteInt128LittleEndian(bytes, value);
        AddEntry((byte)_namespaces.Count, key, type, bytes[..length]);
        return this;
    }

    /// <summary>Adds a text.</summary>
    /// <param name="key">1…15 printable ASCII characters without blanks.</param>
    /// <param name="value">At most 3,999 bytes of UTF-8, none of them zero.</param>
    /// <returns>This.</returns>
    /// <exception cref="NvsException">The key is none or was there before, the text is none, or it does not fit.</exception>
    public NvsWriter Text(string key, string value)
    {
        CheckKey(key);
        ArgumentNullException.ThrowIfNull(value);
        byte[] bytes = Encode(key, value);
        int span = 1 + NvsFormat.EntriesOf(bytes.Length);

        // The generator leaves the last entry of a page free here. An empty page is not left, or the longest texts had no place at all.
        if (Page.Used + span >= NvsFormat.EntriesPerPage && Page.Used > 0)
        {
            NewPage();
        }

        AddData(key, (byte)NvsType.Text, NvsFormat.AnyChunk, bytes);
        return this;
    }

    /// <summary>Adds bytes.</summary>
    /// <param name="key">1…15 printable ASCII characters without blanks.</param>
    /// <param name="value">At most 508,000 bytes.</param>
    /// <returns>This.</returns>
    /// <exception cref="NvsException">The key is none or was there before, the blob is too long, or it does not fit.</exception>
    public NvsWriter Blob(string key, ReadOnlySpan<byte> value)
    {
        CheckKey(key);
        if (Page.Used == NvsFormat.EntriesPerPage)
        {
            NewPage();
        }

        int at = 0;
        int chunks = 0;
        do
        {
            int room = (NvsFormat.EntriesPerPage - Page.Used - 1) * NvsFormat.EntryLength;
            int length = Math.Min(room, value.Length - at);
            if (chunks == NvsFormat.MaxChunks)
            {
                throw new NvsException(
                    $"{Path(key)} has {value.Length} bytes: too long for a blob, which has {NvsFormat.MaxChunks} pieces at most");
            }

            AddData(key, NvsFormat.BlobChunk, (byte)chunks, value.Slice(at, length));
            chunks++;
            at += length;
            if (at < value.Length || room - length < NvsFormat.EntryLength)
            {
                NewPage();
            }
        }
        while (at < value.Length);

        Span<byte> index = stackalloc byte[6];
        NvsFormat.WriteUInt32(index, 0, (uint)value.Length);
        index[4] = (byte)chunks;
        index[5] = 0;
        AddEntry((byte)_namespaces.Count, key, NvsType.Blob, index);
        return this;
    }

    /// <summary>Makes the image.</summary>
    /// <returns>As many bytes as the partition has. Pages that were not needed are erased flash, the last one always.</returns>
    public byte[] ToImage()
    {
        var image = new byte[_length];
        Array.Fill(image, (byte)0xFF);
        for (int i = 0; i < _pages.Count; i++)
        {
            _pages[i].Bytes.CopyTo(image, i * NvsFormat.PageLength);
        }

        return image;
    }

    private void NewPage()
    {
        // One page stays free: NVS moves what is alive in a page there when it makes room.
        if (_pages.Count == (_length / NvsFormat.PageLength) - 1)
        {
            throw new NvsException(
                $"the values do not fit into {_length} bytes: a page of {NvsFormat.PageLength} takes {NvsFormat.EntriesPerPage} entries of "
                + $"{NvsFormat.EntryLength} bytes, and one page stays free; make the partition larger, or the values fewer");
        }

        if (_pages.Count > 0)
        {
            Page.Close();
        }

        _pages.Add(new NvsPage((uint)_pages.Count));
    }

    private void AddEntry(byte namespaceIndex, string key, NvsType type, ReadOnlySpan<byte> data)
    {
        if (Page.Used == NvsFormat.EntriesPerPage)
        {
            NewPage();
        }

        Page.Add(NvsPage.Head(namespaceIndex, (byte)type, 1, NvsFormat.AnyChunk, key, data), []);
    }

    private void AddData(string key, byte type, byte chunk, ReadOnlySpan<byte> data)
    {
        Span<byte> size = stackalloc byte[8];
        size.Fill(0xFF);
        BinaryPrimitives.WriteUInt16LittleEndian(size, (ushort)data.Length);
        NvsFormat.WriteUInt32(size, 4, NvsCrc32.Of(data));
        int span = 1 + NvsFormat.EntriesOf(data.Length);
        Page.Add(NvsPage.Head((byte)_namespaces.Count, type, (byte)span, chunk, key, size), data);
    }

    private byte[] Encode(string key, string value)
    {
        byte[] bytes;
        try
        {
            bytes = s_utf8.GetBytes(value + '\0');
        }
        catch (EncoderFallbackException)
        {
            throw new NvsException($"{Path(key)} has half a character: it cannot be written as UTF-8");
        }

        if (bytes.Length > NvsFormat.MaxTextBytes)
        {
            throw new NvsException($"{Path(key)} has {bytes.Length - 1} bytes of text: {NvsFormat.MaxTextBytes - 1} is the most");
        }

        return bytes.AsSpan().IndexOf((byte)0) == bytes.Length - 1
            ? bytes
            : throw new NvsException($"{Path(key)} has a zero character, at which every reader would stop");
    }

    private void CheckKey(string key)
    {
        CheckName(key, "key");
        if (_namespace.Length == 0)
        {
            throw new NvsException($"key '{key}' is in no namespace: begin one first");
        }

        if (!_keys.Add(key))
        {
            throw new NvsException($"{Path(key)} comes twice");
        }
    }

    private string Path(string key) => $"'{_namespace}/{key}'";

    private static void CheckName(string name, string what)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!NvsFormat.IsName(name))
        {
            throw new NvsException($"{what} '{name}' has not 1 to {NvsFormat.MaxNameLength} printable ASCII characters without blanks");
        }
    }
}
