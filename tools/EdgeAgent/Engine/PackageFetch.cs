using System.Buffers;
using System.Text.Json;

namespace JamBox.Edge.Engine;

/// <summary>How much of a package is surely on the disk.</summary>
/// <param name="Sha256">Of the whole package: another one begins anew.</param>
/// <param name="Size">Of the whole package.</param>
/// <param name="Flushed">So many bytes are on the disk; what is behind them may be anything.</param>
/// <param name="ETag">Of the answer they came with.</param>
internal sealed record PartNote(string Sha256, long Size, long Flushed, string? ETag);

/// <summary>Something went wrong with a try; the deployment can be tried again, or not.</summary>
/// <param name="message">What, as a sentence without its full stop.</param>
/// <param name="isHopeless">To try again helps nothing.</param>
internal sealed class TryFailedException(string message, bool isHopeless = false) : Exception(message)
{
    /// <summary>To try again helps nothing.</summary>
    public bool IsHopeless { get; } = isHopeless;
}

/// <summary>Brings a package here, taken up where it broke off, however often that is.</summary>
/// <param name="files">The disk.</param>
/// <param name="folder">The agent's.</param>
/// <param name="downloads">Where it comes from.</param>
/// <param name="clock">Of the waits after the line broke.</param>
internal sealed class PackageFetch(IFiles files, AgentFolder folder, IDownloads downloads, TimeProvider clock)
{
    private const int BufferBytes = 64 * 1024;
    private const int MaxNote = 4096;
    private const int MaxETag = 1024;

    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(5);

    /// <summary>Brings the package.</summary>
    /// <param name="notice">Which.</param>
    /// <param name="options">How often, how much.</param>
    /// <param name="progress">Told of the share that is here, 0 to 100.</param>
    /// <param name="cancellation">Breaks off; what came stays.</param>
    /// <returns>When it is here, whole: its SHA-256 is the notice's.</returns>
    /// <exception cref="TryFailedException">It does not come, or another came.</exception>
    /// <exception cref="IOException">The disk.</exception>
    public async Task FetchAsync(Notice notice, DeployerOptions options, Action<int> progress, CancellationToken cancellation)
    {
        files.CreateFolder(folder.Downloads);
        PartNote note = Resume(notice);
        int failures = 0;
        while (note.Flushed < notice.Size)
        {
            cancellation.ThrowIfCancellationRequested();
            long before = note.Flushed;
            string fault;
            TimeSpan told;
            (note, fault, told) = await ReceiveAsync(notice, note, options, progress, cancellation).ConfigureAwait(false);
            if (note.Flushed == notice.Size)
            {
                break;
            }

            failures = note.Flushed > before ? 0 : failures + 1;
            if (failures >= options.DownloadTries)
            {
                throw new TryFailedException($"The package could not be downloaded ({note.Flushed} of {notice.Size} bytes): {fault}");
            }

            TimeSpan own = Wait(options.DownloadWait, failures);
            await Task.Delay(told > own ? told : own, clock, cancellation).ConfigureAwait(false);
        }

        Check(notice, cancellation);
    }

    /// <summary>Forgets what came.</summary>
    /// <param name="id">Of the deployment.</param>
    public void Forget(string id)
    {
        files.Delete(folder.PartNote(id));
        files.Delete(folder.Part(id));
    }

    private static TimeSpan Wait(TimeSpan first, int failures)
    {
        TimeSpan wait = first * Math.Pow(2, Math.Clamp(failures - 1, 0, 20));

        // A thousand gateways that one fault has cut off do not come back in the same second.
        return (wait < s_longestWait ? wait : s_longestWait) * (1 + (Random.Shared.NextDouble() / 2));
    }

    private PartNote Resume(Notice notice)
    {
        PartNote fresh = new(notice.Sha256, notice.Size, 0, null);
        try
        {
            PartNote? note = files.Read(folder.PartNote(notice.Id), MaxNote) is { } bytes
                ? JsonSerializer.Deserialize(bytes, JournalJson.Default.PartNote) : null;
            return note is not null && note.Sha256 == notice.Sha256 && note.Size == notice.Size && note.Flushed >= 0
                && note.Flushed <= files.Length(folder.Part(notice.Id)) ? note : fresh;
        }
        catch (JsonException)
        {
            return fresh;
        }
    }

