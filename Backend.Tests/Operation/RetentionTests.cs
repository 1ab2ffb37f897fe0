using System.Text.Json;

using JamBox.Backend.Operation;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Operation;

/// <summary>What is removed when, and that nobody waits for it.</summary>
public abstract class RetentionTests(BackendHost shared) : HostedTest(shared, "--Retention:SummariesDays=30", "--Retention:AuditDays=30")
{
    private const int Many = (3 * RetentionJob.SliceRows) + 7;

    [Fact]
    public async Task NoSliceIsLargerThanAThousandRows()
    {
        Assert.InRange(RetentionJob.SliceRows, 1, 1000);
        Store store = Host.Services.GetRequiredService<Store>();
        await store.WriteAsync(Many, static (session, rows) => Fill(session, rows, "events", "at, kind, device_id, data", "'patch', '', ''"));
        await store.WriteAsync(Device.Id, static (session, id) => FillSums(session, id));
        RetentionRule rule = new("events", "at", null, 7);
        RetentionSlice slice = await store.ReadAsync((rule, 0L, long.MaxValue), RetentionRule.Look);
        Assert.Equal((RetentionJob.SliceRows, RetentionJob.SliceRows), (slice.Rows, slice.Due));
        Assert.Equal(
            RetentionJob.SliceRows, await store.WriteAsync((rule, 0L, long.MaxValue, slice.Last), RetentionRule.Delete));
        Assert.Equal(Many - RetentionJob.SliceRows, await CountAsync("events"));
    }

    [Fact]
    public async Task WhatIsDueGoesHoweverMuchItIsAndTheRestStays()
    {
        Store store = Host.Services.GetRequiredService<Store>();
        await store.WriteAsync(Many, static (session, rows) => Fill(session, rows, "events", "at, kind, device_id, data", "'patch', '', ''"));
        await store.WriteAsync(Many, static (session, rows) => Fill(session, rows, "audit", "at, who, action, target", "'a', 'b', 'c'"));
        await store.WriteAsync(Device.Id, static (session, id) => FillSums(session, id));

        // An old alert that is still open stays between closed ones; a message that waits stays, a delivered one goes.
        await store.WriteAsync(0, static (session, _) =>
        {
            session.Execute("""
                INSERT INTO alerts (device_id, alert_type, severity, message, created_at, cleared_at) VALUES
                    ('a', 'offline', 'warning', '', 1, 2), ('b', 'offline', 'warning', '', 1, NULL), ('c', 'offline', 'warning', '', 1, 2)
                """);
            return session.Execute("""
                INSERT INTO outbox (alert_id, channel, body, created_at, next_at, attempts, delivered_at) VALUES
                    (1, 'x', '{}', 1, 1, 1, 1), (2, 'x', '{}', 1, 9000000000000000000, 1, NULL), (3, 'x', '{}', 1, 9223372036854775807, 78, NULL)
                """);
        });
        await ReadingAsync(1);
        Assert.Equal(200, (await AdminAsync(HttpMethod.Post, "/api/admin/maintenance")).Status);
        Assert.Equal(0, await CountAsync("events"));
        Assert.Equal(0, await CountAsync("quarters WHERE start_at = 1"));
        Assert.Equal(0, await CountAsync("audit WHERE at < 1000000"));
        Assert.Equal(1, await CountAsync("alerts"));
        Assert.Equal(1, await CountAsync("outbox"));
        Assert.Equal(1, await CountAsync("readings"));
        Assert.NotEmpty(await Host.ListAsync("/api/audit"));
    }

    [Fact]
    public async Task SpaceIsGivenBackByPieces()
    {
        Store store = Host.Services.GetRequiredService<Store>();
        await store.WriteAsync(20 * Many, static (session, rows) =>
            Fill(session, rows, "events", "at, kind, device_id, data", $"'patch', '', '{new string('x', 100)}'"));
        long before = Size();
        await store.WriteAsync(0, static (session, _) => session.Execute("DELETE FROM events"));
        await store.VacuumAsync(onlyWhenWorthIt: true, default);
        Assert.Equal(200, (await AdminAsync(HttpMethod.Post, "/api/admin/maintenance")).Status);
        if (Host.Storage == TestStorage.Sqlite)
        {
            await using (SqliteConnection connection = new($"Data Source={Host.DatabasePath};Pooling=false"))
            {
                await connection.OpenAsync();
                await using SqliteCommand command = connection.CreateCommand();
                command.CommandText = "PRAGMA wal_checkpoint(TRUNCATE); PRAGMA freelist_count;";
                await command.ExecuteScalarAsync();
            }

            Assert.InRange(Size(), 1, before / 2);
        }
    }

