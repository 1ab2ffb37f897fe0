using JamBox.Backend.Devices;
using JamBox.Backend.Manufacturing;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Telemetry;

/// <summary>The SQL of messages: one row of history each, and one row of state for each device of a commit.</summary>
internal static class TelemetrySql
{
    /// <summary>
    /// <c>devices.last_seen_at</c> follows at most so late, ms: less than any silence that counts, and not one row more with every message.
    /// </summary>
    private const long TouchMs = 10_000;

    private const string LoadColumns =
        "d.id, d.place_id, d.product, s.at, s.touched_at, s.summed_until, s.trimmed_before, s.data FROM devices d";

    private const string LoadSql = $"SELECT {LoadColumns} LEFT JOIN telemetry_states s ON s.device_key = d.id WHERE d.id = $1";

    /// <summary>The same for many, from an array: their rows are locked in the order of their numbers, so that two processes never wait
    /// for each other in a ring.</summary>
    private const string LoadManySql =
        $"SELECT {LoadColumns} JOIN telemetry_states s ON s.device_key = d.id WHERE s.device_key = ANY($1) ORDER BY d.id FOR UPDATE OF s";

    private const string FirstWordSql = """
        INSERT INTO telemetry_states (device_key, at, data)
        SELECT d.id, 0, '' FROM devices d WHERE d.id = ANY($1) ORDER BY d.id
        ON CONFLICT DO NOTHING RETURNING device_key
        """;

    private const string RowColumns = "INSERT INTO telemetry (device_key, t, points, data)";

    private const string RowSql = $"{RowColumns} VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";

    private const string RowsSql =
        $"{RowColumns} SELECT * FROM unnest($1, $2, $3, $4) ON CONFLICT DO NOTHING RETURNING device_key, t";

    private const string StateColumns = "INSERT INTO telemetry_states (device_key, at, touched_at, points, summed_until, source, data)";

    private const string StateSet = """
        ON CONFLICT (device_key) DO UPDATE SET at = excluded.at, touched_at = excluded.touched_at,
            points = telemetry_states.points + excluded.points, summed_until = excluded.summed_until, source = excluded.source,
            data = excluded.data
        """;

    private const string OneStateSql = $"{StateColumns} VALUES ($1, $2, $3, $4, $5, $6, $7) {StateSet}";

    private const string StatesSql =
        $"{StateColumns} SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7) {StateSet} RETURNING device_key";

    [ThreadStatic]
    private static PackedWriter? s_writer;

    /// <summary>Where the writer of this thread packs.</summary>
    public static PackedWriter Writer => s_writer ??= new PackedWriter();

    /// <summary>Stores all messages of a commit.</summary>
    public static void StoreAll(SqlSession session, IReadOnlyList<Change> changes)
    {
        Dictionary<long, HeardDevice> devices = Load(session, changes);
        foreach (Change change in changes)
        {
            GroupChange<PendingTelemetry, StoredTelemetry> message = (GroupChange<PendingTelemetry, StoredTelemetry>)change;
            message.Result = devices.TryGetValue(message.State.Device.Key, out HeardDevice? device)
                ? device.Take(message.State)
                : throw new StorageException($"{message.State.Device.DeviceId} was deleted", 1, isOutage: false);
        }

        List<HeardDevice> heard = [.. devices.Values.OrderBy(static device => device.Key)];
        StoreRows(session, heard);
        StoreStates(session, heard);
        TouchAll(session, heard);
        foreach (HeardDevice device in heard)
        {
            StateSql.Note(session, device.DeviceId, device.Changes);
            device.Rules?.Evaluate(session, device);
            device.Rules?.Deliver(session, device);
        }
    }

    /// <summary>Locks the state of one device for a change in this transaction.</summary>
    /// <returns>Null when there is no such device.</returns>
    public static HeardDevice? Lock(SqlSession session, long key, string deviceId)
    {
        Dictionary<long, HeardDevice> loaded = new(1);
        Load(session, [(key, deviceId)], loaded);
        return loaded.GetValueOrDefault(key);
    }

    /// <summary>Writes states.</summary>
    public static void StoreStates(SqlSession session, IReadOnlyList<HeardDevice> heard)
    {
        List<SqlValue[]> rows = new(heard.Count);
        foreach (HeardDevice device in heard)
        {
            rows.Add(
            [
                device.Key, device.At, device.TouchedAt, device.AddedPoints, device.SummedUntil, device.Source,
                device.Values.Pack(Writer),
            ]);
        }

        if (!session.TakesArrays)
        {
            rows.ForEach(row => session.Execute(OneStateSql, row));
        }
        else if (rows.Count > 0)
        {
            using SqlStatement done = session.QueryMany(StatesSql, rows);
            while (done.Read())
            {
                // To the end.
            }
        }
    }

