using JamBox.Backend.Commands;
using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Readings;

/// <summary>The SQL of readings.</summary>
internal static class ReadingSql
{
    /// <summary>So many readings in one commit are a load that is worth deferring their sums for.</summary>
    private const int LeastDeferred = 16;

    private static readonly string s_insert =
        $"{ReadingColumns.Table.InsertInto} VALUES ({ReadingColumns.Table.Parameters}) ON CONFLICT DO NOTHING";

    /// <summary>All readings of a commit at once, from arrays.</summary>
    private static readonly string s_insertMany =
        $"{ReadingColumns.Table.InsertInto} SELECT * FROM unnest({ReadingColumns.Table.Parameters}) ON CONFLICT DO NOTHING";

    /// <summary>The same; what is returned was new.</summary>
    private static readonly string s_insertManyAndSay = s_insertMany + " RETURNING device_key, key_kind, key_a, key_b";

    private static readonly ArrayStatement s_savepoint = new("SAVEPOINT readings", []);

    private static readonly string s_select = ReadingColumns.Table.Select;

    private static readonly string s_newest =
        $"{s_select} WHERE id < $1 AND ($3 IS NULL OR timestamp >= $3) AND ($4 IS NULL OR timestamp < $4) "
        + $"AND {InScope("$5")} ORDER BY id DESC LIMIT $2";

    /// <summary>
    /// Where one device's ids stand in their order: in SQLite a table that is written with the sums, in PostgreSQL an index of the readings
    /// themselves.
    /// </summary>
    private static readonly Ids s_sqliteIds = new("readings_of_device", Owed);

    private static readonly Ids s_postgresIds = new("readings", owed: null);

    /// <summary>
    /// Those that another process of the same file has not written there yet; of this one they are written before it is asked.
    /// </summary>
    private const string Owed = """
        SELECT r.id FROM readings_unsummed u CROSS JOIN readings r ON r.id > u.after_id AND r.id <= u.up_to
        WHERE r.device_key = (SELECT id FROM devices WHERE device_id = $3) AND r.id < $1
        """;

    private static readonly string s_after =
        $"{s_select} WHERE id > $1 AND {InScope("$2")} ORDER BY id LIMIT $3";

    /// <summary>
    /// Stores readings, each once, with what they say about their devices: one row per reading, then one row per quarter and one per
    /// device for the whole batch, or later where the writer defers that. A change has all readings of a request.
    /// </summary>
    public static void StoreAll(SqlSession session, IReadOnlyList<Change> changes)
    {
        List<DatedReading> readings = ReadingsOf(changes);
        DeferredSums? deferred = session.Deferred as DeferredSums;
        bool defers = deferred is not null && (deferred.IsOwed || readings.Count >= LeastDeferred);
        StoreAll(session, changes, readings, defers ? deferred : null);
    }

    /// <summary>The same for one request within a change that does more: nothing is deferred, and no command is given.</summary>
    /// <returns>What was there before.</returns>
    public static StoredReadings Store(SqlSession session, DatedReading[] readings)
    {
        GroupChange<DatedReading[], StoredReadings> change = new(readings, ReadingEndpoints.StoreAll);
        StoreAll(session, [change], [.. readings], deferred: null, givesCommands: false);
        return change.Result!;
    }

    private static void StoreAll(
        SqlSession session, IReadOnlyList<Change> changes, List<DatedReading> readings, DeferredSums? deferred, bool givesCommands = true)
    {
        if (session.TakesArrays && TryStoreTogether(session, changes, readings, givesCommands))
        {
            return;
        }

        long newest = session.TakesArrays ? 0 : NewestId(session);
        int[] added = session.TakesArrays ? InsertTogether(session, readings) : InsertEach(session, readings);
        ReadingSums sums = new();
        for (int i = 0; i < readings.Count; i++)
        {
            sums.Add(readings[i], added[i] != 0);
        }

        Dictionary<string, TouchedDevice> devices;
        if (deferred is not null)
        {
            deferred.Add(session, sums, newest, NewestId(session));
            devices = LookAll(session, readings);
        }
        else
        {
            AddToDevices(session, newest);
            devices = sums.Store(session);
        }

        AnswerAll(session, changes, devices, added, givesCommands);
    }