    [Fact]
    public async Task LookingWritesNothing()
    {
        if (Host.Storage != TestStorage.Sqlite)
        {
            // The handlers are the same; only a file says so exactly whether anything was written.
            return;
        }

        await ReadingAsync(1);
        await HeartbeatAsync();
        using JsonDocument document = JsonDocument.Parse(await Host.Http.GetStringAsync("/openapi/v1.json"));
        string[] paths = [.. document.RootElement.GetProperty("paths").EnumerateObject()
            .Where(static path => path.Value.TryGetProperty("get", out _) && path.Name is not ("/api/events" or "/ready"))
            .Select(static path => path.Name)];
        Assert.True(paths.Length > 20, "Where are the endpoints?");
        await using SqliteConnection connection = new($"Data Source={Host.DatabasePath};Pooling=false");
        await connection.OpenAsync();
        await using SqliteCommand version = connection.CreateCommand();
        version.CommandText = "PRAGMA data_version";
        foreach (string path in paths)
        {
            object? before = await version.ExecuteScalarAsync();
            string filled = path.Replace("{device_id}", Device.Id, StringComparison.Ordinal).Replace("{id}", "1", StringComparison.Ordinal);
            for (int n = 0; n < 3; n++)
            {
                using HttpResponseMessage answer = await Host.AdminAsync(HttpMethod.Get, filled);
                Assert.InRange((int)answer.StatusCode, 200, 499);
            }

            Assert.True(Equals(before, await version.ExecuteScalarAsync()), $"GET {path} has written to the disk");
        }
    }

    private static int Fill(SqlSession session, int rows, string table, string columns, string values)
    {
        // Doubled until there are enough: both storages know that.
        session.Execute($"INSERT INTO {table} ({columns}) VALUES (1, {values})");
        int count = 1;
        while (count < rows)
        {
            int more = Math.Min(count, rows - count);
            string names = string.Join(", ", columns.Split(", "));
            count += session.Execute($"INSERT INTO {table} ({names}) SELECT {names} FROM {table} WHERE {columns.Split(',')[0]} = 1 LIMIT {more}");
        }

        return count;
    }

    private static int FillSums(SqlSession session, string device)
    {
        string[] columns = [.. Columns(session).Where(static column => column is not ("device_id" or "start_at"))];
        for (int n = 0; n < RetentionJob.SliceRows + 3; n++)
        {
            session.Execute(
                $"INSERT INTO quarters (device_id, start_at, {string.Join(", ", columns)}) VALUES ($1, $2, {string.Join(", ", columns.Select(static _ => "0"))})",
                device, n + 1);
        }

        return 0;
    }

    private static List<string> Columns(SqlSession session)
    {
        List<string> names = [];
        bool isSqlite = session is SqliteSession;
        using SqlStatement row = session.Query(isSqlite
            ? "SELECT name FROM pragma_table_info('quarters')"
            : "SELECT column_name::text FROM information_schema.columns WHERE table_name = 'quarters' AND table_schema = current_schema()");
        while (row.Read())
        {
            names.Add(row.Text(0));
        }

        return names;
    }

    private Task<long> CountAsync(string what) => Host.Services.GetRequiredService<Store>().ReadAsync(what, static (session, what) =>
    {
        using SqlStatement row = session.Query($"SELECT count(*) FROM {what}");
        row.Read();
        return row.Int64(0);
    });

    private long Size() => Host.Storage == TestStorage.Sqlite
        ? new FileInfo(Host.DatabasePath).Length + new FileInfo(Host.DatabasePath + "-wal").Length
        : 0;
}
