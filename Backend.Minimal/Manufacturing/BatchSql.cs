using System.Globalization;

using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Manufacturing;

/// <summary>A batch that is about to be made: its slow hashes are made already.</summary>
/// <param name="Request">What was asked for.</param>
/// <param name="Platform">The platform of its firmware.</param>
/// <param name="Product">What that is for.</param>
/// <param name="Prefix">With which its serial numbers begin.</param>
/// <param name="Pins">A PIN and its hash for each device.</param>
/// <param name="Secrets">The random bytes.</param>
/// <param name="Who">Who makes it.</param>
/// <param name="At">When.</param>
internal sealed record BatchToMake(
    BatchRequest Request, string Platform, string? Product, string Prefix, IReadOnlyList<(string Pin, string Hash)> Pins,
    ISecretSource Secrets, string Who, DateTimeOffset At);

/// <summary>A batch of which nothing was made: the transaction is undone.</summary>
/// <param name="message">Why.</param>
internal sealed class BatchException(string message) : Exception(message);

/// <summary>The SQL of batches.</summary>
internal static class BatchSql
{
    /// <summary>How often a serial number is drawn for one device: with 33 million a day and board, twice is rare.</summary>
    private const int MaxDraws = 20;

    private const int MaxJbnb = 9999;

    private const string SelectSql = """
        SELECT id, board_type, board_version, quantity, platform, product, plan, outputs, note, ids, made_at, made_by FROM batches
        """;

    private const string AddSql = """
        INSERT INTO batches (board_type, board_version, quantity, platform, product, plan, outputs, note, ids, made_at, made_by)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) RETURNING id
        """;

    private const string AddDeviceSql = """
        INSERT INTO devices (device_id, token_hash, kind, product, platform, timezone, registered_at, pin_hash)
        VALUES ($1, $2, $3, $4, $5, 'UTC', $6, $7) ON CONFLICT (device_id) DO NOTHING
        """;

    /// <summary>Makes a batch: all of it, or nothing.</summary>
    /// <exception cref="BatchException">Ids are used up.</exception>
    public static NewBatch Add(SqlSession session, BatchToMake wanted)
    {
        BatchRequest r = wanted.Request;
        long at = wanted.At.ToUnixTimeMilliseconds();
        long id;
        using (SqlStatement row = session.Query(
            AddSql, r.BoardType, r.BoardVersion, r.Quantity, wanted.Platform, wanted.Product, r.Plan, r.Outputs, r.Note, r.Ids, at,
            wanted.Who))
        {
            row.Read();
            id = row.Int64(0);
        }

        using IEnumerator<string> free = (r.Ids == "jbnb" ? FreeIds(session) : []).GetEnumerator();
        List<NewlyMade> made = new(r.Quantity);
        foreach ((string pin, string hash) in wanted.Pins)
        {
            (string serial, string deviceId) = AddDevice(session, wanted, hash, free, at);
            session.Execute(
                "INSERT INTO manufactured (device_id, batch_id, serial) VALUES ($1, $2, $3)", deviceId, id, serial);
            made.Add(new NewlyMade(serial, deviceId, pin));
        }

        Audit.Note(
            session, wanted.Who, "batch.create", string.Create(CultureInfo.InvariantCulture, $"batch {id}"), null,
            string.Create(CultureInfo.InvariantCulture, $"{r.Quantity} of {r.BoardType} {r.BoardVersion}"), at);
        return new NewBatch(id, made);
    }

    /// <summary>Lists batches, newest first.</summary>
    public static List<BatchRow> List(SqlSession session, (long Before, int Limit) wanted)
    {
        List<BatchRow> rows = [];
        using (SqlStatement row = session.Query(SelectSql + " WHERE id < $1 ORDER BY id DESC LIMIT $2", wanted.Before, wanted.Limit))
        {
            while (row.Read())
            {
                rows.Add(Row(row));
            }
        }

        foreach (BatchRow batch in rows)
        {
            Count(session, batch.Id, batch.ByStatus);
        }

        return rows;
    }

    /// <summary>A batch; null when there is none.</summary>
    public static BatchRow? One(SqlSession session, long id)
    {
        List<BatchRow> rows = List(session, (id == long.MaxValue ? id : id + 1, 1));
        return rows.Count == 1 && rows[0].Id == id ? rows[0] : null;
    }

    /// <summary>Counts devices by status.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="batch">Those of a batch; null = all.</param>
    /// <param name="into">Where the numbers go.</param>
    public static void Count(SqlSession session, long? batch, SortedDictionary<string, int> into)
    {
        using SqlStatement row = session.Query(
            """
            SELECT d.life, count(*) FROM manufactured m JOIN devices d ON d.device_id = m.device_id
            WHERE ($1 IS NULL OR m.batch_id = $1) GROUP BY d.life
            """, batch);
        while (row.Read())
        {
            into[row.Text(0)] = (int)row.Int64(1);
        }
    }

    private static (string Serial, string DeviceId) AddDevice(
        SqlSession session, BatchToMake wanted, string pinHash, IEnumerator<string> free, long at)
    {
        BatchRequest r = wanted.Request;
        for (int draw = 0; draw < MaxDraws; draw++)
        {
            string serial = SerialNumber.Draw(wanted.Prefix, wanted.At, r.BoardType!, r.BoardVersion!, wanted.Secrets);
            if (MadeSql.DeviceOf(session, serial) is not null)
            {
                continue;
            }

            string deviceId = serial;
            if (r.Ids == "jbnb")
            {
                deviceId = free.MoveNext() ? free.Current : throw new BatchException(
                    "JBNB and 4 digits are used up: make fewer, or with \"ids\":\"serial\"");
            }

            // Nobody has this token: the first image brings one that the device can use.
            string kind = r.Ids == "jbnb" ? DeviceKind.Box : DeviceKind.Thing;
            if (session.Execute(
                AddDeviceSql, deviceId, Token.Hash(Token.New(wanted.Secrets)), kind, wanted.Product, wanted.Platform, at, pinHash) == 1)
            {
                return (serial, deviceId);
            }
        }

        throw new BatchException("No free serial number was drawn: try again");
    }

    /// <summary>Free ids: those above the highest that is there, then those between.</summary>
    private static IEnumerable<string> FreeIds(SqlSession session)
    {
        HashSet<int> used = [];
        using (SqlStatement row = session.Query("SELECT device_id FROM devices WHERE device_id >= 'JBNB' AND device_id < 'JBNC'"))
        {
            while (row.Read())
            {
                if (int.TryParse(row.Text(0).AsSpan(4), NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                {
                    used.Add(number);
                }
            }
        }

        int highest = used.Count == 0 ? 0 : used.Max();
        return Enumerable.Range(highest + 1, Math.Max(0, MaxJbnb - highest)).Concat(
            Enumerable.Range(1, Math.Max(0, highest - 1)).Where(number => !used.Contains(number)))
            .Select(static number => string.Create(CultureInfo.InvariantCulture, $"JBNB{number:D4}"));
    }

    private static BatchRow Row(SqlStatement row) => new()
    {
        Id = row.Int64(0), BoardType = row.Text(1), BoardVersion = row.Text(2), Quantity = row.Int32(3), Platform = row.Text(4),
        Product = row.TextOrNull(5), Plan = row.TextOrNull(6), Outputs = row.TextOrNull(7), Note = row.TextOrNull(8), Ids = row.Text(9),
        MadeAt = row.Time(10), MadeBy = row.Text(11), ByStatus = new SortedDictionary<string, int>(StringComparer.Ordinal),
    };
}