    /// <summary>Stores readings that need no answer (an import).</summary>
    /// <returns>How many were new.</returns>
    public static int Import(SqlSession session, IReadOnlyList<DatedReading> imported)
    {
        List<DatedReading> readings = WithKeys(session, imported);
        int[] added = new int[readings.Count];
        long newest = NewestId(session);
        session.ExecuteMany(s_insert, [.. readings.Select(ReadingColumns.Table.Values)], added);
        AddToDevices(session, newest);
        ReadingSums sums = new();
        for (int i = 0; i < readings.Count; i++)
        {
            if (added[i] != 0)
            {
                sums.Add(readings[i], isNew: true);
            }
        }

        sums.StoreTotals(session);
        return added.Sum();
    }

    /// <summary>An import knows ids only. A device that was deleted meanwhile has no readings any more.</summary>
    private static List<DatedReading> WithKeys(SqlSession session, IReadOnlyList<DatedReading> readings)
    {
        Dictionary<string, long?> keys = new(StringComparer.Ordinal);
        List<DatedReading> known = new(readings.Count);
        foreach (DatedReading dated in readings)
        {
            if (!keys.TryGetValue(dated.DeviceId, out long? key))
            {
                key = DeviceSql.Key(session, dated.DeviceId);
                keys.Add(dated.DeviceId, key);
            }

            if (key is { } number)
            {
                known.Add(dated with { DeviceKey = number });
            }
        }

        return known;
    }

    private static GroupChange<DatedReading[], StoredReadings> Of(Change change) => (GroupChange<DatedReading[], StoredReadings>)change;

    private static List<DatedReading> ReadingsOf(IReadOnlyList<Change> changes)
    {
        List<DatedReading> readings = new(changes.Count);
        foreach (Change change in changes)
        {
            readings.AddRange(Of(change).State);
        }

        return readings;
    }

    private static int[] InsertEach(SqlSession session, List<DatedReading> readings)
    {
        List<SqlValue[]> rows = new(readings.Count);
        foreach (DatedReading dated in readings)
        {
            rows.Add(ReadingColumns.Table.Values(dated));
        }

        int[] added = new int[rows.Count];
        session.ExecuteMany(s_insert, rows, added);
        return added;
    }

    /// <summary>
    /// Sorted by what identifies them, so that two processes that were sent the same readings never wait for each other in a ring. The
    /// sort is stable: of repeats in one batch the first to arrive is the one that is stored, and the one that is answered so.
    /// </summary>
    private static List<SqlValue[]> Sorted(List<DatedReading> readings) =>
    [
        .. readings
            .OrderBy(static dated => dated.DeviceKey)
            .ThenBy(static dated => (dated.KeyKind, dated.KeyA, dated.KeyB))
            .Select(ReadingColumns.Table.Values),
    ];

    /// <summary>
    /// Stores readings and their sums in one round trip, as if all were new: nearly always they are. When one was not, the sums are wrong
    /// and everything is undone.
    /// </summary>
    /// <returns>False when nothing was stored.</returns>
    private static bool TryStoreTogether(
        SqlSession session, IReadOnlyList<Change> changes, List<DatedReading> readings, bool givesCommands)
    {
        ReadingSums sums = new();
        HashSet<(long, ReadingKeyKind, long, long)> different = new(readings.Count);
        foreach (DatedReading dated in readings)
        {
            if (!different.Add((dated.DeviceKey, dated.KeyKind, dated.KeyA, dated.KeyB)))
            {
                return false;
            }

            sums.Add(dated, isNew: true);
        }

        Dictionary<string, TouchedDevice> devices =
            sums.StoreWith(session, [s_savepoint, new ArrayStatement(s_insertMany, Sorted(readings))], out int[] changed);
        if (changed[1] != readings.Count)
        {
            session.Execute("ROLLBACK TO SAVEPOINT readings");
            return false;
        }

        sums.Follow(session, devices);
        int[] added = new int[readings.Count];
        Array.Fill(added, 1);
        AnswerAll(session, changes, devices, added, givesCommands);
        return true;
    }

