using JamBox.Backend.OldFleet;

namespace JamBox.Backend.Tests.OldFleet;

/// <summary>Whoever reads a stranger's file does not work for ever.</summary>
public sealed class ForeignFileTests : IDisposable
{
    private const string Endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT max(i) FROM n";

    private readonly string _path = Path.GetTempFileName();

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void AStatementHasALimit()
    {
        using ForeignFile file = new(_path, CancellationToken.None, TimeSpan.FromMilliseconds(50));
        ForeignFileException refusal = Assert.Throws<ForeignFileException>(() => file.Read(static _ => { }, Endless));
        Assert.Contains("takes too long", refusal.Message, StringComparison.Ordinal);

        // And the next one has its own.
        int rows = 0;
        file.Read(_ => rows++, "SELECT 1");
        Assert.Equal(1, rows);
    }

    [Fact]
    public void ItEndsWhenTheSenderHasGone()
    {
        using CancellationTokenSource gone = new();
        using ForeignFile file = new(_path, gone.Token, TimeSpan.FromMinutes(5));
        gone.CancelAfter(TimeSpan.FromMilliseconds(50));
        Assert.Throws<OperationCanceledException>(() => file.Read(static _ => { }, Endless));
    }

    [Fact]
    public void NothingInItIsWritten()
    {
        using ForeignFile file = new(_path, CancellationToken.None);
        Assert.Throws<ForeignFileException>(() => file.Read(static _ => { }, "CREATE TABLE x (n)"));
        Assert.Throws<ForeignFileException>(() => file.Read(static _ => { }, "SELECT zeroblob(1000000)"));
    }
}
