using JamBox.Backend.Devices;
using JamBox.Backend.Notifications;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Readings;

/// <summary>
/// What readings add up to, by quarter of an hour and by device, and which are a device's, not yet written: SQLite only. A row in each of
/// three tables costs a reading three pages of log; some hundred readings that share them cost next to nothing. Which readings are not in
/// there is on the disk with them (<c>readings_unsummed</c>), so that <see cref="Recover"/> finds them after a crash. Of several processes
/// on one file the first does so, and holds a lock beside it; the others write their sums with their readings.
/// </summary>
internal sealed class DeferredSums : IDeferred
{
    /// <summary>
    /// Sums are written so long after the first reading that is not in them, ms. Whoever asks sooner has them written at once.
    /// </summary>
    public const int MaxDelayMs = 500;

    /// <summary>Devices owed at most: writing the sums of so many takes some 30 ms, which readings wait for.</summary>
    private const int MaxDevices = 2000;

    private const int RecoverRows = 1000;

    private const string AddToDevicesSql = """
        INSERT INTO readings_of_device SELECT r.device_key, r.id
        FROM readings_unsummed u CROSS JOIN readings r ON r.id > u.after_id AND r.id <= u.up_to
        ORDER BY r.device_key, r.id
        """;

    private readonly FileStream _lock;
    private readonly int _delayMs;
    private ReadingSums _owed = new();
    private ReadingSums? _added;
    private bool _isWritten;
    private long _dueAt;

    private DeferredSums(FileStream held, int delayMs)
    {
        _lock = held;
        _delayMs = delayMs;
    }

    /// <inheritdoc/>
    public bool IsOwed => !_owed.IsEmpty;

    /// <inheritdoc/>
    public long DueAt => _dueAt;

    /// <summary>Takes the right to owe sums.</summary>
    /// <param name="database">The SQLite file.</param>
    /// <param name="delayMs">How long they are owed at most, ms.</param>
    /// <returns>Null when another process has it.</returns>
    public static DeferredSums? TryOpen(string database, int delayMs = MaxDelayMs)
    {
        try
        {
            // Not to be shared: the system gives it back when the process ends, however it ends.
            FileStream held = new(database + "-sums", FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            return new DeferredSums(held, delayMs);
        }
        catch (Exception taken) when (taken is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Owes the sums of readings that this transaction has stored.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="sums">Their sums.</param>
    /// <param name="afterId">The newest reading before them.</param>
    /// <param name="upTo">The newest of them; nobody else can have stored any in between.</param>
    public void Add(SqlSession session, ReadingSums sums, long afterId, long upTo)
    {
        session.Execute("INSERT INTO readings_unsummed (after_id, up_to) VALUES ($1, $2)", afterId, upTo);
        _added = sums;
    }

    /// <inheritdoc/>
    public void Write(SqlSession session)
    {
        _owed.Store(session);
        session.Execute(AddToDevicesSql);
        session.Execute("DELETE FROM readings_unsummed");
        _isWritten = true;
    }

    /// <inheritdoc/>
    public void Committed()
    {
        if (_isWritten)
        {
            _owed = new ReadingSums();
        }

        if (_added is not null)
        {
            _dueAt = IsOwed ? _dueAt : Environment.TickCount64 + _delayMs;
            _owed.Add(_added);
            _dueAt = _owed.Words.Count >= MaxDevices ? 0 : _dueAt;
        }

        Forget();
    }

    /// <inheritdoc/>
    public void RolledBack()
    {
        // Not at once again: a disk that is full needs time.
        _dueAt = Environment.TickCount64 + _delayMs;
        Forget();
    }

    /// <summary>Adds up what a process owed when it was killed.</summary>
    /// <returns>Readings that were not in the sums.</returns>
    public static int Recover(SqlSession session, int unused)
    {
        ReadingSums sums = new();
        int readings = 0;
        foreach ((long after, long upTo) in Owed(session))
        {
            readings += AddStored(session, sums, after, upTo);
        }

        sums.Store(session);
        session.Execute(AddToDevicesSql);
        session.Execute("DELETE FROM readings_unsummed");
        return readings;
    }

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    private static int AddStored(SqlSession session, ReadingSums sums, long after, long upTo)
    {
        int readings = 0;
        List<ReadingRow> rows;
        do
        {
            rows = ReadingSql.After(session, (after, null, RecoverRows));
            foreach (ReadingRow row in rows.TakeWhile(row => row.Id <= upTo))
            {
                sums.Add(DatedReading.Of(DeviceSql.Key(session, row.DeviceId)!.Value, row), isNew: true);
                after = row.Id;
                readings++;
            }
        }
        while (rows.Count == RecoverRows && after < upTo && rows[^1].Id <= upTo);
        return readings;
    }

    private static List<(long After, long UpTo)> Owed(SqlSession session)
    {
        using SqlStatement row = session.Query("SELECT after_id, up_to FROM readings_unsummed ORDER BY after_id");
        List<(long After, long UpTo)> owed = [];
        while (row.Read())
        {
            owed.Add((row.Int64(0), row.Int64(1)));
        }

        return owed;
    }

    private void Forget()
    {
        _added = null;
        _isWritten = false;
    }
}
