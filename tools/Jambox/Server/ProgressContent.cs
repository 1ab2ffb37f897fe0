using System.Net;
using System.Net.Http.Headers;

namespace JamBox.Bench.Server;

/// <summary>A body that tells how much of it has gone.</summary>
internal sealed class ProgressContent : HttpContent
{
    private const int PieceBytes = 16 * 1024;

    private readonly byte[] _bytes;
    private readonly IProgress<long> _progress;

    /// <summary>Takes the body.</summary>
    /// <param name="bytes">The body.</param>
    /// <param name="progress">Is told how many bytes have gone.</param>
    public ProgressContent(byte[] bytes, IProgress<long> progress)
    {
        _bytes = bytes;
        _progress = progress;
        Headers.ContentType = new MediaTypeHeaderValue("application/octet-stream");
    }

    /// <inheritdoc/>
    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        for (int at = 0; at < _bytes.Length; at += PieceBytes)
        {
            await stream.WriteAsync(_bytes.AsMemory(at, Math.Min(PieceBytes, _bytes.Length - at))).ConfigureAwait(false);
            await stream.FlushAsync().ConfigureAwait(false);
            _progress.Report(Math.Min(at + PieceBytes, _bytes.Length));
        }
    }

    /// <inheritdoc/>
    protected override bool TryComputeLength(out long length)
    {
        length = _bytes.Length;
        return true;
    }
}
