using System.Text;

using JamBox.Backend.Security;
using JamBox.Backend.Storage;

using Microsoft.Extensions.DependencyInjection;

namespace JamBox.Backend.Tests.Hosting;

/// <summary>The twin's condition: same seed and same clock, same answers and same database.</summary>
public abstract class DeterminismTests(BackendHost shared)
{
    [Fact]
    public async Task TheSameRunGivesTheSameAnswersAndTheSameDatabase()
    {
        Assert.Equal(await RunAsync(), await RunAsync());
    }

    private async Task<string> RunAsync()
    {
        // From nothing: the schema is a part of the run.
        await using BackendHost host = new(shared.Storage, isMigrated: false);
        await host.InitializeAsync();
        StringBuilder transcript = new();
        TestDevice device = await host.RegisterAsync();
        transcript.AppendLine(device.Token);
        transcript.AppendLine((await device.PostAsync("/api/heartbeat", $$"""{"d":"{{device.Id}}","v":"6.0.0"}""")).Text);
        for (int n = 0; n < 20; n++)
        {
            host.Clock.Advance(TimeSpan.FromSeconds(300.25));
            long closedAt = host.Clock.GetUtcNow().ToUnixTimeSeconds();
            transcript.AppendLine((await device.ReadingAsync($"\"t\":{closedAt},\"ts\":1,\"b\":5,\"n\":{n}")).Text);
        }

        transcript.AppendLine(host.Services.GetRequiredService<Store>().Read(0, static (session, _) => Dump(session)));
        return transcript.ToString();
    }

    private static string Dump(SqlSession session)
    {
        StringBuilder dump = new();
        foreach ((string table, int columns) in new[]
        {
            ("schema_migrations", 3), ("api_keys", 5), ("devices", 35), ("quarters", 33), ("readings", 49), ("heartbeats", 13),
        })
        {
            using SqlStatement row = session.Query($"SELECT * FROM {table} ORDER BY 1, 2");
            while (row.Read())
            {
                dump.AppendLine(string.Join('|', Enumerable.Range(0, columns).Select(column => row.TextOrNull(column))));
            }
        }

        return dump.ToString();
    }
}
