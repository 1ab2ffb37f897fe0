using JamBox.Backend.Readings;
using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

namespace JamBox.Backend.Tests.Readings;

/// <summary>Sums that are written later than their readings (SQLite): nobody sees them missing, and a crash loses none.</summary>
public sealed class DeferredSumsTests : IDisposable
{
    private const int Devices = 4;

    /// <summary>Sums are written when somebody asks, not because a test was slow.</summary>
    private const int NeverMs = 3_600_000;

    private static readonly Action<SqlSession, IReadOnlyList<Change>> s_storeAll = ReadingSql.StoreAll;

    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-sums-").FullName;
    private readonly ManualClock _clock = new();

    private StorageTarget Target => StorageTarget.File(Path.Combine(_folder, "sums.db"));

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task WhoeverAsksSeesAllThatWasAcknowledged()
    {
        using Store store = await OpenAsync();
        for (int round = 0; round < 20; round++)
        {
            await SendAsync(store, round * 100, count: 100);
            Assert.Equal((round + 1) * 100 * 10, store.Read(0, Sum("SELECT sum(impressions) FROM quarters")));
            Assert.Equal((round + 1) * 100 * 10, store.Read(0, Sum("SELECT sum(impressions_total) FROM devices")));
            Assert.Equal((round + 1) * 100, store.Read(0, Sum("SELECT sum(readings_total) FROM devices")));
        }
    }

    [Fact]
    public async Task ManyReadingsAtOnceAreOwedAndAreAddedAfterACrash()
    {
        using (Store store = await OpenAsync())
        {
            await SendAsync(store, 0, count: 400);
            Assert.True(IsOwed(), "nothing was deferred: the test shows nothing");
            Crash();
        }

        using (Store crashed = Store.Open(Copied, _clock))
        {
            Assert.Equal(400, crashed.Read(0, Sum("SELECT count(*) FROM readings")));
            Assert.True(crashed.Read(0, Sum("SELECT coalesce(sum(readings_total), 0) FROM devices")) < 400);
            AssertListed(crashed, 400);
            Assert.True(await crashed.WriteAsync(0, DeferredSums.Recover) > 0);
            AssertWhole(crashed, 400);
            AssertListed(crashed, 400);

            // Once: what was added is not owed any more.
            Assert.Equal(0, await crashed.WriteAsync(0, DeferredSums.Recover));
            AssertWhole(crashed, 400);
        }
    }

    [Fact]
    public async Task AnOrderlyEndOwesNothing()
    {
        using (Store store = await OpenAsync())
        {
            await SendAsync(store, 0, count: 400);
        }

        Assert.False(IsOwed());
        using Store again = Store.Open(Target, _clock);
        Assert.Equal(0, await again.WriteAsync(0, DeferredSums.Recover));
        AssertWhole(again, 400);
    }

    /// <summary>
    /// Changes of every other kind come after what is owed, in whatever order they arrive; one that fails takes nothing with it.
    /// </summary>
    [Fact]
    public async Task OtherChangesSeeTheSumsAndFailuresLoseNone()
    {
        using Store store = await OpenAsync();
        List<Task> all = [];
        for (int n = 0; n < 2000; n++)
        {
            all.Add(SendOneAsync(store, n));
            if (n % 97 == 0)
            {
                all.Add(store.WriteAsync(0, static (session, _) => session.Execute("INSERT INTO devices (device_id) VALUES ('no token')")));
            }
        }

        await Task.WhenAll(all).ContinueWith(static _ => { }, TaskScheduler.Default);
        Assert.Equal(21, all.Count(static task => task.IsFaulted));
        AssertWhole(store, 2000);
    }

    /// <summary>Also seen by another process of the same file, while this one has not written yet which are a device's.</summary>
    [Fact]
    public async Task ADevicesReadingsAreListedNewestFirstWhateverIsOwed()
    {
        using Store store = await OpenAsync();
        await SendAsync(store, 0, count: 400);
        using Store other = Store.Open(Target, _clock);
        Assert.True(IsOwed(), "nothing was deferred: the test shows nothing");
        AssertListed(other, 400);
        await store.WriteAsync(0, static (_, _) => 0);
        Assert.False(IsOwed());
        AssertListed(other, 400);

        // Half of them are written, half are owed; then the oldest go, as retention takes them.
        await SendAsync(store, 400, count: 400);
        Assert.True(IsOwed());
        AssertListed(other, 800);
        await store.WriteAsync(0, static (session, _) => session.Execute("DELETE FROM readings WHERE id <= 100"));
        AssertListed(other, 700);
        AssertWhole(store, 800);
    }

