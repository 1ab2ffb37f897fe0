using JamBox.Twin.Run;
using JamBox.Twin.Tests.Run;
using JamBox.Twin.Things;
using Microsoft.Data.Sqlite;

namespace JamBox.Twin.Tests.Things;

/// <summary>The sample's own source against the backend: telemetry, wishes, an end of power.</summary>
[Collection(nameof(ThingsRunTests))]
public sealed class ThingsRunTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("jambox-things-test").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>Every message is taken, a bell rings when an operator wants it, and the one without power falls silent.</summary>
    [Fact]
    public async Task ThingsTellAndObey()
    {
        using ThingsRun run = Make("a", 1);
        Assert.Empty(await run.RunAsync(CancellationToken.None));
        Assert.All(run.Lives, life => Assert.Equal(0, life.Lost));

        // Six messages of telemetry and a heartbeat a minute, a quarter of an hour long, and the question for a version.
        ThingLife whole = run.Lives[0];
        Assert.InRange(whole.Taken, 85, 107);
        Assert.InRange(run.Lives[6].Taken, whole.Taken / 2, whole.Taken * 7 / 10);
        ThingLife bell = run.Lives.Single(life => life.Role.Product == "bell" && life.Role.DeviceId == "bell-store");
        Assert.Equal(1, bell.OutputOf(0));
        Assert.Equal(1, bell.Fulfilled);
        Assert.Equal("gateway", run.Lives[^1].Role.Kind);
    }

    /// <summary>
    /// The same by MQTT, through the broker inside the backend: all is taken, the bell rings, and it is the backend that says so.
    /// </summary>
    [Fact]
    public async Task ThingsTellAndObeyByMqtt()
    {
        using ThingsRun run = Make("mqtt", 1, usesMqtt: true);
        Assert.Empty(await run.RunAsync(CancellationToken.None));
        Assert.All(run.Lives, life => Assert.Equal(0, life.Lost));

        // Heartbeats have QoS 0: nobody says that they were taken.
        Assert.InRange(run.Lives[0].Taken, 80, 95);
        ThingLife bell = run.Lives.Single(life => life.Role.DeviceId == "bell-store");
        Assert.Equal(1, bell.OutputOf(0));
        Assert.Equal(1, bell.Fulfilled);
        Assert.Equal(0, run.Lives.Sum(static life => life.Bridge.Requests));

        using var database = new SqliteConnection($"Data Source={run.DatabasePath};Mode=ReadOnly;Pooling=False");
        database.Open();
        using SqliteCommand stored = database.CreateCommand();
        stored.CommandText = "SELECT count(*) FROM telemetry JOIN devices ON devices.id = device_key WHERE device_id = $1";
        stored.Parameters.AddWithValue("$1", run.Lives[0].Role.DeviceId);
        Assert.InRange((long)stored.ExecuteScalar()!, 80, 95);
    }

    /// <summary>Two runs with the same seed leave the same database; another seed leaves another.</summary>
    [Fact]
    public async Task TheSameSeedGivesTheSameBytes()
    {
        string first = await DumpAsync("a", 42);
        DatabaseDump.AssertSame([first], [await DumpAsync("b", 42)]);
        Assert.NotEqual(first, await DumpAsync("c", 43));
    }

    /// <summary>Ids are ids that the backend takes, each once, however many things there are.</summary>
    [Fact]
    public void NobodyIsCastTwice()
    {
        string[] ids = [.. Enumerable.Range(0, ThingsOptions.Most).Select(index => ThingCast.Of(index, ThingsOptions.Most).DeviceId)];
        Assert.Equal(ids.Length, ids.Distinct().Count());
        Assert.All(ids, id => Assert.Matches("^[a-z0-9-]{1,40}$", id));
    }

    /// <summary>What the command line lets through, and what not.</summary>
    [Theory]
    [InlineData("--things", "0")]
    [InlineData("--things", "201")]
    [InlineData("--things", "3", "--crowd", "5")]
    [InlineData("--things", "3", "--hours", "0")]
    [InlineData("--things", "3", "--mqtt", "1883")]
    [InlineData("--things", "3", "--mqtt", "mqtt://localhost:1883")]
    [InlineData("--mqtt")]
    public async Task BadInputIsRefused(params string[] args)
    {
        Assert.Equal(2, await CommandLineInterface.InvokeAsync(args));
    }

    private ThingsRun Make(string name, long seed, bool usesMqtt = false) => new(
        new ThingsOptions { Things = 8, Hours = 0.25, Seed = seed, Keep = Path.Combine(_folder, name), UsesMqtt = usesMqtt },
        TextWriter.Null);

    private async Task<string> DumpAsync(string name, long seed)
    {
        using ThingsRun run = Make(name, seed);
        Assert.Empty(await run.RunAsync(CancellationToken.None));
        return DatabaseDump.Of(run.DatabasePath);
    }
}
