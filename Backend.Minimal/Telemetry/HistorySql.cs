using System.Text;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Telemetry;

/// <summary>
/// Reads time series: row by row into as many pieces as were asked for, so that a year costs no more memory than an hour. Of each piece
/// the least and the greatest value stay: whatever is drawn from it shows every peak.
/// </summary>
internal static class HistorySql
{
    /// <summary>Points of an answer, all keys together.</summary>
    public const int MaxPoints = 2000;

    /// <summary>Keys of an answer.</summary>
    public const int MaxKeys = 16;

    private static readonly string s_stood = $"""
        SELECT from_at, to_at FROM place_devices p WHERE p.device_id = $1 AND {Caller.ScopePlaceSql("p.place_id", "$2")} ORDER BY from_at
        """;

    /// <summary>Reads what was asked for.</summary>
    /// <returns>Null when there is no such device.</returns>
    public static History? Read(SqlSession session, HistoryQuery wanted)
    {
        StoredHistory? stored = Look(session, wanted.DeviceId);
        if (stored is null)
        {
            return null;
        }

        List<(long From, long To)>? stood = wanted.Scope is null ? null : Stood(session, wanted.DeviceId, wanted.Scope);
        long rawFrom = Math.Max(stored.TrimmedBefore, wanted.RawFrom);
        long step = (wanted.To - wanted.From + wanted.PointsOfKey - 1) / wanted.PointsOfKey;
        bool fromSums = step >= SummaryJob.SlotMs || (wanted.From < rawFrom && stored.SummedUntil > wanted.From);
        HistoryFold fold = new(wanted, fromSums ? RoundUp(step, SummaryJob.SlotMs) : RoundUp(step, 1000), isBucketed: fromSums);
        long rest = wanted.From;
        if (fromSums && stored.SummedUntil > wanted.From)
        {
            ReadSums(session, stored.Key, fold, Math.Min(stored.SummedUntil, wanted.To), stood);
            rest = Math.Max(wanted.From, stored.SummedUntil);
        }

        if (rest < wanted.To)
        {
            ReadRows(session, stored.Key, fold, rest, stood);
        }

        return fold.Finish(stored);
    }

    private static StoredHistory? Look(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query(
            """
            SELECT d.id, s.summed_until, s.trimmed_before, s.points FROM devices d LEFT JOIN telemetry_states s ON s.device_key = d.id
            WHERE d.device_id = $1
            """, deviceId);
        return row.Read() ? new StoredHistory(row.Int64(0), row.Int64(1), row.Int64(2), row.Int64(3)) : null;
    }

    /// <summary>When the device stood at places of the caller's: only what it said then may be seen.</summary>
    private static List<(long From, long To)> Stood(SqlSession session, string deviceId, string scope)
    {
        using SqlStatement row = session.Query(s_stood, deviceId, scope);
        List<(long, long)> stood = [];
        while (row.Read())
        {
            stood.Add((row.Int64(0), row.Int64OrNull(1) ?? long.MaxValue));
        }

        return stood;
    }

    private static bool Stands(List<(long From, long To)>? stood, long t) =>
        stood is null || stood.Exists(period => t >= period.From && t < period.To);

    private static void ReadSums(SqlSession session, long device, HistoryFold fold, long until, List<(long From, long To)>? stood)
    {
        using SqlStatement row = session.Query(
            "SELECT t, data FROM telemetry_sums WHERE device_key = $1 AND t >= $2 AND t < $3 ORDER BY t", device,
            SummaryJob.SlotOf(fold.From), until);
        while (row.Read())
        {
            long t = row.Int64(0);
            if (!Stands(stood, t))
            {
                continue;
            }

            SlotReader slot = new(row.Bytes(1));
            while (slot.Next())
            {
                fold.Find(slot.Key)?.Add(Math.Max(t, fold.From), slot.Count, slot.Min, slot.Max, slot.Sum);
            }
        }
    }