    private static Dictionary<long, HeardDevice> Load(SqlSession session, IReadOnlyList<Change> changes)
    {
        Dictionary<long, HeardDevice> loaded = new(changes.Count);
        HashSet<long> asked = new(changes.Count);
        List<(long Key, string DeviceId)> wanted = new(changes.Count);
        foreach (Change change in changes)
        {
            DeviceIdentity device = ((GroupChange<PendingTelemetry, StoredTelemetry>)change).State.Device;
            if (asked.Add(device.Key))
            {
                wanted.Add((device.Key, device.DeviceId));
            }
        }

        Load(session, wanted, loaded);
        return loaded;
    }

    private static void Load(SqlSession session, List<(long Key, string DeviceId)> wanted, Dictionary<long, HeardDevice> loaded)
    {
        Dictionary<long, string> ids = wanted.ToDictionary(static one => one.Key, static one => one.DeviceId);
        if (!session.TakesArrays)
        {
            foreach (long key in ids.Keys)
            {
                using SqlStatement row = session.Query(LoadSql, key);
                Take(row, ids, loaded);
            }

            return;
        }

        LoadMany(session, ids.Keys, ids, loaded);
        List<long> missing = [.. ids.Keys.Where(key => !loaded.ContainsKey(key))];
        if (missing.Count > 0)
        {
            using (SqlStatement made = session.QueryMany(FirstWordSql, [.. missing.Select(static key => new SqlValue[] { key })]))
            {
                while (made.Read())
                {
                    // To the end.
                }
            }

            LoadMany(session, missing, ids, loaded);
        }
    }

    private static void LoadMany(
        SqlSession session, IEnumerable<long> keys, Dictionary<long, string> ids, Dictionary<long, HeardDevice> loaded)
    {
        using SqlStatement row = session.QueryMany(LoadManySql, [.. keys.Select(static key => new SqlValue[] { key })]);
        Take(row, ids, loaded);
    }

    private static void Take(SqlStatement row, Dictionary<long, string> ids, Dictionary<long, HeardDevice> loaded)
    {
        while (row.Read())
        {
            long key = row.Int64(0);
            loaded.Add(key, new HeardDevice(key, ids[key], DeviceValues.Unpack(row.Bytes(7)))
            {
                PlaceId = row.Int64OrNull(1),
                Product = row.TextOrNull(2),
                At = row.Int64(3),
                TouchedAt = row.Int64(4),
                SummedUntil = row.Int64(5),
                TrimmedBefore = row.Int64(6),
            });
        }
    }

    private static void StoreRows(SqlSession session, List<HeardDevice> heard)
    {
        if (session.TakesArrays)
        {
            StoreRowsTogether(session, heard);
            return;
        }

        foreach (HeardDevice device in heard)
        {
            foreach ((long t, List<TelemetryPoint> points) in device.Rows)
            {
                if (session.Execute(RowSql, device.Key, t, points.Count, TelemetryRow.Pack(points, Writer)) > 0)
                {
                    device.AddedPoints += points.Count;
                }
                else
                {
                    Merge(session, device, t, points);
                }
            }
        }
    }

    private static void StoreRowsTogether(SqlSession session, List<HeardDevice> heard)
    {
        List<SqlValue[]> rows = [];
        foreach (HeardDevice device in heard)
        {
            foreach ((long t, List<TelemetryPoint> points) in device.Rows)
            {
                rows.Add([device.Key, t, points.Count, TelemetryRow.Pack(points, Writer)]);
            }
        }

        if (rows.Count == 0)
        {
            return;
        }

        HashSet<(long, long)> added = new(rows.Count);
        using (SqlStatement row = session.QueryMany(RowsSql, rows))
        {
            while (row.Read())
            {
                added.Add((row.Int64(0), row.Int64(1)));
            }
        }

        foreach (HeardDevice device in heard)
        {
            foreach ((long t, List<TelemetryPoint> points) in device.Rows)
            {
                if (added.Contains((device.Key, t)))
                {
                    device.AddedPoints += points.Count;
                }
                else
                {
                    Merge(session, device, t, points);
                }
            }
        }
    }

