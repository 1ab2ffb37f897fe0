using System.Buffers;

using JamBox.Backend.Wire;

namespace JamBox.Backend.Deployments;

/// <summary>Answers with a package, out of its file.</summary>
internal sealed class PackageAnswer : RangedAnswer
{
    private const int PieceBytes = 64 * 1024;

    private readonly PackageFolder _folder;
    private readonly Deployment _deployment;

    /// <summary>Makes the answer.</summary>
    /// <param name="folder">Where the packages are.</param>
    /// <param name="deployment">The package.</param>
    public PackageAnswer(PackageFolder folder, Deployment deployment)
        : base(deployment.Sha256, deployment.Size, deployment.Filename)
    {
        _folder = folder;
        _deployment = deployment;
    }

    /// <inheritdoc/>
    protected override string HashHeader => "X-Checksum-SHA256";

    /// <inheritdoc/>
    protected override string ContentType => "application/zip";

    /// <inheritdoc/>
    protected override async Task WriteAsync(HttpContext http, long from, long length)
    {
        // As long as it is open it is there, whoever removes it.
        using FileStream? file = _folder.Open(_deployment.Id);
        if (file is null || file.Length != _deployment.Size)
        {
            http.Abort();
            return;
        }

        byte[] piece = ArrayPool<byte>.Shared.Rent(PieceBytes);
        try
        {
            while (length > 0)
            {
                int read = await RandomAccess.ReadAsync(
                    file.SafeFileHandle, piece.AsMemory(0, (int)Math.Min(PieceBytes, length)), from, http.RequestAborted)
                    .ConfigureAwait(false);
                if (read == 0)
                {
                    http.Abort();
                    return;
                }

                await http.Response.Body.WriteAsync(piece.AsMemory(0, read), http.RequestAborted).ConfigureAwait(false);
                from += read;
                length -= read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(piece);
        }
    }
}
