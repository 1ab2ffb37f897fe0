using System.Net;
using System.Net.Http.Headers;

namespace JamBox.Bench.Server;

/// <summary>A body out of a file, which is never in memory whole, and which tells how much of it has gone.</summary>
internal sealed class ProgressFileContent : HttpContent
{
    private const int PieceBytes = 64 * 1024;

    private readonly Stream _file;
    private readonly IProgress<long> _progress;

    /// <summary>Takes the body.</summary>
    /// <param name="file">The file, at its beginning; it stays open.</param>
    /// <param name="contentType">What it is.</param>
    /// <param name="progress">Is told how many bytes have gone.</param>
    public ProgressFileContent(Stream file, string contentType, IProgress<long> progress)
    {
        _file = file;
        _progress = progress;
        Headers.ContentType = new MediaTypeHeaderValue(contentType);
    }

    /// <inheritdoc/>
    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        byte[] piece = new byte[PieceBytes];
        long gone = 0;
        int read;
        while ((read = await _file.ReadAsync(piece, cancellationToken).ConfigureAwait(false)) > 0)
        {
            await stream.WriteAsync(piece.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            gone += read;
            _progress.Report(gone);
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _file.Length;
        return true;
    }
}
