using JamBox.Backend.Deployments;
using JamBox.Backend.Readings;
using JamBox.Backend.Rollouts;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Storage;

/// <summary>A database of an earlier version keeps what it holds. Each in both storages.</summary>
public abstract class MigrationTests : IDisposable
{
    private const int Devices = 3;
    private const int Readings = 40;

    private static readonly string[] s_required =
    [
        "t", "period_start_ts", "received_at", "impressions", "unique_count", "apple_count", "android_count", "other_count", "dwell_0_1",
        "dwell_1_5", "dwell_5_10", "dwell_10plus", "rssi_immediate", "rssi_near", "rssi_far", "rssi_remote",
        "ble_impressions", "ble_unique",
        "ble_apple", "ble_android", "ble_other", "overflow_count", "cache_depth", "send_failures", "age_seconds",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-migration-").FullName;
    private readonly StorageTarget _target;

    protected MigrationTests(TestStorage storage)
    {
        _target = storage == TestStorage.Sqlite || PostgresServer.Missing is not null
            ? StorageTarget.File(Path.Combine(_folder, "old.db"))
            : StorageTarget.Postgres(PostgresServer.NewDatabase());
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>0006: readings name their device by its number.</summary>
    [Fact]
    public async Task ReadingsKeepTheirDevicesTheirIdsAndWhatTellsThemApart()
    {
        List<string> before;
        using (SqlSession old = _target.Open(readOnly: false))
        {
            Migrations.Apply(old, new ManualClock(), last: 5);
            Fill(old);
            before = Rows(old, "device_id");
        }

        using Store store = Store.Open(_target, new ManualClock());
        Assert.Equal(
            before, store.Read(0, static (session, _) => Rows(session, "(SELECT device_id FROM devices WHERE devices.id = device_key)")));
        ReadingFilter filter = new() { DeviceId = "JBNB0002", Limit = 1000 };
        Assert.Equal(
            before.Count(static row => row.Contains("|JBNB0002|", StringComparison.Ordinal)), store.Read(filter, ReadingSql.List).Count);

        // Sent again it is the same reading; a new one gets a number that nobody had.
        Assert.Equal(0, await store.WriteAsync(0, static (session, _) => Insert(session, number: Readings - 1)));
        Assert.Equal(1, await store.WriteAsync(0, static (session, _) => Insert(session, number: Readings)));
        Assert.InRange(store.Read(0, static (session, _) => MaxId(session)), IdOf(Readings - 1) + 1, IdOf(Readings));
    }

    /// <summary>0025: roll-outs of builds become one of two kinds, and are compared by text.</summary>
    [Fact]
    public void RolloutsKeepTheirBuildsAndTheirOrder()
    {
        using (SqlSession old = _target.Open(readOnly: false))
        {
            Migrations.Apply(old, new ManualClock(), last: 24);
            foreach (int sequence in new[] { 9, 60_100, int.MaxValue })
            {
                old.Execute("""
                    INSERT INTO ota_firmware (hw, version, sequence, image_size, sha256, native_checksum, assemblies, uploaded_by,
                        uploaded_at, image)
                    VALUES ('atoms3-nb1', $1, $2, 4, $3, 0, '', 'test', 0, $4)
                    """, $"6.{sequence}.0", sequence, new string('a', 64), new byte[4]);
                old.Execute("""
                    INSERT INTO ota_rollouts (firmware_id, hw, state, max_failures, max_failure_percent, min_sample, auto_advance,
                        soak_minutes, silent_hours, created_by, created_at)
                    SELECT id, hw, 'done', 2, 10, 10, 1, 60, 24, 'test', 0 FROM ota_firmware WHERE sequence = $1
                    """, sequence);
            }
        }

        using Store store = Store.Open(_target, new ManualClock());
        foreach ((long id, int sequence) in new[] { (1L, 9), (2L, 60_100), (3L, int.MaxValue) })
        {
            Rollout rollout = store.Read(id, RolloutSql.Find)!;
            Assert.Equal(
                (sequence, $"6.{sequence}.0", Rollout.OrderOf(sequence), false),
                (rollout.Sequence, rollout.Version, rollout.OrderKey, rollout.IsOfThings));
        }

        Assert.Equal(
            [3L, 2L], store.Read("atoms3-nb1", static (session, hardware) => RolloutSql.Offering(session, hardware, Rollout.OrderOf(9)))
                .Select(static rollout => rollout.Id));
    }

    /// <summary>0038: what was done with a module is found, also what was done before.</summary>
    [Fact]
    public void RunsAreFoundByTheirModules()
    {
        using (SqlSession old = _target.Open(readOnly: false))
        {
            Migrations.Apply(old, new ManualClock(), last: 37);
            old.Execute("INSERT INTO devices (device_id, token_hash, registered_at, kind) VALUES ('shop-1', 'hash', 0, 'gateway')");
            foreach ((int n, string? modules) in new[]
            {
                (1, """[{"Hostname":"esp32-AB12CD","Type":"power","Status":"done"},{"Hostname":"esp32-2","Status":"failed"}]"""),
                (2, null), (3, "[]"),
                (4, """[{"Hostname":"ESP32-ab12cd","Name":"\u0022Hostname\u0022:\u0022esp32-2\u0022","Status":"done"}]"""),
            })
            {
                old.Execute(
                    """
                    INSERT INTO deployment_runs (device_id, deployment_id, notice_at, version, status, modules, started_at, updated_at)
                    VALUES ('shop-1', 'id', $1, $2, 'completed', $3, 0, 0)
                    """, n, $"1.{n}.0", modules);
            }
        }

        using Store store = Store.Open(_target, new ManualClock());
        string Versions(string module) => string.Join(
            ' ', store.Read(new HistoryFilter(long.MaxValue, null, module, null, null, null, 100), DeploymentStates.History)
                .Select(static row => row.ToVersion));
        Assert.Equal(("1.4.0 1.1.0", "1.1.0", ""), (Versions("ESP32-AB12cd"), Versions("esp32-2"), Versions("esp32")));
    }

    private static void Fill(SqlSession session)
    {
        for (int device = 1; device <= Devices; device++)
        {
            // Numbers that are not those of the ids, as after deletions.
            session.Execute(
                "INSERT INTO devices (id, device_id, token_hash, registered_at) VALUES ($1, $2, $3, 0)",
                device * 100, $"JBNB000{device}", $"hash {device}");
        }

        // With gaps, as after retention: ids are cursors of lists and must not change.
        for (int n = 0; n < Readings; n++)
        {
            session.Execute($"""
                INSERT INTO readings (id, device_id, time_source, {string.Join(", ", s_required)}, key_kind, key_a, key_b, "do",
                    firmware_version)
                VALUES ($1, $2, 'device', {string.Join(", ", s_required.Select(static _ => "$3"))}, 0, 7, $3, $4, $5)
                """, IdOf(n), $"JBNB000{1 + (n % Devices)}", n, n % 2 == 0 ? n : (int?)null, n % 5 == 0 ? null : "6.0.0");
        }
    }

    private static int Insert(SqlSession session, int number) =>
        session.Execute($"""
            INSERT INTO readings (device_key, time_source, {string.Join(", ", s_required)}, key_kind, key_a, key_b)
            VALUES ($1, 'device', {string.Join(", ", s_required.Select(static _ => "$2"))}, 0, 7, $2) ON CONFLICT DO NOTHING
            """, 100 * (1 + (number % Devices)), number);

    private static long IdOf(int number) => (number * 3L) + 2;

    private static long MaxId(SqlSession session)
    {
        using SqlStatement row = session.Query("SELECT max(id) FROM readings");
        row.Read();
        return row.Int64(0);
    }

    private static List<string> Rows(SqlSession session, string device)
    {
        // Those that there were before and are after: baa came later.
        string columns = string.Join(
            ", ",
            ReadingColumns.Table.Columns
                .Where(static c => c.Type is not null && c.Name is not ("device_key" or "baa")).Select(static c => c.Name));
        int count = columns.Split(',').Length + 1;
        using SqlStatement row = session.Query($"SELECT id, {device}, {columns[4..]} FROM readings ORDER BY id");
        List<string> rows = [];
        while (row.Read())
        {
            rows.Add(string.Join('|', Enumerable.Range(0, count).Select(column => row.TextOrNull(column) ?? "null")));
        }

        return rows;
    }
}

public sealed class SqliteMigrationTests() : MigrationTests(TestStorage.Sqlite);

public sealed class PostgresMigrationTests() : MigrationTests(TestStorage.Postgres);
