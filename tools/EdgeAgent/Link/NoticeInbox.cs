using System.Text;

using JamBox.Edge.Engine;

using Microsoft.Extensions.Logging;

namespace JamBox.Edge.Link;

/// <summary>
/// The newest notice, by whatever way it came: the common topic, the own one, the answer to a question. It lies on the disk before it is
/// acknowledged to anybody. Whether it was carried out already the engine knows.
/// </summary>
internal sealed class NoticeInbox
{
    private static readonly TimeSpan s_ahead = TimeSpan.FromDays(1);

    private readonly IFiles _files;
    private readonly string _path;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly Lock _lock = new();
    private TaskCompletionSource _arrived = New();
    private string? _said;

    /// <summary>Reads the one that was kept.</summary>
    /// <param name="files">The disk.</param>
    /// <param name="path">The file.</param>
    /// <param name="clock">Judges timestamps.</param>
    /// <param name="logger">Where it is said what was no notice.</param>
    public NoticeInbox(IFiles files, string path, TimeProvider clock, ILogger logger)
    {
        _files = files;
        _path = path;
        _clock = clock;
        _logger = logger;
        try
        {
            Newest = files.Read(path, Notice.MaxBytes) is { } kept ? Notice.Parse(kept) : null;
        }
        catch (Exception damaged) when (damaged is NoticeException or IOException)
        {
            // The server says it again.
            logger.LogWarning("The notice that was kept is damaged: {Fault}", damaged.Message);
        }
    }

    /// <summary>Happens after a newer one was kept, on the thread that brought it.</summary>
    public event Action<Notice>? Arrived;

    /// <summary>The newest one; <c>null</c> = none has come.</summary>
    public Notice? Newest { get; private set; }

    /// <summary>Takes a notice.</summary>
    /// <param name="json">It.</param>
    /// <param name="from">Where it came from, for the log.</param>
    /// <param name="isOwn">Somebody at this computer says it: it may speak of what lies here.</param>
    /// <returns>Whether it is newer than all before.</returns>
    /// <exception cref="IOException">It cannot be kept.</exception>
    public bool Offer(ReadOnlySpan<byte> json, string from, bool isOwn = false)
    {
        if (json.IsEmpty)
        {
            // The server has taken back a retained one.
            return false;
        }

        Notice notice;
        try
        {
            notice = Notice.Parse(json);
        }
        catch (NoticeException fault)
        {
            Say($"What came {from} is no notice: {fault.Message}");
            return false;
        }

        if (LocalDownloads.IsLocal(notice) && !isOwn)
        {
            Say($"The notice of {notice.Version} that came {from} speaks of a package on this computer: only who is at it may say that");
            return false;
        }

        // The newest wins: one from the far future would shut out all others for years.
        if (notice.At > _clock.GetUtcNow() + s_ahead)
        {
            Say($"The notice of {notice.Version} that came {from} is of {notice.Timestamp}, which lies in the future: "
                + "is the clock of this gateway or of the server wrong? It is not taken before then");
            return false;
        }

        lock (_lock)
        {
            if (Newest is { } known && notice.At <= known.At)
            {
                return false;
            }

            using (IFileWriter writer = _files.Create(_path + ".new", secret: true))
            {
                writer.Write(json);
                writer.Flush();
            }

            _files.Rename(_path + ".new", _path);
            _files.FlushFolder(Path.GetDirectoryName(_path)!);
            Newest = notice;
            _arrived.TrySetResult();
            _arrived = New();
        }

        _logger.LogInformation("A notice came {From}: {Version} ({Id}), {Size} bytes", from, notice.Version, notice.Id, notice.Size);
        Arrived?.Invoke(notice);
        return true;
    }

    /// <summary>Waits until there is a notice that is newer.</summary>
    /// <param name="than">The timestamp of the one that is known; <c>null</c> = none is.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<Notice> NewerAsync(DateTimeOffset? than, CancellationToken cancel)
    {
        while (true)
        {
            Task arrived;
            lock (_lock)
            {
                if (Newest is { } newest && (than is null || newest.At > than))
                {
                    return newest;
                }

                arrived = _arrived.Task;
            }

            await arrived.WaitAsync(cancel).ConfigureAwait(false);
        }
    }

    private static TaskCompletionSource New() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>The same is said once: a retained message comes with each connection.</summary>
    private void Say(string what)
    {
        if (_said != what)
        {
            _said = what;
            _logger.LogWarning("{Fault}", what);
        }
    }
}
