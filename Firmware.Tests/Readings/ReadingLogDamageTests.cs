using System;
using JamBox.Tests.Storage;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Readings;

/// <summary>
/// Whatever lies in the log partition: a start ends after a bounded number of reads, finds each valid reading that waits, and invents none.
/// (The PC's build tries more worlds, and a partition as large as the board's.)
/// </summary>
[TestClass]
public class ReadingLogDamageTests
{
    /// <summary>A world of each kind.</summary>
    [TestMethod]
    public void FindsWhatIsValidWhateverElseLiesThere()
    {
        for (int kind = 0; kind < LogDamage.Kinds; kind++)
        {
            LogDamage.Run(kind, 1, 4);
        }
    }

    /// <summary>A partition of the garbage that a factory may leave holds no reading, and the log works.</summary>
    [TestMethod]
    public void GarbageIsNoReading()
    {
        var flash = new SimFlash(4, LogBench.SectorSize);
        new Random(5).NextBytes(flash.Content);
        var bench = new LogBench(flash);
        Assert.AreEqual(0, bench.Ring.Count);
        for (int number = 1; number <= 20; number++)
        {
            bench.Close(number);
            bench.Boot();
            Assert.AreEqual(number.ToString() + ",", bench.Waiting());
            Assert.AreEqual(0, bench.Ring.Dropped);
            bench.Send();
        }
    }

    /// <summary>What was passed over is marked, so that the next start does not count it again.</summary>
    [TestMethod]
    public void IsPassedOverOnce()
    {
        var flash = new SimFlash(4, LogBench.SectorSize);
        for (int i = 0; i < flash.Length; i++)
        {
            flash.Content[i] = 0x80;
        }

        var bench = new LogBench(flash);
        Assert.AreEqual(bench.Slots, bench.Ring.LogRecordsSkipped);
        bench.Boot();
        Assert.AreEqual(0, bench.Ring.LogRecordsSkipped);
        Assert.AreEqual(0, bench.Ring.Dropped);
    }
}
