using System.Diagnostics;

namespace JamBox.Backend.Storage;

/// <summary>
/// Looks after the storage, in real time and on a thread of its own: finds out that it hangs, releases whoever waits for it, asks until it
/// answers again, keeps the room that a checkpoint needs on the disk, and brings SQLite's log down after long readers. Hosts with a clock
/// of their own have none: there the same run must give the same answers, however slow the machine is.
/// </summary>
internal sealed class StorageWatch : IDisposable
{
    /// <summary>Writes something, somewhere.</summary>
    public const string ProbeSql =
        "INSERT INTO storage_probe (id, probes) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET probes = storage_probe.probes + 1";

    /// <summary>Nobody who needs the storage waits longer than 2 s: this, a look and a probe.</summary>
    private static readonly TimeSpan s_slow = TimeSpan.FromMilliseconds(700);

    /// <summary>
    /// A single change that is at work may take this long before it is given up too; what waits behind it is refused at once.
    /// </summary>
    private static readonly TimeSpan s_stuck = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(200);

    private static readonly TimeSpan s_probe = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_askAgain = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_sizeEvery = TimeSpan.FromSeconds(5);

    /// <summary>A log above this is brought down; SQLite itself does it at half of that, when no reader is in its way.</summary>
    private const long MaxLogBytes = 64L * 1024 * 1024;

    private readonly StorageTarget _target;
    private readonly DiskRoom? _room;
    private readonly Writer _writer;
    private readonly Readers _readers;
    private readonly StorageOutage _outage;
    private readonly ManualResetEventSlim _end = new();
    private readonly Thread _thread;
    private Task<string?>? _probe;
    private long _sizedAt;

    /// <summary>Begins to watch.</summary>
    public StorageWatch(StorageTarget target, DiskRoom? room, Writer writer, Readers readers, StorageOutage outage)
    {
        _target = target;
        _room = room;
        _writer = writer;
        _readers = readers;
        _outage = outage;
        _thread = new Thread(Loop) { IsBackground = true, Name = "storage watch" };
        _thread.Start();
    }

    /// <summary>Tries a write on a connection of its own.</summary>
    /// <param name="target">Where.</param>
    /// <param name="shrinkLog">Whether SQLite's log is brought down first: what fills a disk may be the log itself.</param>
    /// <returns>What is wrong; null when it was written.</returns>
    public static string? TryWrite(StorageTarget target, bool shrinkLog)
    {
        try
        {
            using SqlSession session = target.OpenProbe();
            if (shrinkLog)
            {
                session.ShrinkLog();
            }

            session.Execute(ProbeSql);
            return null;
        }
#pragma warning disable CA1031 // Whatever it is, it is the answer.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return failure.Message;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _end.Set();
        if (_thread.Join(TimeSpan.FromSeconds(3)))
        {
            _end.Dispose();
        }
    }

    private void Loop()
    {
        while (!_end.Wait(_outage.Reason is not null ? s_askAgain : s_look))
        {
            if (_outage.Reason is null)
            {
                Look();
            }
            else
            {
                Recover();
            }
        }
    }

    private void Look()
    {
        if (_room?.FindShortage() is { } shortage)
        {
            Begin(shortage);
            return;
        }

        WriterState writer = _writer.State;
        if (writer.Phase is WriterPhase.Beginning or WriterPhase.Committing && writer.For > s_slow + s_slow)
        {
            Begin(writer.Phase == WriterPhase.Beginning ? "another process holds the lock" : "a commit does not end");
        }
        else if (writer.Phase == WriterPhase.Working && writer.For > s_stuck)
        {
            Begin("a change does not end");
        }
        else if (writer.For > s_slow || _readers.Oldest > s_slow)
        {
            LookCloser(writer);
        }

        KeepLogSmall();
    }

    /// <summary>
    /// Something takes long. When the storage answers somebody else it is only that; then what waits behind a change is refused, and that
    /// goes on.
    /// </summary>
    private void LookCloser(WriterState writer)
    {
        // SQLite has one writer, and while ours is at work a probe would wait for it: a question has to do.
        bool canWrite = _target.Path is null;
        if (Probe(canWrite, shrinkLog: false) is { } fault)
        {
            Begin(fault);
        }
        else if (writer.Phase == WriterPhase.Working && writer.For > s_slow + s_slow)
        {
            _outage.NoteBusy();
            _writer.FailWaiting(static () => new StorageBusyException());
        }
    }

    private void Recover()
    {
        // What has come in between the last look and the beginning waits too.
        _writer.FailPending(() => _outage.Refusal(_outage.Reason ?? ""));
        _readers.FailPending(() => _outage.Refusal(_outage.Reason ?? ""));
        if (Probe(write: true, shrinkLog: true) is null && _room?.FindShortage() is null && _writer.State.For < s_slow)
        {
            _outage.End();
        }
    }

    private void Begin(string reason)
    {
        _outage.Begin(reason);
        _writer.FailPending(() => _outage.Refusal(reason));
        _readers.FailPending(() => _outage.Refusal(reason));
    }

    /// <summary>On a thread of its own, for it may never come back; then there is no second one beside it.</summary>
    private string? Probe(bool write, bool shrinkLog)
    {
        _probe ??= Task.Factory.StartNew(
            () => write
                ? TryWrite(_target, shrinkLog)
                : TryRead(_target), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        if (!_probe.Wait(s_probe))
        {
            return "no answer within a second";
        }

        string? fault = _probe.Result;
        _probe = null;
        return fault;
    }

    private static string? TryRead(StorageTarget target)
    {
        try
        {
            using SqlSession session = target.OpenProbe();
            using SqlStatement row = session.Query("SELECT probes FROM storage_probe");
            row.Read();
            return null;
        }
#pragma warning disable CA1031 // Whatever it is, it is the answer.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return failure.Message;
        }
    }

    private void KeepLogSmall()
    {
        if (_room is null || Stopwatch.GetElapsedTime(_sizedAt) < s_sizeEvery)
        {
            return;
        }

        _sizedAt = Stopwatch.GetTimestamp();
        try
        {
            if (_room.LogBytes > MaxLogBytes)
            {
                using SqlSession session = _target.OpenProbe();
                session.ShrinkLog();
            }
        }
        catch (Exception inTheWay) when (inTheWay is StorageException or IOException)
        {
            // A reader or the writer is in the way: at the next look.
        }
    }
}
