using System.Globalization;

namespace JamBox.Edge.Link;

/// <summary>
/// The bytes of a download: exactly as many as there must be, and never silent for long. Too few, too many and too late are faults that
/// whoever reads gets to hear of, each with what had come until then.
/// </summary>
/// <param name="response">Where they come from; disposed of with this.</param>
/// <param name="inner">Its content.</param>
/// <param name="length">Bytes that must come.</param>
/// <param name="idle">The longest silence.</param>
internal sealed class DownloadStream(HttpResponseMessage response, Stream inner, long length, TimeSpan idle) : Stream
{
    private long _read;

    /// <inheritdoc/>
    public override bool CanRead => true;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    public override long Position
    {
        get => _read;
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (buffer.Length == 0)
        {
            return 0;
        }

        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(idle);
        int read;
        try
        {
            read = await inner.ReadAsync(buffer, limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw Broken(string.Create(CultureInfo.InvariantCulture, $"nothing came for {idle.TotalSeconds:0} s"), null);
        }
        catch (Exception cut) when (cut is IOException or HttpRequestException or ObjectDisposedException)
        {
            throw Broken("the connection broke", cut);
        }

        if (read == 0)
        {
            return _read == length ? 0 : throw Broken("it ended too early", null);
        }

        _read += read;
        return _read <= length
            ? read
            : throw new LinkException(LinkFault.Unusable, "the download is refused: the server sends more than the package has");
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

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
            inner.Dispose();
            response.Dispose();
        }

        base.Dispose(disposing);
    }

    private LinkException Broken(string why, Exception? cut) => new(
        LinkFault.Unreachable,
        string.Create(CultureInfo.InvariantCulture, $"the download broke off after {_read} of {length} bytes: {why}"), cut);
}