    /// <summary>Of this moment something is stored: what is new in it is added, and what was said before stays.</summary>
    private static void Merge(SqlSession session, HeardDevice device, long t, List<TelemetryPoint> points)
    {
        List<TelemetryPoint> stored;
        using (SqlStatement row = session.Query("SELECT data FROM telemetry WHERE device_key = $1 AND t = $2", device.Key, t))
        {
            stored = row.Read() ? TelemetryRow.Unpack(row.Bytes(0)) : [];
        }

        int before = stored.Count;
        foreach (TelemetryPoint point in points)
        {
            if (!stored.Exists(known => known.Key == point.Key))
            {
                stored.Add(point);
            }
        }

        if (stored.Count > before)
        {
            session.Execute(
                "UPDATE telemetry SET points = $3, data = $4 WHERE device_key = $1 AND t = $2", device.Key, t, stored.Count,
                TelemetryRow.Pack(stored, Writer));
            device.AddedPoints += stored.Count - before;
        }
    }

    /// <summary>Says in <c>devices</c>, where everybody looks, that a device has spoken.</summary>
    private static void TouchAll(SqlSession session, List<HeardDevice> heard)
    {
        List<DeviceWord> words = [];
        foreach (HeardDevice device in heard.Where(static device => device.IsTouched))
        {
            words.Add(new DeviceWord { DeviceId = device.DeviceId, At = device.TouchedAt });
        }

        if (words.Count == 0)
        {
            return;
        }

        foreach ((string id, TouchedDevice touched) in DeviceSql.TouchAll(session, words))
        {
            LifeSql.Hear(session, id, touched.Awaited, hasReading: true, words.Find(word => word.DeviceId == id)!.At);
        }
    }

    /// <summary>Whether a device that has spoken is to be touched now.</summary>
    public static bool IsTouchDue(long touchedAt, long now) => now - touchedAt >= TouchMs;
}

/// <summary>A message that is about to be stored.</summary>
/// <param name="Device">Who says it.</param>
/// <param name="Body">What it says.</param>
/// <param name="Now">Milliseconds since 1970.</param>
/// <param name="Rules">The rules as they are known.</param>
/// <param name="Source">This process.</param>
internal sealed record PendingTelemetry(DeviceIdentity Device, TelemetryBody Body, long Now, RuleBook Rules, int Source);

/// <summary>What was stored.</summary>
/// <param name="Taken">What the sender is told.</param>
/// <param name="PlaceId">Where the device stands.</param>
/// <param name="News">What the message says that is newer than what was known.</param>
/// <param name="Changes">What of it changed wanted state.</param>
internal sealed record StoredTelemetry(
    TelemetryTaken Taken, long? PlaceId, IReadOnlyList<TelemetryPoint> News, IReadOnlyList<ValueChange> Changes);

/// <summary>A device with what is stored of it and what it says in this commit.</summary>
/// <param name="key">Its number.</param>
/// <param name="deviceId">Its id.</param>
/// <param name="values">Its state.</param>
internal sealed class HeardDevice(long key, string deviceId, DeviceValues values)
{
    /// <summary>Its number.</summary>
    public long Key => key;

    /// <summary>Its id.</summary>
    public string DeviceId => deviceId;

    /// <summary>Its state.</summary>
    public DeviceValues Values => values;

    /// <summary>Where it stands.</summary>
    public long? PlaceId { get; init; }

    /// <summary>What its firmware is for.</summary>
    public string? Product { get; init; }

    /// <summary>Its last word, milliseconds since 1970; 0 = none.</summary>
    public long At { get; set; }

    /// <summary>When <c>devices</c> was last told.</summary>
    public long TouchedAt { get; set; }

    /// <summary>Whether it is to be told now.</summary>
    public bool IsTouched { get; private set; }

    /// <summary>Before that the sums are complete.</summary>
    public long SummedUntil { get; set; }

    /// <summary>Before that nothing is kept singly any more.</summary>
    public long TrimmedBefore { get; init; }

    /// <summary>Values that were added to its history.</summary>
    public int AddedPoints { get; set; }

    /// <summary>This process.</summary>
    public int Source { get; set; }

    /// <summary>Rows of its history, by their time.</summary>
    public SortedList<long, List<TelemetryPoint>> Rows { get; } = [];

    /// <summary>What has changed of its state.</summary>
    public List<ValueChange> Changes { get; } = [];

    /// <summary>What is new of its values, message by message; for rules.</summary>
    public List<(long At, TelemetryPoint Point)> News { get; } = [];

    /// <summary>The rules that hold for it; null = none.</summary>
    public DeviceRules? Rules { get; private set; }

