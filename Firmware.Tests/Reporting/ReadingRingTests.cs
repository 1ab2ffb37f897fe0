using JamBox.Counting;
using JamBox.Reporting;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Reporting;

/// <summary>Tests of <see cref="ReadingRing"/>.</summary>
[TestClass]
public class ReadingRingTests
{
    /// <summary>First in, first out, over several turns of the ring.</summary>
    [TestMethod]
    public void GivesTheOldestFirst()
    {
        var ring = new ReadingRing();
        Assert.AreEqual(-1, ring.Oldest);
        int next = 1;
        int expected = 1;
        for (int round = 0; round < 10; round++)
        {
            for (int i = 0; i < 30; i++)
            {
                ring.Rows[ring.Add() + ReadingField.Number] = next++;
            }

            for (int i = 0; i < 30; i++)
            {
                Assert.AreEqual(expected++, ring.Rows[ring.Oldest + ReadingField.Number]);
                ring.RemoveOldest();
            }
        }

        Assert.AreEqual(0, ring.Count);
        ring.RemoveOldest();
        Assert.AreEqual(0, ring.Count);
    }

    /// <summary>The 97th reading overwrites the first, and the loss is counted.</summary>
    [TestMethod]
    public void OverwritesTheOldestWhenFull()
    {
        var ring = new ReadingRing();
        for (int number = 1; number <= ReadingRing.Capacity + 3; number++)
        {
            int row = ring.Add();
            Assert.AreEqual(0, ring.Rows[row + ReadingField.Number], "a slot is handed out clean");
            ring.Rows[row + ReadingField.Number] = number;
        }

        Assert.AreEqual(ReadingRing.Capacity, ring.Count);
        Assert.AreEqual(3, ring.Lost);
        Assert.AreEqual(4, ring.Rows[ring.Oldest + ReadingField.Number]);
    }

    /// <summary>When the clock is set, undated readings of this boot get their date; those of another boot stay as they are.</summary>
    [TestMethod]
    public void DatesReadingsOfThisBoot()
    {
        var ring = new ReadingRing();
        int mine = ring.Add();
        ring.Rows[mine + ReadingField.BootId] = 7;
        ring.Rows[mine + ReadingField.ClosedUptimeSeconds] = 300;
        int other = ring.Add();
        ring.Rows[other + ReadingField.BootId] = 8;
        ring.Rows[other + ReadingField.ClosedUptimeSeconds] = 300;
        ring.Date(7, 1769680800000L);
        Assert.AreEqual(1769681100 - UtcTime.SecondsTo2000, ring.Rows[mine + ReadingField.ClosedUtcSeconds]);
        Assert.AreEqual(0, ring.Rows[other + ReadingField.ClosedUtcSeconds]);
    }
}
