using System.Buffers.Binary;

namespace JamBox.Twin.Radio;

/// <summary>Reads a capture file front to back; an end in the middle of something is a broken file.</summary>
internal sealed class ByteSource
{
    private readonly Stream _stream;
    private readonly byte[] _word = new byte[4];

    /// <summary>Initializes a new instance of the <see cref="ByteSource"/> class.</summary>
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
        int read = _stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        if (read == buffer.Length)
        {
            return true;
        }

        if (read == 0 && isEndFine)
        {
            return false;
        }

        throw Broken("ends in the middle of a record; it is cut short");
    }

    /// <summary>Reads bytes.</summary>
    /// <param name="count">How many.</param>
    /// <returns>Exactly so many.</returns>
    public byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        TryFill(bytes, isEndFine: false);
        return bytes;
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
        return new CaptureFormatException($"{Name} {what}.");
    }
}