    /// <summary>One answer of the server, as far as it goes.</summary>
    /// <returns>What is on the disk then, why it is not all, and how long the server wants to be left alone.</returns>
    private async Task<(PartNote Note, string Fault, TimeSpan Wait)> ReceiveAsync(
        Notice notice, PartNote note, DeployerOptions options, Action<int> progress, CancellationToken cancellation)
    {
        try
        {
            using Download download = await downloads.OpenAsync(
                notice, note.Flushed, note.Flushed > 0 ? note.ETag : null, cancellation).ConfigureAwait(false);
            if (download.From != note.Flushed && download.From != 0)
            {
                return (note, $"The server began at byte {download.From} instead of {note.Flushed}", TimeSpan.Zero);
            }

            if (note.Flushed > 0 && download.From == 0)
            {
                // Another package perhaps: what the note says of the old one must not be believed of the new one's bytes.
                OnDisk(() => files.Delete(folder.PartNote(notice.Id)));
            }

            string? etag = download.ETag is { Length: <= MaxETag } ? download.ETag : null;
            PartNote begun = note with { Flushed = download.From, ETag = etag };
            (PartNote written, string broke) = await WriteAsync(
                notice, begun, download.Content, options, progress, cancellation).ConfigureAwait(false);
            return (written, broke, TimeSpan.Zero);
        }
        catch (DownloadRefusedException e)
        {
            throw new TryFailedException($"The server does not give the package: {e.Message}");
        }
        catch (Exception e) when (e is not DiskException && IsNetwork(e, cancellation))
        {
            return (note, e.Message, (e as DownloadBusyException)?.Wait ?? TimeSpan.Zero);
        }
    }

    // A deadline of the client's own looks like being called off.
    private static bool IsNetwork(Exception e, CancellationToken cancellation) =>
        e is IOException or HttpRequestException || (e is OperationCanceledException && !cancellation.IsCancellationRequested);

    private async Task<(PartNote Note, string Fault)> WriteAsync(
        Notice notice, PartNote note, Stream content, DeployerOptions options, Action<int> progress, CancellationToken cancellation)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(BufferBytes);
        long written = note.Flushed;
        string fault = "The line broke";
        try
        {
            using IFileWriter writer = OnDisk(() => files.Append(folder.Part(notice.Id), written));
            while (written < notice.Size)
            {
                int read;
                try
                {
                    read = await content.ReadAsync(
                        buffer.AsMemory(0, (int)Math.Min(BufferBytes, notice.Size - written)), cancellation).ConfigureAwait(false);
                }
                catch (Exception e) when (e is IOException or HttpRequestException or OperationCanceledException)
                {
                    // Called off, too: what came is brought to the disk first.
                    fault = e.Message;
                    read = 0;
                }

                if (read == 0)
                {
                    break;
                }

                OnDisk(() => writer.Write(buffer.AsSpan(0, read)));
                written += read;
                if (written - note.Flushed >= options.FlushBytes)
                {
                    note = Flush(notice, note, writer, written);
                    progress((int)(written * 100 / notice.Size));
                }
            }

            return (Flush(notice, note, writer, written), fault);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private PartNote Flush(Notice notice, PartNote note, IFileWriter writer, long written)
    {
        PartNote next = note with { Flushed = written };
        OnDisk(() =>
        {
            writer.Flush();
            files.Replace(folder.PartNote(notice.Id), JsonSerializer.SerializeToUtf8Bytes(next, JournalJson.Default.PartNote));
        });
        return next;
    }

    private void Check(Notice notice, CancellationToken cancellation)
    {
        string? hash = files.Hash(folder.Part(notice.Id), cancellation);
        if (hash != notice.Sha256)
        {
            Forget(notice.Id);
            throw new TryFailedException($"The package that came is another than the one that was announced (SHA-256 {hash})");
        }
    }

    // What the disk says must not be taken for a word of the network, which is tried again at once.
    private static void OnDisk(Action action) => OnDisk<object?>(() =>
    {
        action();
        return null;
    });

    private static T OnDisk<T>(Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DiskException(e);
        }
    }

    private sealed class DiskException(Exception inner) : IOException(inner.Message, inner);
}