    /// <summary>All readings in one statement, which says which of them were new.</summary>
    private static int[] InsertTogether(SqlSession session, List<DatedReading> readings)
    {
        List<SqlValue[]> rows = Sorted(readings);
        HashSet<(long, ReadingKeyKind, long, long)> stored = new(rows.Count);
        using (SqlStatement row = session.QueryMany(s_insertManyAndSay, rows))
        {
            while (row.Read())
            {
                stored.Add((row.Int64(0), (ReadingKeyKind)row.Int32(1), row.Int64(2), row.Int64(3)));
            }
        }

        int[] added = new int[readings.Count];
        for (int i = 0; i < added.Length; i++)
        {
            DatedReading dated = readings[i];
            added[i] = stored.Remove((dated.DeviceKey, dated.KeyKind, dated.KeyA, dated.KeyB)) ? 1 : 0;
        }

        return added;
    }

    private static long NewestId(SqlSession session)
    {
        using SqlStatement row = session.Query("SELECT max(id) FROM readings");
        row.Read();
        return row.Int64(0);
    }

    private static Dictionary<string, TouchedDevice> LookAll(SqlSession session, List<DatedReading> readings)
    {
        Dictionary<string, TouchedDevice> devices = new(readings.Count, StringComparer.Ordinal);
        foreach (DatedReading dated in readings)
        {
            if (!devices.ContainsKey(dated.DeviceId))
            {
                devices.Add(dated.DeviceId, DeviceSql.Look(session, dated.DeviceKey));
            }
        }

        return devices;
    }

    private static void AnswerAll(
        SqlSession session, IReadOnlyList<Change> changes, Dictionary<string, TouchedDevice> devices, int[] added, bool givesCommands)
    {
        int first = 0;
        foreach (GroupChange<DatedReading[], StoredReadings> change in changes.Select(Of))
        {
            DatedReading[] readings = change.State;
            change.Result = devices.TryGetValue(readings[0].DeviceId, out TouchedDevice device)
                ? Answer(session, readings, device, added.AsSpan(first, readings.Length), givesCommands)
                : throw new StorageException($"{readings[0].DeviceId} was deleted", 1, isOutage: false);
            first += readings.Length;
        }
    }

    /// <summary>The readings of one request are of one device.</summary>
    private static StoredReadings Answer(
        SqlSession session, DatedReading[] readings, TouchedDevice device, ReadOnlySpan<int> added, bool givesCommands)
    {
        bool[] isKnown = new bool[readings.Length];
        for (int i = 0; i < readings.Length; i++)
        {
            DatedReading dated = readings[i];
            isKnown[i] = added[i] == 0;
            if (dated.Reading.Ack is { } ack)
            {
                CommandQueue.Acknowledge(session, dated.DeviceId, ack, dated.Reading.AckResult, dated.ReceivedAt);
            }
        }

        DatedReading last = readings[^1];
        PendingCommand? command = givesCommands && device.HasCommands
            ? CommandQueue.Next(session, last.DeviceId, last.Reading.BootId is not null, last.ReceivedAt)
            : null;
        return new StoredReadings(isKnown, device.ConfigVersion, command);
    }

    /// <summary>A reading is of the place where its device stood in the period that it was taken in.</summary>
    private static string InScope(string parameter) =>
        Caller.ScopeAtSql("(SELECT device_id FROM devices WHERE id = readings.device_key)", "readings.period_start_ts", parameter);

