using System;
using System.Linq;
using JamBox.Readings;
using JamBox.Tests.Readings;
using JamBox.Tests.Storage;
using Xunit;

namespace JamBox.Tests.Host;

/// <summary>What is shown of the reading log on the PC only, because it would take a board minutes.</summary>
public sealed class ReadingLogHostTests
{
    [Fact]
    public void SurvivesPowerLossAtEveryOperationHoweverTorn()
    {
        int[] torn = [0, 4, 8, 20, 60, 92, 96, 124, 100000];
        Assert.True(LogPowerLoss.Enumerate(60, torn) > 1000);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    [InlineData(64)]
    [InlineData(100000)]
    public void SurvivesPowerLossAgainSoonAfterwards(int torn)
    {
        Assert.True(LogPowerLoss.EnumeratePairs(30, torn, 12) > 500);
    }

    [Theory]
    [MemberData(nameof(Damages))]
    public void FindsWhatIsValidWhateverElseLiesThere(int kind)
    {
        int found = 0;
        for (int seed = 1; seed <= 150; seed++)
        {
            found += LogDamage.Run(kind, seed, 4 + (seed % 5));
        }

        Assert.True(found > 300, $"{found} readings were found in 150 worlds");
    }

    public static TheoryData<int> Damages() => [.. Enumerable.Range(0, LogDamage.Kinds)];

    /// <summary>What hid forty readings from the layout before: 600 records of somebody else behind and between them.</summary>
    [Fact]
    public void FindsAllBehindForeignRecordsOnAPartitionLikeTheBoards()
    {
        var flash = new SimFlash(32, 4096);
        var bench = new LogBench(flash);
        for (int number = 1; number <= 40; number++)
        {
            bench.Close(number);
        }

        var random = new Random(10);
        for (int slot = 40; slot < 640; slot++)
        {
            random.NextBytes(flash.Content.AsSpan(slot * ReadingLog.SlotSize, ReadingLog.SlotSize));
            BitConverter.TryWriteBytes(flash.Content.AsSpan(slot * ReadingLog.SlotSize), 100 + slot);
            flash.Content.AsSpan((slot * ReadingLog.SlotSize) + 120, 8).Fill(0xFF);
        }

        int reads = flash.Reads;
        bench.Boot();
        Assert.Equal(40, bench.Ring.Count);
        Assert.Equal(1, bench.Number(0));
        Assert.Equal(600, bench.Ring.LogRecordsSkipped);
        Assert.True(flash.Reads - reads <= (3 * 1024) + 64);
        bench.Boot();
        Assert.Equal(40, bench.Ring.Count);
        Assert.Equal(0, bench.Ring.LogRecordsSkipped);
    }
}
