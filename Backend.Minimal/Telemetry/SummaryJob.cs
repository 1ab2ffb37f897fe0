using System.Text;

using JamBox.Backend.Operation;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Telemetry;

/// <summary>
/// Once a minute: sums up the five minutes that are over, device by device, in small transactions. What came late makes its five minutes
/// due again. What is done stands in the storage: any process may do it, and one that is killed leaves nothing half done.
/// </summary>
internal sealed class SummaryJob : IJob
{
    /// <summary>What is summed up, ms.</summary>
    public const long SlotMs = 5 * 60 * 1000L;

    /// <summary>Rows in one transaction, more or less: no message waits longer for it than some milliseconds.</summary>
    private const int SliceRows = 2000;

    /// <summary>Devices that are looked for at a time.</summary>
    private const int SliceDevices = 500;

    private const string DueSql =
        "SELECT device_key FROM telemetry_states WHERE device_key > $1 AND summed_until < $2 AND at >= summed_until ORDER BY device_key LIMIT $3";

    /// <summary>Locks the row too: nobody adds to what is being summed up.</summary>
    private const string LockSql =
        "UPDATE telemetry_states SET summed_until = summed_until WHERE device_key = $1 RETURNING summed_until";

    private readonly Store _store;
    private readonly TimeProvider _clock;

    /// <summary>Makes the job.</summary>
    public SummaryJob(Store store, TimeProvider clock)
    {
        _store = store;
        _clock = clock;
    }

    /// <inheritdoc/>
    public TimeSpan Period => TimeSpan.FromMinutes(1);

    /// <summary>The five minutes that a moment lies in: their beginning.</summary>
    public static long SlotOf(long t) => t - (((t % SlotMs) + SlotMs) % SlotMs);

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        long until = SlotOf(_clock.GetUtcNow().ToUnixTimeMilliseconds());
        long after = 0;
        while (!stopping.IsCancellationRequested)
        {
            List<long> due = await _store.ReadAsync((after, until), Due).ConfigureAwait(false);
            if (due.Count == 0)
            {
                return;
            }

            after = due[^1];
            Queue<long> left = new(due);
            while (left.Count > 0 && !stopping.IsCancellationRequested)
            {
                await _store.WriteAsync((left, until), SumSome).ConfigureAwait(false);
            }
        }
    }

    private static List<long> Due(SqlSession session, (long After, long Until) wanted)
    {
        using SqlStatement row = session.Query(DueSql, wanted.After, wanted.Until, SliceDevices);
        List<long> due = [];
        while (row.Read())
        {
            due.Add(row.Int64(0));
        }

        return due;
    }

    /// <summary>Sums up devices until it is enough for one transaction; after a rollback those that were done are found done.</summary>
    private static int SumSome(SqlSession session, (Queue<long> Left, long Until) work)
    {
        int rows = 0;
        List<long> done = [];
        foreach (long device in work.Left)
        {
            (int read, bool isDone) = Sum(session, device, work.Until);
            rows += read;
            if (isDone)
            {
                done.Add(device);
            }

            if (rows >= SliceRows)
            {
                break;
            }
        }

        // What was not committed is due again at the next turn, a minute later.
        done.ForEach(_ => work.Left.Dequeue());
        return rows;
    }

    private static (int Rows, bool IsDone) Sum(SqlSession session, long device, long until)
    {
        long from;
        using (SqlStatement row = session.Query(LockSql, device))
        {
            if (!row.Read())
            {
                return (0, true);
            }

            from = row.Int64(0);
        }

        List<(long T, byte[] Data)> slots = [];
        (int rows, long next) = Read(session, device, from, until, slots);
        foreach ((long t, byte[] data) in slots)
        {
            session.Execute(
                """
                INSERT INTO telemetry_sums (device_key, t, data) VALUES ($1, $2, $3)
                ON CONFLICT (device_key, t) DO UPDATE SET data = excluded.data
                """, device, t, data);
        }

        session.Execute("UPDATE telemetry_states SET summed_until = $2 WHERE device_key = $1", device, next);
        return (rows, next >= until);
    }

    private static (int Rows, long Next) Read(
        SqlSession session, long device, long from, long until, List<(long T, byte[] Data)> slots)
    {
        SlotSums sums = new();
        long slot = long.MinValue;
        int rows = 0;
        using SqlStatement row = session.Query(
            "SELECT t, data FROM telemetry WHERE device_key = $1 AND t >= $2 AND t < $3 ORDER BY t", device, from, until);
        while (row.Read())
        {
            long t = row.Int64(0);
            if (SlotOf(t) != slot)
            {
                Flush();
                slot = SlotOf(t);
                if (rows >= SliceRows)
                {
                    return (rows, slot);
                }
            }

            sums.Add(row.Bytes(1));
            rows++;
        }

        Flush();
        return (rows, until);

        void Flush()
        {
            if (slot != long.MinValue)
            {
                slots.Add((slot, sums.Take()));
            }
        }
    }
}

/// <summary>Sums up the rows of five minutes.</summary>
internal sealed class SlotSums
{
    /// <summary>First byte of the packed form.</summary>
    public const byte Version = 1;

    private readonly Dictionary<string, HistoryBucket> _sums = new(StringComparer.Ordinal);

    /// <summary>Adds a row.</summary>
    public void Add(byte[] packed)
    {
        PackedReader points = TelemetryRow.Open(packed);
        while (!points.IsAtEnd)
        {
            string key = points.Key();
            double value = points.Number();
            HistoryBucket bucket = _sums.GetValueOrDefault(key);
            bucket.Add(0, 1, value, value, value);
            _sums[key] = bucket;
        }
    }

    /// <summary>Makes the packed form, and begins anew.</summary>
    public byte[] Take()
    {
        PackedWriter writer = TelemetrySql.Writer;
        writer.Clear();
        writer.Byte(Version);
        foreach ((string key, HistoryBucket bucket) in _sums.OrderBy(static one => one.Key, StringComparer.Ordinal))
        {
            writer.Key(key);
            writer.Whole(bucket.Count);
            writer.Number(bucket.Min);
            writer.Number(bucket.Max);
            writer.Number(bucket.Sum);
        }

        _sums.Clear();
        return writer.ToArray();
    }
}

/// <summary>Reads what <see cref="SlotSums"/> has packed, key by key.</summary>
internal ref struct SlotReader
{
    private PackedReader _reader;

    /// <summary>Begins.</summary>
    public SlotReader(ReadOnlySpan<byte> packed)
    {
        _reader = new PackedReader(packed);
        if (_reader.Byte() != SlotSums.Version)
        {
            throw new InvalidDataException("Sums of telemetry were written by a newer version.");
        }
    }

    /// <summary>The key, ASCII.</summary>
    public ReadOnlySpan<byte> Key { get; private set; }

    /// <summary>How many values.</summary>
    public long Count { get; private set; }

    /// <summary>The least.</summary>
    public double Min { get; private set; }

    /// <summary>The greatest.</summary>
    public double Max { get; private set; }

    /// <summary>Their sum.</summary>
    public double Sum { get; private set; }

    /// <summary>Goes to the next key.</summary>
    /// <returns>False at the end.</returns>
    public bool Next()
    {
        if (_reader.IsAtEnd)
        {
            return false;
        }

        Key = _reader.KeyBytes();
        Count = _reader.Whole();
        Min = _reader.Number();
        Max = _reader.Number();
        Sum = _reader.Number();
        return true;
    }
}
