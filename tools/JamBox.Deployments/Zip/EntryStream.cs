using System.IO.Compression;

namespace JamBox.Deployments.Zip;

/// <summary>
/// The bytes of an entry, unpacked and counted: it gives never more than was said, and its end only when size and check sum are right.
/// One at a time of a zip, for they share its stream.
/// </summary>
internal sealed class EntryStream : Stream
{
    private readonly ZipEntry _entry;
    private readonly Stream _bytes;
    private Crc32 _crc;
    private long _read;
    private bool _isEnded;

    /// <summary>Opens an entry.</summary>
    /// <param name="zip">The zip.</param>
    /// <param name="entry">Its entry.</param>
    public EntryStream(Stream zip, ZipEntry entry)
    {
        _entry = entry;
        WindowStream window = new(zip, entry.DataOffset, entry.CompressedSize);
        _bytes = entry.IsDeflated ? new DeflateStream(window, CompressionMode.Decompress) : window;
    }

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => _entry.Size;

    /// <inheritdoc/>
    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override int Read(Span<byte> buffer)
    {
        if (_isEnded || buffer.IsEmpty)
        {
            return 0;
        }

        int read;
        try
        {
            read = _bytes.Read(buffer);
        }
        catch (InvalidDataException)
        {
            throw new PackageException($"{PackagePath.Shown(_entry.Path)} cannot be unpacked: it is damaged");
        }

        _read += read;
        _crc.Add(buffer[..read]);
        if (_read > _entry.Size)
        {
            throw new PackageException(
                $"{PackagePath.Shown(_entry.Path)} unpacks to more than the {_entry.Size} bytes that the zip says");
        }

        if (read == 0)
        {
            _isEnded = true;
            if (_read != _entry.Size || _crc.Value != _entry.Crc)
            {
                throw new PackageException($"{PackagePath.Shown(_entry.Path)} is damaged: its size or check sum is another");
            }
        }

        return read;
    }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _bytes.Dispose();
        }

        base.Dispose(disposing);
    }

    /// <summary>A part of a stream, which stays open.</summary>
    private sealed class WindowStream(Stream zip, long start, long length) : Stream
    {
        private long _at;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => length;

        public override long Position
        {
            get => _at;
            set => throw new NotSupportedException();
        }

        public override int Read(Span<byte> buffer)
        {
            int wanted = (int)Math.Min(buffer.Length, length - _at);
            if (wanted == 0)
            {
                return 0;
            }

            zip.Position = start + _at;
            int read = zip.Read(buffer[..wanted]);
            _at += read;
            return read;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