    /// <summary>Lists readings, newest first.</summary>
    public static List<ReadingRow> List(SqlSession session, ReadingFilter filter)
    {
        Ids ids = session.TakesArrays ? s_postgresIds : s_sqliteIds;
        using SqlStatement row =
            filter.DeviceId is null ? session.Query(s_newest, filter.Before, filter.Limit, filter.From, filter.Until, filter.Scope)
            : filter.From is null && filter.Until is null && filter.Scope is null ? session.Query(
                ids.Newest, filter.Before, filter.Limit, filter.DeviceId)
            : session.Query(ids.NewestBetween, filter.Before, filter.Limit, filter.DeviceId, filter.From, filter.Until, filter.Scope);
        return Rows(row);
    }

    /// <summary>Lists readings in the order of arrival, for those who listen.</summary>
    public static List<ReadingRow> After(SqlSession session, (long Id, string? Scope, int Limit) wanted)
    {
        using SqlStatement row = session.Query(s_after, wanted.Id, wanted.Scope, wanted.Limit);
        return Rows(row);
    }

    /// <summary>Says whose the readings after one are, where that is a table of its own (SQLite).</summary>
    private static void AddToDevices(SqlSession session, long after)
    {
        if (!session.TakesArrays)
        {
            session.Execute(
                "INSERT INTO readings_of_device SELECT device_key, id FROM readings WHERE id > $1 ORDER BY device_key, id", after);
        }
    }

    private static List<ReadingRow> Rows(SqlStatement row)
    {
        List<ReadingRow> rows = [];
        while (row.Read())
        {
            rows.Add(ReadingColumns.Table.Row(row));
        }

        return rows;
    }

    /// <summary>The questions for the newest readings of one device.</summary>
    private sealed class Ids
    {
        /// <summary>Makes them.</summary>
        /// <param name="table">Where <c>device_key</c> and <c>id</c> stand in the order of both.</param>
        /// <param name="owed">Further ids that it may lack; null = it lacks none.</param>
        public Ids(string table, string? owed)
        {
            string ofDevice = $"SELECT id FROM {table} WHERE device_key = (SELECT id FROM devices WHERE device_id = $3) AND id < $1";
            string others = owed is null ? "" : $" UNION ALL {owed}";
            Newest =
                $"{s_select} WHERE id IN (SELECT id FROM ({ofDevice} ORDER BY id DESC LIMIT $2) newest{others}) ORDER BY id DESC LIMIT $2";
            NewestBetween =
                $"{s_select} WHERE id IN ({ofDevice}{others}) AND ($4 IS NULL OR timestamp >= $4) AND ($5 IS NULL OR timestamp < $5) "
                + $"AND {InScope("$6")} ORDER BY id DESC LIMIT $2";
        }

        /// <summary>The newest of one device.</summary>
        public string Newest { get; }

        /// <summary>
        /// The same within times, or for a caller of some places: which only the rows tell. They are looked up from the newest on until
        /// there are enough.
        /// </summary>
        public string NewestBetween { get; }
    }
}

/// <summary>Which readings are wanted.</summary>
internal sealed record ReadingFilter
{
    /// <summary>Only this device's; null = all.</summary>
    public string? DeviceId { get; init; }

    /// <summary>The caller's scope; see <see cref="Security.Caller"/>: where the device stood when they were taken.</summary>
    public string? Scope { get; init; }

    /// <summary>Only ids below this.</summary>
    public long Before { get; init; } = long.MaxValue;

    /// <summary>Rows at most.</summary>
    public int Limit { get; init; }

    /// <summary>Only those closed at or after, milliseconds since 1970.</summary>
    public long? From { get; init; }

    /// <summary>Only those closed before, milliseconds since 1970.</summary>
    public long? Until { get; init; }
}

/// <summary>What the storage says after the readings of a request.</summary>
/// <param name="IsKnown">Of each, whether the same reading was there before.</param>
/// <param name="ConfigVersion">The version that the device should run.</param>
/// <param name="Command">What it should do next, if anything.</param>
internal sealed record StoredReadings(bool[] IsKnown, int ConfigVersion, PendingCommand? Command);