    /// <summary>Takes a message.</summary>
    public StoredTelemetry Take(PendingTelemetry pending)
    {
        // Two in one millisecond are two moments all the same.
        long now = Math.Max(pending.Now, At + 1);
        now = now - pending.Now > 1000 ? pending.Now : now;
        if (!values.HasRoomFor(pending.Body.Messages[0].Points) || !HasRoomForAll(pending.Body))
        {
            return new StoredTelemetry(
                new TelemetryTaken(now, [], "data: 256 different keys of a device at most; null removes one"), PlaceId, [], []);
        }

        At = Math.Max(At, now);
        Source = pending.Source;
        if (TelemetrySql.IsTouchDue(TouchedAt, now))
        {
            TouchedAt = now;
            IsTouched = true;
        }

        Rules ??= pending.Rules.For(deviceId, Product);
        int changed = Changes.Count;
        values.EndWishes(now, Changes);
        List<TelemetryPoint> news = [];
        foreach (TelemetryMessage message in pending.Body.IsBatch
            ? [.. pending.Body.Messages.OrderBy(static one => one.At)]
            : pending.Body.Messages)
        {
            Take(message, now, news);
        }

        return new StoredTelemetry(
            new TelemetryTaken(now, values.Merged(), null), PlaceId, news, Changes.GetRange(changed, Changes.Count - changed));
    }

    private bool HasRoomForAll(TelemetryBody body)
    {
        if (!body.IsBatch)
        {
            return true;
        }

        List<TelemetryPoint> all = [.. body.Messages.SelectMany(static message => message.Points)
            .Where(static point => point.Value.Kind != TelemetryKind.Null).DistinctBy(static point => point.Key)];
        return values.HasRoomFor(all);
    }

    private void Take(TelemetryMessage message, long now, List<TelemetryPoint> news)
    {
        long t = message.At ?? now;
        if (t < TrimmedBefore)
        {
            // It would be the only one left of its time.
            return;
        }

        // A clock that goes ahead must not outlive what is said after it.
        long at = Math.Min(t, now);
        List<TelemetryPoint>? series = null;
        foreach (TelemetryPoint point in message.Points)
        {
            if (point.Value.IsSeries)
            {
                series ??= RowOf(t);
                if (!series.Exists(known => known.Key == point.Key))
                {
                    series.Add(point);
                }
            }

            // What comes without a time is so now, whatever the clock was before it was set.
            long when = message.At is null ? Math.Max(at, values.Find(point.Key)?.ReportedAt ?? 0) : at;
            if (values.Report(point, when, deviceId, Changes))
            {
                news.RemoveAll(known => known.Key == point.Key);
                news.Add(point);
                if (Rules is not null)
                {
                    News.Add((at, point));
                }
            }
        }

        if (series is not null && t < SummedUntil)
        {
            SummedUntil = SummaryJob.SlotOf(t);
        }
    }

    /// <summary>The row of a moment; what this commit has said of it before stays.</summary>
    private List<TelemetryPoint> RowOf(long t)
    {
        if (!Rows.TryGetValue(t, out List<TelemetryPoint>? row))
        {
            row = new List<TelemetryPoint>(4);
            Rows.Add(t, row);
        }

        return row;
    }
}

/// <summary>A row of history: the numbers and booleans of one moment.</summary>
internal static class TelemetryRow
{
    /// <summary>First byte.</summary>
    private const byte Version = 1;

    /// <summary>Makes the packed form.</summary>
    public static byte[] Pack(List<TelemetryPoint> points, PackedWriter writer)
    {
        writer.Clear();
        writer.Byte(Version);
        foreach (TelemetryPoint point in points)
        {
            writer.Key(point.Key);
            writer.Value(point.Value);
        }

        return writer.ToArray();
    }

    /// <summary>Reads the packed form.</summary>
    public static List<TelemetryPoint> Unpack(ReadOnlySpan<byte> bytes)
    {
        List<TelemetryPoint> points = [];
        PackedReader reader = Open(bytes);
        while (!reader.IsAtEnd)
        {
            points.Add(new TelemetryPoint(reader.Key(), reader.Value()));
        }

        return points;
    }

    /// <summary>Stands before the first key.</summary>
    public static PackedReader Open(ReadOnlySpan<byte> bytes)
    {
        PackedReader reader = new(bytes);
        return reader.Byte() == Version ? reader : throw new InvalidDataException("A row of telemetry was written by a newer version.");
    }
}
