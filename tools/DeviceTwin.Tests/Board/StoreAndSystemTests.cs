using System.Text;
using JamBox.Atoms3.Adapters;
using JamBox.Board;
using JamBox.Interop;

namespace JamBox.Twin.Tests.Board;

/// <summary>Tests of <see cref="NvsStore"/>, <see cref="BoardSystem"/>, <see cref="Fault"/>, <see cref="FlashPartition"/>.</summary>
public sealed class StoreAndSystemTests
{
    private readonly byte[] _buffer = new byte[64];

    [Fact]
    public void IdentityIsReadAndSettingsAreKept()
    {
        BoardNvs nvs = new();
        nvs.Store("ident", "jambox", "token", "secret");
        nvs.Store("nvs", "jambox", "device_id", "not this one");
        nvs.Store("nvs", "jambox", "mac_key", "nor this one");
        using (BoardHost board = BoardFixture.Start(nvs: nvs))
        {
            NvsStore store = new();
            Assert.Equal(6, store.Get("token", _buffer));
            Assert.Equal(-1, store.Get("token", new byte[5]));
            Assert.Equal(-1, store.Get("device_id", _buffer));
            Assert.Equal(-1, store.Get("mac_key", _buffer));
            Assert.False(store.Set("token", _buffer, 3));
            Assert.True(store.Set("config", [1, 2, 3], 3));
            Assert.True(store.Set("flag", [1], 1));
            Assert.True(store.Set("flag", [1], 0));
            Assert.False(store.Set("a key with more than 15", [1], 1));
            nvs.IsFull = true;
            Assert.False(store.Set("config", [9], 1));
            nvs.IsFull = false;
            board.SwitchOff(ResetCause.Power);
        }

        using BoardHost next = BoardFixture.Start(nvs: nvs);
        NvsStore again = new();
        Assert.Equal(3, again.Get("config", _buffer));
        Assert.Equal([1, 2, 3], _buffer[..3]);
        Assert.Equal(-1, again.Get("flag", _buffer));
    }

    [Fact]
    public void APartitionThatCannotBeOpenedIsEmpty()
    {
        BoardNvs nvs = new();
        nvs.Broken.Add("ident");
        nvs.Broken.Add("nvs");
        using BoardHost board = BoardFixture.Start(nvs: nvs);
        NvsStore store = new();
        Assert.Equal(-1, store.Get("token", _buffer));
        Assert.Equal(-1, store.Get("config", _buffer));
        Assert.False(store.Set("config", _buffer, 1));
        Assert.Equal("power", new BoardSystem(store).ResetReason);
    }

    [Fact]
    public void NvsSurvivesInAFile()
    {
        string file = Path.Combine(Path.GetTempPath(), $"nvs-{Guid.NewGuid():N}.json");
        try
        {
            using (BoardHost board = BoardFixture.Start(nvs: new BoardNvs(file)))
            {
                Assert.True(new NvsStore().Set("config", [7], 1));
            }

            Assert.Equal([7], new BoardNvs(file).Find("nvs", "jambox", "config")!);
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData(ResetCause.Power, "power")]
    [InlineData(ResetCause.Watchdog, "watchdog")]
    [InlineData(ResetCause.Crash, "crash")]
    [InlineData(ResetCause.BrownOut, "brownout")]
    [InlineData(ResetCause.Software, "software")]
    [InlineData((ResetCause)99, "unknown")]
    public void NamesWhyTheChipStarted(ResetCause cause, string word)
    {
        using BoardHost board = BoardFixture.Start(cause);
        BoardSystem system = new(new NvsStore());
        Assert.Equal(word, system.ResetReason);
        Assert.Equal(96 * 1024, system.FreeHeapBytes);
        Assert.Equal(48 * 1024, system.LargestFreeBlockBytes);
    }

    [Fact]
    public void AReasonIsSaidOnceAndOnlyAfterTheRebootThatItAnnounced()
    {
        BoardNvs nvs = new();
        nvs.Store("nvs", "jambox", "reset_reason", "command");
        using (BoardFixture.Start(ResetCause.Software, nvs))
        {
            Assert.Equal("command", new BoardSystem(new NvsStore()).ResetReason);
            Assert.Equal("software", new BoardSystem(new NvsStore()).ResetReason);
        }

        nvs.Store("nvs", "jambox", "reset_reason", "command");
        using (BoardFixture.Start(ResetCause.Watchdog, nvs))
        {
            Assert.Equal("watchdog", new BoardSystem(new NvsStore()).ResetReason);
        }

        using (BoardFixture.Start(ResetCause.Software, nvs))
        {
            Assert.Equal("software", new BoardSystem(new NvsStore()).ResetReason);
        }
    }

    [Fact]
    public async Task AnExceptionInMainLeavesAReasonAndReboots()
    {
        BoardNvs nvs = new();
        List<string> log = [];
        using BoardHost board = new(ResetCause.Power, nvs)
        {
            Log = log.Add,
            FillRandom = _ => throw new InvalidOperationException("no entropy"),
        };
        bool hasEnded = false;
        board.Run(JamBox.Atoms3.Program.Main, _ => hasEnded = true);
        Assert.Equal(ResetCause.Software, await board.Reset.WaitAsync(TimeSpan.FromSeconds(120)));
        Assert.Equal("main:InvalidOperationException", Encoding.ASCII.GetString(nvs.Find("nvs", "jambox", "reset_reason")!));
        Assert.Contains(log, l => l.Contains("no entropy"));
        Assert.False(hasEnded);
    }

    [Fact]
    public async Task ABrokenNvsDoesNotPreventTheReboot()
    {
        BoardNvs nvs = new();
        nvs.Broken.Add("nvs");
        using BoardHost board = new(ResetCause.Power, nvs) { FillRandom = _ => throw new InvalidOperationException() };
        board.Run(JamBox.Provisioning.Program.Main);
        board.Run(JamBox.Atoms3.Program.Main);
        Assert.Equal(ResetCause.Software, await board.Reset.WaitAsync(TimeSpan.FromSeconds(120)));
    }

    [Fact]
    public void FlashIsNorFlash()
    {
        using BoardHost board = BoardFixture.Start();
        FlashPartition log = new("log");
        Assert.Equal(128 * 1024, log.Length);
        Assert.True(log.Write(4096, [0x0F, 0xF0], 0, 2));
        Assert.True(log.Write(4096, [0xFE, 0xFF], 0, 2));
        Assert.True(log.Read(4096, _buffer, 1, 3));
        Assert.Equal([0x0E, 0xF0, 0xFF], _buffer[1..4]);
        Assert.True(log.EraseSector(4096));
        Assert.True(log.Read(4096, _buffer, 0, 1));
        Assert.Equal(0xFF, _buffer[0]);
        Assert.Throws<InvalidOperationException>(() => new FlashPartition("deploy").EraseSector(0));
    }
}