    [Fact]
    public async Task ReadingsThatComeAloneAreListedToo()
    {
        using Store store = await OpenAsync();
        for (int n = 0; n < 8; n++)
        {
            await SendOneAsync(store, n);
            await SendOneAsync(store, n);
        }

        Assert.False(IsOwed());
        AssertListed(store, 8);
        AssertWhole(store, 8);
    }

    /// <summary>Page by page, as the list is asked for.</summary>
    private static void AssertListed(Store store, int readings)
    {
        int listed = 0;
        for (int device = 1; device <= Devices; device++)
        {
            string id = $"JBNB000{device}";
            List<long> ids = [];
            List<ReadingRow> page;
            long before = long.MaxValue;
            do
            {
                page = store.ReadAsync(
                    new ReadingFilter { DeviceId = id, Before = before, Limit = 30 }, ReadingSql.List, settled: false)
                    .GetAwaiter().GetResult();
                Assert.All(page, row => Assert.Equal(id, row.DeviceId));
                ids.AddRange(page.Select(static row => row.Id));
                before = ids.Count > 0 ? ids[^1] : before;
            }
            while (page.Count == 30);
            Assert.Equal(ids.OrderDescending().Distinct(), ids);
            listed += ids.Count;

            List<ReadingRow> dated = store.ReadAsync(
                new ReadingFilter { DeviceId = id, From = 0, Limit = 1000 }, ReadingSql.List, settled: false).GetAwaiter().GetResult();
            Assert.Equal(ids, dated.Select(static row => row.Id));
        }

        Assert.Equal(readings, listed);
    }

    private static void AssertWhole(Store store, int readings)
    {
        Assert.Equal(
            store.Read(0, Sum("SELECT count(*) FROM readings")),
            store.Read(0, Sum("SELECT count(*) FROM readings_of_device o JOIN readings r ON r.id = o.id AND r.device_key = o.device_key")));
        Assert.Equal(readings, store.Read(0, Sum("SELECT sum(readings_total) FROM devices")));
        Assert.Equal(readings * 10, store.Read(0, Sum("SELECT sum(impressions) FROM quarters")));
        Assert.Equal(readings * 290, store.Read(0, Sum("SELECT sum(listened_s) FROM quarters")));
        Assert.Equal(
            Devices,
            store.Read(0, Sum("SELECT count(*) FROM devices WHERE last_seen_at IS NOT NULL AND firmware_version = '6.0.0' AND b = 7")));
    }

    private static Func<SqlSession, int, long> Sum(string sql) => (session, _) =>
    {
        using SqlStatement row = session.Query(sql);
        row.Read();
        return row.Int64(0);
    };

    private StorageTarget Copied => StorageTarget.File(Path.Combine(_folder, "crashed", "sums.db"));

    /// <summary>What a crash leaves: the files as they are at this moment.</summary>
    private void Crash()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Copied.Path)!);
        foreach (string suffix in new[] { "", "-wal" })
        {
            File.Copy(Target.Path + suffix, Copied.Path + suffix);
        }
    }

    /// <summary>Looked into past the store, which would pay first.</summary>
    private bool IsOwed()
    {
        using SqliteSession session = new(Target.Path!, readOnly: true);
        return Sum("SELECT count(*) FROM readings_unsummed")(session, 0) > 0;
    }

    private async Task<Store> OpenAsync()
    {
        Store store = Store.Open(Target, _clock);
        store.Defer(DeferredSums.TryOpen(Target.Path!, NeverMs)!);
        for (int device = 1; device <= Devices; device++)
        {
            await store.WriteAsync(device, static (session, n) =>
                session.Execute("INSERT INTO devices (id, device_id, token_hash, registered_at) VALUES ($1, $2, $2, 0)", n, $"JBNB000{n}"));
        }

        return store;
    }

    /// <summary>Sends readings while the writer is held up, so that they all come in one batch.</summary>
    private async Task SendAsync(Store store, int from, int count)
    {
        using ManualResetEventSlim gate = new();
        Task held = store.WriteAsync(gate, static (_, gate) => gate.Wait(TimeSpan.FromSeconds(120)));
        Task[] readings = [.. Enumerable.Range(from, count).Select(n => SendOneAsync(store, n))];
        gate.Set();
        await held;
        await Task.WhenAll(readings);
    }

    private Task SendOneAsync(Store store, int n)
    {
        int device = 1 + (n % Devices);
        Reading reading = new()
        {
            ClosedAt = ManualClock.Start.ToUnixTimeSeconds() - n, ClockSet = 1, Impressions = 10, Unique = 5, BootId = 7, Number = n,
            FirmwareVersion = "6.0.0", ListenedSeconds = 290, IntervalSeconds = n % 3 == 0 ? 3600 : 300,
        };
        return store.WriteGroupedAsync<DatedReading[], StoredReadings>(
            [DatedReading.Of(device, $"JBNB000{device}", reading, _clock.GetUtcNow())], s_storeAll);
    }
}