    private static void ReadRows(SqlSession session, long device, HistoryFold fold, long from, List<(long From, long To)>? stood)
    {
        using SqlStatement row = session.Query(
            "SELECT t, data FROM telemetry WHERE device_key = $1 AND t >= $2 AND t < $3 ORDER BY t", device, from, fold.To);
        while (row.Read())
        {
            long t = row.Int64(0);
            if (!Stands(stood, t))
            {
                continue;
            }

            PackedReader points = TelemetryRow.Open(row.Bytes(1));
            while (!points.IsAtEnd)
            {
                HistorySeries? series = fold.Find(points.KeyBytes());
                double value = points.Number();
                series?.Add(t, value);
            }
        }
    }

    private static long RoundUp(long ms, long unit) => Math.Max(unit, (ms + unit - 1) / unit * unit);
}

/// <summary>What is asked for.</summary>
/// <param name="DeviceId">The device.</param>
/// <param name="Scope">The caller's scope; see <see cref="Caller"/>: where the device stood when it said it.</param>
/// <param name="Keys">The keys.</param>
/// <param name="From">From when on, milliseconds since 1970.</param>
/// <param name="To">Until when, not included.</param>
/// <param name="PointsOfKey">Points of a key at most.</param>
/// <param name="RawFrom">Since when single values are kept.</param>
internal sealed record HistoryQuery(
    string DeviceId, string? Scope, IReadOnlyList<string> Keys, long From, long To, int PointsOfKey, long RawFrom);

/// <summary>What is stored of a device.</summary>
/// <param name="Key">Its number.</param>
/// <param name="SummedUntil">Before that the sums are complete.</param>
/// <param name="TrimmedBefore">Before that nothing is kept singly.</param>
/// <param name="Points">Values that are kept singly.</param>
internal sealed record StoredHistory(long Key, long SummedUntil, long TrimmedBefore, long Points);

/// <summary>What was found.</summary>
/// <param name="Stored">What is stored of the device.</param>
/// <param name="StepMs">Length of a piece; 0 = the points are the values themselves.</param>
/// <param name="Series">The series, in the order of the keys.</param>
internal sealed record History(StoredHistory Stored, long StepMs, IReadOnlyList<HistorySeries> Series);

/// <summary>Puts values into pieces; as long as there are few enough they stay as they are.</summary>
internal sealed class HistoryFold
{
    private readonly HistorySeries[] _series;
    private readonly byte[][] _keys;
    private bool _isBucketed;

    /// <summary>Begins.</summary>
    /// <param name="wanted">What was asked for.</param>
    /// <param name="stepMs">Length of a piece.</param>
    /// <param name="isBucketed">Whether it is pieces from the first value on.</param>
    public HistoryFold(HistoryQuery wanted, long stepMs, bool isBucketed)
    {
        From = wanted.From;
        To = wanted.To;
        StepMs = stepMs;
        MaxPoints = wanted.PointsOfKey;
        _isBucketed = isBucketed;
        _series = [.. wanted.Keys.Select(key => new HistorySeries(this, key))];
        _keys = [.. wanted.Keys.Select(Encoding.ASCII.GetBytes)];
    }

    /// <summary>From when on.</summary>
    public long From { get; }

    /// <summary>Until when.</summary>
    public long To { get; }

    /// <summary>Length of a piece, ms.</summary>
    public long StepMs { get; }

    /// <summary>Points of a key at most.</summary>
    public int MaxPoints { get; }

    /// <summary>Whether it is pieces by now.</summary>
    public bool IsBucketed => _isBucketed;

    /// <summary>The series of a key; null = it is not wanted.</summary>
    public HistorySeries? Find(ReadOnlySpan<byte> key)
    {
        for (int i = 0; i < _keys.Length; i++)
        {
            if (key.SequenceEqual(_keys[i]))
            {
                return _series[i];
            }
        }

        return null;
    }

