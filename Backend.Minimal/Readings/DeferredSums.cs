using JamBox.Backend.Devices;
using JamBox.Backend.Notifications;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Readings;

/// <summary>
/// What readings add up to, by quarter of an hour and by device, not yet written: SQLite only. A row in each of two tables costs a reading
/// two pages of log; some hundred readings that share them cost next to nothing. Which readings are not in the sums is on the disk with
/// the first of them (<c>readings_unsummed</c>), so that <see cref="Recover"/> finds them after a crash.
/// </summary>
internal sealed class DeferredSums : IDeferred
{
    /// <summary>
    /// Sums are written so long after the first reading that is not in them, ms. Whoever asks for sums sooner has them written at once.
    /// </summary>
    private const int MaxDelayMs = 500;

    /// <summary>Devices owed at most: writing the sums of so many takes some 30 ms, which readings wait for.</summary>
    private const int MaxDevices = 2000;

    private const int RecoverRows = 1000;

    private ReadingSums _owed = new();
    private ReadingSums? _added;
    private bool _isWritten;
    private long _dueAt;

    /// <inheritdoc/>
    public bool IsOwed => !_owed.IsEmpty;

    /// <inheritdoc/>
    public long DueAt => _dueAt;

    /// <summary>Owes the sums of readings that this transaction has stored.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="sums">Their sums.</param>
    /// <param name="afterId">The newest reading before them.</param>
    public void Add(SqlSession session, ReadingSums sums, long afterId)
    {
        if (!IsOwed || _isWritten)
        {
            session.Execute("INSERT INTO readings_unsummed (after_id) VALUES ($1)", afterId);
        }

        _added = sums;
    }

    /// <inheritdoc/>
    public void Write(SqlSession session)
    {
        _owed.Store(session);
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
            _dueAt = IsOwed ? _dueAt : Environment.TickCount64 + MaxDelayMs;
            _owed.Add(_added);
            _dueAt = _owed.Words.Count >= MaxDevices ? 0 : _dueAt;
        }

        Forget();
    }

    /// <inheritdoc/>
    public void RolledBack()
    {
        // Not at once again: a disk that is full needs time.
        _dueAt = Environment.TickCount64 + MaxDelayMs;
        Forget();
    }

    /// <summary>Adds up what a process owed when it was killed.</summary>
    /// <returns>Readings that were not in the sums.</returns>
    public static int Recover(SqlSession session, int unused)
    {
        if (FirstOwed(session) is not { } after)
        {
            return 0;
        }

        ReadingSums sums = new();
        int readings = 0;
        List<ReadingRow> rows;
        do
        {
            rows = ReadingSql.After(session, (after, null, RecoverRows));
            foreach (ReadingRow row in rows)
            {
                sums.Add(DatedReading.Of(DeviceSql.Key(session, row.DeviceId)!.Value, row), isNew: true);
                after = row.Id;
            }

            readings += rows.Count;
        }
        while (rows.Count == RecoverRows);
        sums.Store(session);
        session.Execute("DELETE FROM readings_unsummed");
        return readings;
    }

    private void Forget()
    {
        _added = null;
        _isWritten = false;
    }

    private static long? FirstOwed(SqlSession session)
    {
        using SqlStatement row = session.Query("SELECT min(after_id) FROM readings_unsummed");
        row.Read();
        return row.Int64OrNull(0);
    }
}
