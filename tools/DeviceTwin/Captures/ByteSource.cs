using System.Buffers.Binary;

namespace JamBox.Twin.Captures;

/// <summary>Reads a capture file front to back; an end in the middle of something is a file cut short.</summary>
internal sealed class ByteSource
{
    private const int SkipBytes = 16_384;

    private readonly Stream _stream;
    private readonly byte[] _word = new byte[4];

    /// <param name="stream">Where from.</param>
    /// <param name="name">The file's name for messages.</param>
    public ByteSource(Stream stream, string name)
    {
        _stream = stream;
        Name = name;
    }

    /// <summary>Gets the file's name.</summary>
    public string Name { get; }

    /// <summary>Gets or sets a value indicating whether numbers have their most significant byte first.</summary>
    public bool IsBigEndian { get; set; }

    /// <summary>Fills a buffer.</summary>
    /// <param name="buffer">Filled completely.</param>
    /// <param name="isEndFine">Whether the file may end right here.</param>
    /// <returns><c>false</c> when it did.</returns>
    public bool TryFill(Span<byte> buffer, bool isEndFine)
    {
        int read = Read(buffer);
        if (read == buffer.Length)
        {
            return true;
        }

        if (read == 0 && isEndFine)
        {
            return false;
        }

        throw Broken("is cut short: it ends in the middle of a record");
    }

    /// <summary>Reads bytes.</summary>
    /// <param name="count">How many; the caller has held it against a limit.</param>
    /// <returns>Exactly so many.</returns>
    public byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        TryFill(bytes, isEndFine: false);
        return bytes;
    }

    /// <summary>
    /// Passes over bytes, however many a broken length may claim: memory does not grow with it, and it stops at the file's end.
    /// </summary>
    /// <param name="count">How many.</param>
    public void Skip(long count)
    {
        byte[] scratch = new byte[Math.Min(count, SkipBytes)];
        for (long left = count; left > 0; left -= scratch.Length)
        {
            TryFill(scratch.AsSpan(0, (int)Math.Min(left, scratch.Length)), isEndFine: false);
        }
    }

    /// <summary>Reads a 32-bit number.</summary>
    /// <returns>The number.</returns>
    public uint UInt32()
    {
        TryFill(_word, isEndFine: false);
        return UInt32(_word);
    }

    /// <summary>Takes a 32-bit number from bytes read before.</summary>
    /// <param name="bytes">Four or more bytes.</param>
    /// <returns>The number.</returns>
    public uint UInt32(ReadOnlySpan<byte> bytes)
    {
        return IsBigEndian ? BinaryPrimitives.ReadUInt32BigEndian(bytes) : BinaryPrimitives.ReadUInt32LittleEndian(bytes);
    }

    /// <summary>Takes a 64-bit number from bytes read before.</summary>
    /// <param name="bytes">Eight or more bytes.</param>
    /// <returns>The number.</returns>
    public long Int64(ReadOnlySpan<byte> bytes)
    {
        return IsBigEndian ? BinaryPrimitives.ReadInt64BigEndian(bytes) : BinaryPrimitives.ReadInt64LittleEndian(bytes);
    }

    /// <summary>Takes a 16-bit number from bytes read before.</summary>
    /// <param name="bytes">Two or more bytes.</param>
    /// <returns>The number.</returns>
    public ushort UInt16(ReadOnlySpan<byte> bytes)
    {
        return IsBigEndian ? BinaryPrimitives.ReadUInt16BigEndian(bytes) : BinaryPrimitives.ReadUInt16LittleEndian(bytes);
    }

    /// <summary>Makes the exception for this file.</summary>
    /// <param name="what">What is wrong, beginning with a verb.</param>
    /// <returns>The exception to throw.</returns>
    public CaptureFormatException Broken(string what)
    {
        return new CaptureFormatException($"{Name} {what}");
    }

    private int Read(Span<byte> buffer)
    {
        try
        {
            return _stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException)
        {
            throw Broken("is cut short or damaged: its compressed data does not unpack");
        }
        catch (IOException e)
        {
            throw new CaptureFormatException($"{Name} cannot be read: {e.Message.ReplaceLineEndings(" ")}", e);
        }
    }
}