    /// <summary>There are too many: all series go over to pieces.</summary>
    public void GoOverToBuckets()
    {
        _isBucketed = true;
        foreach (HistorySeries series in _series)
        {
            series.GoOverToBuckets();
        }
    }

    /// <summary>Ends.</summary>
    public History Finish(StoredHistory stored) => new(stored, _isBucketed ? StepMs : 0, _series);
}

/// <summary>One series.</summary>
internal sealed class HistorySeries(HistoryFold fold, string key)
{
    private readonly List<(long T, double Value)> _values = [];
    private HistoryBucket[]? _buckets;

    /// <summary>The key.</summary>
    public string Key => key;

    /// <summary>Adds a value; values come in the order of time.</summary>
    public void Add(long t, double value)
    {
        if (fold.IsBucketed)
        {
            Bucket(t).Add(t, 1, value, value, value);
            return;
        }

        _values.Add((t, value));
        if (_values.Count > fold.MaxPoints)
        {
            fold.GoOverToBuckets();
        }
    }

    /// <summary>Adds what is known of some values together.</summary>
    public void Add(long t, long count, double min, double max, double sum) => Bucket(t).Add(t, count, min, max, sum);

    /// <summary>Puts what came so far into pieces.</summary>
    public void GoOverToBuckets()
    {
        foreach ((long t, double value) in _values)
        {
            Bucket(t).Add(t, 1, value, value, value);
        }

        _values.Clear();
        _values.TrimExcess();
    }

    /// <summary>Each as time (of a piece its beginning) in ms since 1970, least, mean and greatest value.</summary>
    public IEnumerable<double[]> Points() => fold.IsBucketed
        ? (_buckets ?? []).Select((bucket, i) => (bucket, i)).Where(static one => one.bucket.Count > 0).Select(one =>
            new[] { fold.From + (one.i * fold.StepMs), one.bucket.Min, one.bucket.Mean, one.bucket.Max })
        : _values.Select(static one => new[] { one.T, one.Value, one.Value, one.Value });

    /// <summary>Each value that is to be shown as it was, at its time: of a piece the least and the greatest.</summary>
    public IEnumerable<(long T, double Value)> Extremes()
    {
        if (!fold.IsBucketed)
        {
            return _values;
        }

        return (_buckets ?? []).Where(static bucket => bucket.Count > 0).SelectMany(static bucket =>
            bucket.Min.Equals(bucket.Max) ? new[] { (bucket.MinAt, bucket.Min) }
            : bucket.MinAt <= bucket.MaxAt ? [(bucket.MinAt, bucket.Min), (bucket.MaxAt, bucket.Max)]
            : [(bucket.MaxAt, bucket.Max), (bucket.MinAt, bucket.Min)]);
    }

    private ref HistoryBucket Bucket(long t)
    {
        _buckets ??= new HistoryBucket[((fold.To - fold.From - 1) / fold.StepMs) + 1];
        return ref _buckets[(t - fold.From) / fold.StepMs];
    }
}

/// <summary>A piece of a series.</summary>
internal struct HistoryBucket
{
    /// <summary>How many values.</summary>
    public long Count { get; private set; }

    /// <summary>The least.</summary>
    public double Min { get; private set; }

    /// <summary>When that was.</summary>
    public long MinAt { get; private set; }

    /// <summary>The greatest.</summary>
    public double Max { get; private set; }

    /// <summary>When that was.</summary>
    public long MaxAt { get; private set; }

    /// <summary>Their sum.</summary>
    public double Sum { get; private set; }

    /// <summary>Their mean, between both whatever the rounding.</summary>
    public readonly double Mean => Math.Clamp(Sum / Count, Min, Max);

    /// <summary>Adds some values.</summary>
    public void Add(long t, long count, double min, double max, double sum)
    {
        if (Count == 0 || min < Min)
        {
            (Min, MinAt) = (min, t);
        }

        if (Count == 0 || max > Max)
        {
            (Max, MaxAt) = (max, t);
        }

        Count += count;
        Sum += sum;
    }
}
