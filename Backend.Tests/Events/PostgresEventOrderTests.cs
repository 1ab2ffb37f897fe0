using System.Globalization;

using JamBox.Backend.Storage;
using JamBox.Backend.Tests.Hosting;

using Microsoft.AspNetCore.Builder;

namespace JamBox.Backend.Tests.Events;

/// <summary>Several writers: ids are given out before the commit, so that a row may be seen before one of a lower id is.</summary>
[Collection(PostgresCollection.Name)]
public sealed class PostgresEventOrderTests(PostgresBackend shared) : HostedTest(shared)
{
    private const string InsertSql = "INSERT INTO events (at, kind, device_id, data) VALUES (0, 'patch', '', $1)";

    [Fact]
    public async Task WhoIsLateToCommitIsHeardAllTheSameAndFirst()
    {
        using Listener listener = await Listener.OpenAsync(Host, "/api/events");
        await listener.NextAsync();
        StorageTarget target = StorageTarget.Postgres(Host.StorageArgs[1].Split('=', 2)[1]);
        using SqlSession slow = target.Open(readOnly: false);
        using SqlSession fast = target.Open(readOnly: false);
        slow.Begin();
        slow.Execute(InsertSql, "slow");
        fast.Begin();
        fast.Execute(InsertSql, "fast");
        fast.Commit();

        // Nothing of either before the slow one has ended: not even a minute later.
        Assert.Equal("ping", (await listener.NextAsync()).Kind);
        slow.Commit();
        (string Kind, string Data, string Id)[] heard = await listener.TakeAsync(2);
        Assert.Equal(["slow", "fast"], heard.Select(static e => e.Data));
    }

    /// <summary>The note that a key was just used is such a write: who listened with a new key waited for a turn of the clock.</summary>
    [Fact]
    public async Task WhoBeginsWhileSomebodyWritesWaitsForThatAlone()
    {
        StorageTarget target = StorageTarget.Postgres(Host.StorageArgs[1].Split('=', 2)[1]);
        using SqlSession slow = target.Open(readOnly: false);
        using SqlSession other = target.Open(readOnly: true);
        slow.Begin();
        slow.Execute(InsertSql, "slow");
        Task<Listener> opening = Listener.OpenAsync(Host, "/api/events");
        await UntilAsync(() => HasLooked(other));
        Assert.False(opening.IsCompleted);
        slow.Commit();

        // Nobody moves the clock.
        using Listener listener = await opening.WaitAsync(TimeSpan.FromSeconds(120));
    }

    private static bool HasLooked(SqlSession session)
    {
        using SqlStatement row = session.Query("""
            SELECT 1 FROM pg_stat_activity
            WHERE datname = current_database() AND pid <> pg_backend_pid() AND query LIKE 'SELECT pid, xact_start%'
            """);
        return row.Read();
    }

    private static async Task UntilAsync(Func<bool> isSo)
    {
        using CancellationTokenSource late = new(TimeSpan.FromSeconds(120));
        while (!isSo())
        {
            await Task.Delay(10, late.Token);
        }
    }

    [Fact]
    public async Task WhoRollsBackHoldsUpNobody()
    {
        using Listener listener = await Listener.OpenAsync(Host, "/api/events");
        await listener.NextAsync();
        StorageTarget target = StorageTarget.Postgres(Host.StorageArgs[1].Split('=', 2)[1]);
        using SqlSession slow = target.Open(readOnly: false);
        slow.Begin();
        slow.Execute(InsertSql, "slow");
        using (SqlSession fast = target.Open(readOnly: false))
        {
            fast.Begin();
            fast.Execute(InsertSql, "fast");
            fast.Commit();
        }

        slow.RollBack();
        Assert.Equal("fast", (await listener.NextAsync()).Data);
    }

    [Fact]
    public async Task EveryEventOfTwoServersIsHeardOnceAndInOrder()
    {
        await using WebApplication second = Host.Build();
        await second.StartAsync();
        using HttpClient http = new() { BaseAddress = new Uri(second.Urls.Single()) };
        const int Each = 300;
        using Listener listener = await Listener.OpenAsync(Host, "/api/events");
        await listener.NextAsync();
        Task[] senders = [.. Enumerable.Range(0, 8).Select(sender => Task.Run(async () =>
        {
            TestDevice device = await Host.RegisterAsync();
            for (int n = 0; n < Each / 4; n++)
            {
                using HttpRequestMessage request = new(HttpMethod.Post, "/api/reading");
                request.Headers.Authorization = new("Bearer", device.Token);
                long now = ManualClock.Start.ToUnixTimeSeconds();
                request.Content = new StringContent(
                    $$"""{"d":"{{device.Id}}","t":{{now}},"ts":1,"b":{{sender}},"n":{{n}},"i":1,"u":1}""");
                using HttpResponseMessage answer = await (sender % 2 == 0 ? Host.Http : http).SendAsync(request);
                Assert.Equal(201, (int)answer.StatusCode);
            }
        }))];
        List<long> heard = [];
        while (heard.Count < Each * 2)
        {
            (string kind, _, string id) = await listener.NextAsync();
            if (kind == "reading")
            {
                heard.Add(long.Parse(id.Split('-')[0], CultureInfo.InvariantCulture));
            }
        }

        await Task.WhenAll(senders);
        Assert.Equal(heard.Distinct().Order(), heard);
        Assert.Equal(Each * 2, heard.Count);
    }
}
