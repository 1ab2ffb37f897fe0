using System.Collections.Concurrent;

using JamBox.Backend.Storage;

using Microsoft.Extensions.Logging;

namespace JamBox.Backend.Tests.Storage;

/// <summary>What the log says while a database is brought up to date.</summary>
public sealed class MigrationProgressTests
{
    private static readonly TimeSpan s_long = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(120);

    [Fact]
    public void OneThatIsQuickIsNotWorthALine()
    {
        Lines lines = new();
        using MigrationProgress progress = new(lines, static () => null, s_long, s_long);
        progress.Begin("0001_first.sql", 0);
        progress.Begin("0002_second.sql", 10);
        progress.Commit();
        progress.End();
        Assert.Empty(lines.All);
    }

    [Fact]
    public void OneThatTakesLongSaysItsSizeHowFarItIsAndItsEnd()
    {
        Lines lines = new();
        using MigrationProgress progress = new(lines, static () => 7 << 20, TimeSpan.Zero, TimeSpan.FromMilliseconds(1));
        progress.Begin("0006_readings_by_key.sql", 10_000_000);
        Assert.True(SpinWait.SpinUntil(() => lines.All.Count >= 2, s_deadline), "nothing was said");
        progress.Commit();
        progress.End();
        string[] said = [.. lines.All];
        Assert.Equal(
            "Migration 0006_readings_by_key.sql takes its time: readings up to number 10000000. The server listens when it is done",
            said[0]);
        Assert.Matches("^Migration 0006_readings_by_key.sql: [0-9]+ s, 7 MB written$", said[1]);
        Assert.Equal("Migration 0006_readings_by_key.sql: its rows are written and are now committed", said[^2]);
        Assert.Matches("^Migration 0006_readings_by_key.sql done in [0-9]+ s$", said[^1]);
    }

    private sealed class Lines : ILogger
    {
        public ConcurrentQueue<string> All { get; } = new();

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            All.Enqueue(formatter(state, exception));
    }
}
