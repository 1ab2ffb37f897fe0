using JamBox.Backend.Operation;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Storage;

/// <summary>Writer, readers and migrations, without HTTP.</summary>
public sealed class StoreTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-store-").FullName;

    private string DatabasePath => Path.Combine(_folder, "sub", "x.db");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task AChangeThatFailsTakesNoOtherWithIt()
    {
        using Store store = Store.Open(StorageTarget.File(DatabasePath), new ManualClock());
        await store.WriteAsync(0, static (session, _) => session.Execute("CREATE TABLE x (n INTEGER PRIMARY KEY)"));
        Task<int>[] changes = [.. Enumerable.Range(0, 200).Select(n => store.WriteAsync(n, Insert))];
        await Task.WhenAll(changes).ContinueWith(static _ => { }, TaskScheduler.Default);
        for (int n = 0; n < changes.Length; n++)
        {
            Assert.Equal(n % 10 == 3, changes[n].IsFaulted);
        }

        Assert.Equal(180, store.Read(0, Count));

        static int Insert(SqlSession session, int n)
        {
            session.Execute("INSERT INTO x (n) VALUES ($1)", n);
            return n % 10 == 3 ? session.Execute("INSERT INTO x (n) VALUES ($1)", n) : 1;
        }
    }

    [Fact]
    public async Task ClosingWritesWhatWaits()
    {
        Task<int>[] changes;
        using (Store store = Store.Open(StorageTarget.File(DatabasePath), new ManualClock()))
        {
            await store.WriteAsync(0, static (session, _) => session.Execute("CREATE TABLE x (n INTEGER PRIMARY KEY)"));
            changes = [.. Enumerable.Range(0, 500).Select(n => store.WriteAsync(n, static (session, n) => session.Execute("INSERT INTO x (n) VALUES ($1)", n)))];
        }

        await Task.WhenAll(changes);
        using Store again = Store.Open(StorageTarget.File(DatabasePath), new ManualClock());
        Assert.Equal(500, again.Read(0, Count));
    }

    [Fact]
    public async Task ANewerDatabaseStopsTheStart()
    {
        using (Store store = Store.Open(StorageTarget.File(DatabasePath), new ManualClock()))
        {
            await store.WriteAsync(0, static (session, _) => session.Execute("INSERT INTO schema_migrations VALUES (9999, 'future', 0)"));
        }

        StartupException refusal = Assert.Throws<StartupException>(() => Store.Open(StorageTarget.File(DatabasePath), new ManualClock()));
        Assert.Equal("Storage:Provider", refusal.Key);
    }

    [Fact]
    public void WhatIsNoDatabaseStopsTheStart()
    {
        string path = Path.Combine(_folder, "text.db");
        File.WriteAllText(path, new string('x', 5000));
        Assert.Equal("Storage:Path", Assert.Throws<StartupException>(() => Store.Open(StorageTarget.File(path), new ManualClock())).Key);
    }

    [Fact]
    public void CommitsAreDurable()
    {
        using Store store = Store.Open(StorageTarget.File(DatabasePath), new ManualClock());
        Assert.Equal("wal 2", store.Read(0, static (session, _) =>
        {
            using SqlStatement journal = session.Query("PRAGMA journal_mode");
            using SqlStatement synchronous = session.Query("PRAGMA synchronous");
            return journal.Read() && synchronous.Read() ? $"{journal.Text(0)} {synchronous.Int32(0)}" : "";
        }));
    }

    /// <summary>
    /// While a reader stands in the way the log only grows; it comes down by itself when the reader is gone, without a write.
    /// </summary>
    [Fact]
    public async Task TheLogComesDownAfterALongReader()
    {
        using Store store = Store.Open(StorageTarget.File(DatabasePath), TimeProvider.System);
        FileInfo log = new(DatabasePath + "-wal");
        using (SqliteSession reader = new(DatabasePath, readOnly: true))
        {
            reader.Execute("BEGIN");
            reader.Execute("SELECT count(*) FROM schema_migrations");
            await store.WriteAsync(0, static (session, _) => session.Execute("CREATE TABLE x (n BLOB)"));
            for (int i = 0; i < 9; i++)
            {
                await store.WriteAsync(0, static (session, _) => session.Execute("INSERT INTO x VALUES (zeroblob(8000000))"));
            }

            log.Refresh();
            Assert.True(log.Length > 64 * 1024 * 1024);
        }

        for (int i = 0; i < 600 && log.Length > 0; i++)
        {
            await Task.Delay(50);
            log.Refresh();
        }

        Assert.Equal(0, log.Length);
    }

    private static int Count(SqlSession session, int _)
    {
        using SqlStatement row = session.Query("SELECT count(*) FROM x");
        row.Read();
        return row.Int32(0);
    }
}
