using JamBox.Backend.Wire;

namespace JamBox.Backend.Firmware;

/// <summary>Answers with a part of a release.</summary>
internal sealed class FileAnswer : RangedAnswer
{
    /// <summary>Bytes that are given to the web server at a time: what it holds for a receiver that does not read grows by this.</summary>
    private const int PieceBytes = 16 * 1024;

    private readonly FileChunks _chunks;
    private readonly ReleasePart _part;

    /// <summary>Makes the answer.</summary>
    /// <param name="chunks">Where the bytes are.</param>
    /// <param name="part">What is given.</param>
    /// <param name="fileName">The name under which browsers keep it.</param>
    public FileAnswer(FileChunks chunks, ReleasePart part, string fileName)
        : base(part.Sha256, part.Size, fileName)
    {
        _chunks = chunks;
        _part = part;
    }

    /// <inheritdoc/>
    protected override async Task WriteAsync(HttpContext http, long from, long length)
    {
        long at = _part.Start + from;
        long left = length;
        while (left > 0)
        {
            if (await _chunks.GetAsync(_part.FileId, (int)(at / FileSql.ChunkBytes)).ConfigureAwait(false) is not { } chunk)
            {
                // It was removed meanwhile. Half an answer is out: only hanging up tells the receiver.
                http.Abort();
                return;
            }

            int start = (int)(at % FileSql.ChunkBytes);
            int end = (int)Math.Min(chunk.Length, start + left);
            if (end <= start)
            {
                http.Abort();
                return;
            }

            for (int piece = start; piece < end; piece += PieceBytes)
            {
                await http.Response.Body.WriteAsync(chunk.AsMemory(piece, Math.Min(PieceBytes, end - piece)), http.RequestAborted)
                    .ConfigureAwait(false);
            }

            at += end - start;
            left -= end - start;
        }
    }
}
