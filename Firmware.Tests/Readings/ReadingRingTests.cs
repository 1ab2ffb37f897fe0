using JamBox.Readings;
using JamBox.Tests.Storage;
using JamBox.Text;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Readings;

/// <summary>Tests of <see cref="ReadingRing"/>.</summary>
[TestClass]
public class ReadingRingTests
{
    /// <summary>First in, first out, over several turns of the ring.</summary>
    [TestMethod]
    public void GivesTheOldestFirst()
    {
        var ring = new ReadingRing();
        Assert.AreEqual(0, ring.Count);
        int next = 1;
        int expected = 1;
        for (int round = 0; round < 10; round++)
        {
            for (int i = 0; i < 20; i++)
            {
                Add(ring, 0, next++);
            }

            for (int i = 0; i < 20; i++)
            {
                Assert.AreEqual(expected++, ring.ReadOldest()[ReadingField.Number]);
                ring.RemoveOldest();
            }
        }

        Assert.AreEqual(0, ring.Count);
        ring.RemoveOldest();
        Assert.AreEqual(0, ring.Count);
    }

    /// <summary>Without a log two hours of readings are kept: the next one overwrites the first, and the loss is counted.</summary>
    [TestMethod]
    public void OverwritesTheOldestWhenFull()
    {
        var ring = new ReadingRing();
        for (int number = 1; number <= ReadingRing.UnloggedCapacity + 3; number++)
        {
            int[] row = ring.Add();
            Assert.AreEqual(0, row[ReadingField.Number], "a row is handed out clean");
            row[ReadingField.Number] = number;
            ring.Keep();
        }

        Assert.AreEqual(ReadingRing.UnloggedCapacity, ring.Count);
        Assert.AreEqual(ReadingRing.UnloggedCapacity, ring.Capacity);
        Assert.IsTrue(ring.IsFull && !ring.IsLogged);
        Assert.AreEqual(3, ring.Lost);
        Assert.AreEqual(3, ring.Dropped);
        Assert.AreEqual(4, ring.Word(0, ReadingField.Number));
    }

    /// <summary>When the clock is set, undated readings of this boot get their date; those of another boot stay as they are.</summary>
    [TestMethod]
    public void DatesReadingsOfThisBoot()
    {
        var ring = new ReadingRing();
        Add(ring, 7, 1);
        Add(ring, 8, 1);
        ring.Date(7, 1769680800000L);
        Assert.AreEqual(1769681100 - UtcTime.SecondsTo2000, ring.Word(0, ReadingField.ClosedUtcSeconds));
        Assert.AreEqual(0, ring.Word(1, ReadingField.ClosedUtcSeconds));
    }

    /// <summary>A partition that is missing or too small is no log, and the box keeps its readings in RAM.</summary>
    [TestMethod]
    public void ATooSmallPartitionIsNoLog()
    {
        Assert.IsFalse(ReadingLog.Fits(null));
        Assert.IsFalse(ReadingLog.Fits(new SimFlash(0, 512)));
        Assert.IsFalse(ReadingLog.Fits(new SimFlash(2, 512)));
        Assert.IsTrue(ReadingLog.Fits(new SimFlash(3, 512)));
        Assert.AreEqual(4, new ReadingLog(new SimFlash(3, 512)).Capacity);
    }

    private static void Add(ReadingRing ring, int bootId, int number)
    {
        int[] row = ring.Add();
        row[ReadingField.BootId] = bootId;
        row[ReadingField.Number] = number;
        row[ReadingField.ClosedUptimeSeconds] = 300;
        ring.Keep();
    }
}
