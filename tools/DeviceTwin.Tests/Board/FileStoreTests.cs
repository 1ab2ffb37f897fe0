using System.Text;
using JamBox.Board;
using JamBox.Stock.Adapters;

namespace JamBox.Twin.Tests.Board;

/// <summary>Tests of <see cref="FileStore"/>, the store of the stock build.</summary>
public sealed class FileStoreTests
{
    private const string Identity =
        """{"device_id":"JBNB0042","token":"secret","host":"192.0.2.1","port":5001,"apn":"internet","note":"by the door"}""";

    private readonly byte[] _buffer = new byte[64];

    [Fact]
    public void TheIdentityIsReadOnlyAndComesFromTheFile()
    {
        using BoardHost board = Start(Identity);
        Faults faults = new();
        FileStore store = new(faults);
        Assert.Equal("JBNB0042", Text(store, "device_id"));
        Assert.Equal("5001", Text(store, "port"));
        Assert.Equal("internet", Text(store, "apn"));
        Assert.Equal(-1, store.Get("token", new byte[5]));
        Assert.Equal(-1, store.Get("note", _buffer));
        Assert.False(store.Set("token", _buffer, 3));
        Assert.Empty(faults.Parts);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[1]")]
    [InlineData("\"JBNB0042\"")]
    public void AnIdentityThatIsNoneIsNamed(string? json)
    {
        using BoardHost board = Start(json);
        Faults faults = new();
        FileStore store = new(faults);
        Assert.Equal(["ident"], faults.Parts);
        Assert.Equal(-1, store.Get("device_id", _buffer));
    }

    [Theory]
    [InlineData("[1]")]
    [InlineData("{\"a\":1}")]
    [InlineData("null")]
    [InlineData("true")]
    public void AValueThatIsNeitherTextNorNumberIsNone(string value)
    {
        using BoardHost board = Start($$"""{"device_id":{{value}},"host":"192.0.2.1"}""");
        FileStore store = new(new Faults());
        Assert.Equal(-1, store.Get("device_id", _buffer));
        Assert.Equal("192.0.2.1", Text(store, "host"));
    }

    [Fact]
    public void ADamagedIdentityNeverThrows()
    {
        const int Seed = 7028;
        Random random = new(Seed);
        using BoardHost board = BoardFixture.Start();
        for (int i = 0; i < 2_000; i++)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(Identity);
            for (int n = random.Next(1, 5); n > 0; n--)
            {
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            }

            board.Drive.Write(FileStore.IdentityPath, bytes[..random.Next(bytes.Length + 1)]);
            FileStore store = new(new Faults());
            Assert.InRange(store.Get("device_id", _buffer), -1, _buffer.Length);
        }
    }

    [Fact]
    public void ASettingSurvivesAndCanBeRemoved()
    {
        BoardDrive drive = new();
        using (BoardHost board = BoardFixture.Start())
        {
            board.Drive = drive;
            FileStore store = new(new Faults());
            Assert.True(store.Set("config", [1, 2, 3], 3));
            Assert.True(store.Set("config", [4, 5, 6], 2));
            Assert.True(store.Set("flag", [1], 1));
            Assert.True(store.Set("flag", [1], 0));
        }

        using BoardHost next = BoardFixture.Start();
        next.Drive = drive;
        FileStore again = new(new Faults());
        Assert.Equal(2, again.Get("config", _buffer));
        Assert.Equal([4, 5], _buffer[..2]);
        Assert.Equal(-1, again.Get("config", new byte[1]));
        Assert.Equal(-1, again.Get("flag", _buffer));
    }

    /// <summary>
    /// Power lost in every operation of a change, with and without the remains of an earlier loss: the old value or the new one.
    /// </summary>
    [Fact]
    public void APowerLossLeavesTheOldValueOrTheNew()
    {
        int points = 0;
        for (int first = -1; first < 5; first++)
        {
            for (int second = 0; second < 5; second++)
            {
                using BoardHost board = BoardFixture.Start();
                FileStore store = new(new Faults());
                Assert.True(store.Set("config", "old"u8.ToArray(), 3));
                board.Drive.FailAfter = first;
                string before = store.Set("config", "middle"u8.ToArray(), 6) ? "middle" : Text(store, "config");
                Assert.Contains(before, new[] { "old", "middle" });
                board.Drive.FailAfter = second;
                bool isDone = store.Set("config", "new"u8.ToArray(), 3);
                board.Drive.FailAfter = -1;
                string after = Text(new FileStore(new Faults()), "config");
                Assert.True(isDone ? after == "new" : after == before || after == "new", $"{first}, {second}: {before} became {after}");
                Assert.True(store.Set("config", "last"u8.ToArray(), 4));
                Assert.Equal("last", Text(store, "config"));
                points++;
            }
        }

        Assert.Equal(30, points);
    }

    [Fact]
    public void AFullDriveRefusesAndKeepsTheOldValue()
    {
        using BoardHost board = BoardFixture.Start();
        Faults faults = new();
        FileStore store = new(faults);
        Assert.True(store.Set("config", [1], 1));
        board.Drive.IsFull = true;
        Assert.False(store.Set("config", [2], 1));
        Assert.Equal(1, store.Get("config", _buffer));
        Assert.Equal(1, _buffer[0]);
        Assert.Contains("files", faults.Parts);
    }

    [Fact]
    public void ALoopThatStandsStillIsRebooted()
    {
        using BoardHost board = BoardFixture.Start();
        TickClock clock = new();
        LoopWatchdog watchdog = new(clock);
        watchdog.Start(200);
        for (int i = 0; i < 10; i++)
        {
            Thread.Sleep(50);
            watchdog.Feed();
        }

        Assert.False(board.Reset.IsCompleted);
        BoardFixture.Until(() => board.Reset.IsCompleted);
    }

    private static BoardHost Start(string? identity)
    {
        BoardHost board = BoardFixture.Start();
        if (identity is not null)
        {
            board.Drive.Write(FileStore.IdentityPath, Encoding.UTF8.GetBytes(identity));
        }

        return board;
    }

    private string Text(FileStore store, string key)
    {
        int length = store.Get(key, _buffer);
        return length < 0 ? "nothing" : Encoding.ASCII.GetString(_buffer, 0, length);
    }
}
