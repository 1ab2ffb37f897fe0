using JamBox.Readings;
using JamBox.Storage;
using JamBox.Text;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Readings;

/// <summary>Tests of <see cref="ReadingLog"/> and of the <see cref="ReadingRing"/> whose readings it holds.</summary>
[TestClass]
public class ReadingLogTests
{
    /// <summary>What waited before a reboot waits after it, oldest first, with all its fields.</summary>
    [TestMethod]
    public void ReadingsSurviveAReboot()
    {
        var bench = new LogBench();
        for (int number = 1; number <= 5; number++)
        {
            bench.Close(number);
        }

        bench.Send();
        bench.Send();
        Assert.AreEqual("3,4,5,", bench.Waiting());
        bench.Boot();
        Assert.AreEqual("3,4,5,", bench.Waiting());
        bench.Boot();
        bench.Close(6);
        bench.Boot();
        Assert.AreEqual("3,4,5,6,", bench.Waiting());
        Assert.AreEqual(0, bench.Ring.Dropped);
        Assert.AreEqual(0, bench.Ring.LogRecordsSkipped);
    }

    /// <summary>The log goes round for years; each sector is erased once in four records of this small one.</summary>
    [TestMethod]
    public void GoesRound()
    {
        var bench = new LogBench();
        for (int number = 1; number <= 200; number++)
        {
            bench.Close(number);
            if (number > 2)
            {
                bench.Send();
            }
        }

        bench.Boot();
        Assert.AreEqual("199,200,", bench.Waiting());
        Assert.AreEqual(50, bench.Flash.Erases);
    }

    /// <summary>
    /// When too many wait the oldest gives way, and the loss is known over reboots until an accepted reading has told it.
    /// </summary>
    [TestMethod]
    public void TheOldestGivesWayAndIsCounted()
    {
        var bench = new LogBench();
        Assert.AreEqual(8, bench.Ring.Capacity);
        for (int number = 1; number <= 11; number++)
        {
            bench.Close(number);
        }

        Assert.AreEqual("4,5,6,7,8,9,10,11,", bench.Waiting());
        Assert.AreEqual(3, bench.Ring.Dropped);
        bench.Boot();
        Assert.AreEqual("4,5,6,7,8,9,10,11,", bench.Waiting());
        Assert.AreEqual(3, bench.Ring.Dropped, "nobody knows it yet");
        bench.Send();
        Assert.AreEqual(3, bench.Ring.Dropped, "it is the sum of this boot");
        bench.Boot();
        Assert.AreEqual(0, bench.Ring.Dropped, "the backend knows it");
    }

    /// <summary>A reading that the backend refuses for good is counted over a reboot too, and so is one behind it that it takes.</summary>
    [TestMethod]
    public void WhatIsSetAsideIsCounted()
    {
        var bench = new LogBench();
        bench.Close(1);
        bench.Close(2);
        bench.Close(3);
        bench.Ring.SetAsideOldest();
        Assert.AreEqual(1, bench.Ring.SetAside);
        bench.Boot();
        Assert.AreEqual("2,3,", bench.Waiting());
        Assert.AreEqual(1, bench.Ring.Dropped);
        Assert.AreEqual(0, bench.Ring.SetAside, "it was an earlier boot that set it aside");
        bench.Send();
        bench.Boot();
        Assert.AreEqual("3,", bench.Waiting());
        Assert.AreEqual(0, bench.Ring.Dropped);
    }

    /// <summary>
    /// Power fails in the middle of every single flash operation of a short run, after 4 bytes and at the operation's end: what waits
    /// afterwards is what waited before the operation or after it, what is gone is counted, and the log goes on. (The PC's build tries
    /// longer runs and more ways of tearing.)
    /// </summary>
    [TestMethod]
    public void SurvivesPowerLossAtEveryOperation()
    {
        LogPowerLoss.Enumerate(Effort.Rounds(10, 6), [4, 100000]);
    }

    /// <summary>
    /// Flash that refuses costs nothing but the safety: eight readings wait in RAM, in their order, and what they cost is counted.
    /// </summary>
    [TestMethod]
    public void RamHoldsWhatFlashRefuses()
    {
        var bench = new LogBench();
        bench.Close(1);
        bench.Flash.Refuses = true;
        bench.Close(2);
        bench.Close(3);
        bench.Flash.Refuses = false;
        bench.Close(4);
        bench.Flash.Refuses = true;
        Assert.AreEqual("1,2,3,4,", bench.Waiting());
        for (int number = 5; number <= 12; number++)
        {
            bench.Close(number);
        }

        // Eight of them is all this small log's ring takes; four go for the room, none for the RAM.
        Assert.AreEqual("5,6,7,8,9,10,11,12,", bench.Waiting());
        Assert.AreEqual(4, bench.Ring.Dropped);
        Assert.IsTrue(bench.Ring.LogRefusals > 0);
        bench.Send();
        Assert.AreEqual(6, bench.Ring.Word(0, ReadingField.Number));
        bench.Flash.Refuses = false;
        bench.Close(13);
        Assert.AreEqual("6,7,8,9,10,11,12,13,", bench.Waiting());
        bench.Boot();
        // One that gave way while flash refused is there again, as its sector was not needed: it is better to send it than to lose it.
        Assert.AreEqual("4,13,", bench.Waiting());
    }

    /// <summary>When RAM is full of what flash refuses, the oldest of those gives way, and not one that is safe in flash.</summary>
    [TestMethod]
    public void TheOldestInRamGivesWay()
    {
        var bench = new LogBench(6);
        bench.Close(1);
        bench.Flash.Refuses = true;
        for (int number = 2; number <= 11; number++)
        {
            bench.Close(number);
        }

        Assert.AreEqual("1,4,5,6,7,8,9,10,11,", bench.Waiting());
        Assert.AreEqual(2, bench.Ring.Dropped);
    }

    /// <summary>Flash that says yes and does nothing is found out, slot by slot and sector by sector.</summary>
    [TestMethod]
    public void WornOutFlashIsFoundOut()
    {
        var bench = new LogBench();
        bench.Close(1);
        bench.Flash.IsWornOut = true;
        bench.Close(2);
        bench.Flash.IsWornOut = false;
        bench.Close(3);
        Assert.AreEqual("1,2,3,", bench.Waiting());
        bench.Boot();
        Assert.AreEqual("1,3,", bench.Waiting());
        Assert.AreEqual(0, bench.Ring.Dropped, "a slot that was given up is no reading");
    }

    /// <summary>A sector that takes no writes is left after two slots: no reading waits in RAM for it, or is lost with power.</summary>
    [TestMethod]
    public void AWornOutSectorIsLeft()
    {
        var bench = new LogBench();
        bench.Flash.WornOutSector = 1;
        for (int number = 1; number <= 7; number++)
        {
            bench.Close(number);
        }

        bench.Boot();
        Assert.AreEqual("1,2,3,4,5,6,7,", bench.Waiting());
        Assert.AreEqual(0, bench.Ring.Dropped);
    }

    /// <summary>A reading that flash does not give back any more does not stop those behind it, and is counted once.</summary>
    [TestMethod]
    public void WhatCannotBeReadIsGivenUp()
    {
        var bench = new LogBench();
        bench.Close(1);
        bench.Close(2);
        bench.Close(3);
        bench.Flash.UnreadableAt = 0;
        Assert.AreEqual(2, bench.Ring.ReadOldest()[ReadingField.Number]);
        Assert.AreEqual(1, bench.Ring.Dropped);
        Assert.AreEqual(1, bench.Ring.LogRecordsSkipped);
        bench.Flash.UnreadableAt = -1;
        bench.Boot();
        Assert.AreEqual("2,3,", bench.Waiting());
        Assert.AreEqual(1, bench.Ring.Dropped);
    }

    /// <summary>The last readings are given up one after the other when flash gives none of them back: nothing waits then.</summary>
    [TestMethod]
    public void NothingReadableIsNothingThatWaits()
    {
        var bench = new LogBench();
        bench.Close(1);
        bench.Flash.UnreadableAt = 0;
        Assert.IsTrue(bench.Ring.ReadOldest() == null);
        Assert.AreEqual(0, bench.Ring.Count);
        Assert.AreEqual(0, bench.Ring.Word(0, ReadingField.Number));
        Assert.AreEqual(1, bench.Ring.Dropped);
    }

    /// <summary>An update finds what the firmware before layout 1 left, in its order, and goes on behind it.</summary>
    [TestMethod]
    public void ReadsTheOldLayout()
    {
        var bench = new LogBench();
        bench.PutOld(0, 41, 1, true);
        bench.PutOld(1, 42, 2);
        bench.PutOld(2, 43, 3);
        bench.Boot();
        Assert.AreEqual("2,3,", bench.Waiting());
        bench.Close(4);
        bench.Send();
        bench.Boot();
        Assert.AreEqual("3,4,", bench.Waiting());
        Assert.AreEqual(0, bench.Ring.Dropped);
        // What went back to that firmware finds its own still: the marks lie where they did.
        Assert.AreEqual(0, ByteOrder.ReadInt(bench.Flash.Content, ReadingLog.SlotSize + 124));
        Assert.AreEqual(-1, ByteOrder.ReadInt(bench.Flash.Content, (2 * ReadingLog.SlotSize) + 124));
    }

    /// <summary>What the first release and the layout before it left is sent without the fields that came later.</summary>
    [TestMethod]
    public void DoesNotKnowWhatAnOlderFirmwareDidNotCount()
    {
        var bench = new LogBench();
        bench.PutOld(0, 41, 1);
        bench.Boot();
        bench.Close(2);
        bench.Close(3);
        bench.Shorten(1);
        bench.Boot();
        Assert.AreEqual(3, bench.Ring.Count);
        Assert.AreEqual(0, bench.Ring.Dropped);
        var row = new int[ReadingField.Count];
        var expected = new int[ReadingField.Count];
        for (int number = 1; number <= 3; number++)
        {
            Assert.IsTrue(bench.Ring.Read(number - 1, row));
            LogBench.Fill(expected, number);
            expected[ReadingField.BleAppleInUse] = number < 3 ? ReadingField.NotKnown : expected[ReadingField.BleAppleInUse];
            CollectionAssert.AreEqual(expected, row);
        }
    }

    /// <summary>
    /// To the firmware before layout 1 a record of today is none: it takes the first word for a sequence number, and a negative one for
    /// none.
    /// </summary>
    [TestMethod]
    public void TheOldFirmwarePassesOver()
    {
        var bench = new LogBench();
        bench.Close(1);
        bench.Ring.SetAsideOldest();
        Assert.IsTrue(ByteOrder.ReadInt(bench.Flash.Content, 0) < 0);
        Assert.IsTrue(ByteOrder.ReadInt(bench.Flash.Content, ReadingLog.SlotSize) < 0);
    }

    /// <summary>
    /// A newer firmware wrote more fields, and was rolled back: its readings are read without them. One with another layout altogether is
    /// counted as lost, once.
    /// </summary>
    [TestMethod]
    public void ReadsWhatANewerFirmwareWrote()
    {
        var bench = new LogBench();
        bench.Close(1);
        bench.Close(2);
        bench.Close(3);
        bench.Relabel(0, ReadingLog.Layout, PackedReading.Size + 4);
        bench.Relabel(1, ReadingLog.Layout + 1, PackedReading.Size);
        bench.Boot();
        Assert.AreEqual("1,3,", bench.Waiting());
        Assert.AreEqual(1, bench.Ring.Dropped);
        bench.Boot();
        Assert.AreEqual(1, bench.Ring.Dropped, "until it is told");
        bench.Send();
        bench.Boot();
        Assert.AreEqual("3,", bench.Waiting());
        Assert.AreEqual(0, bench.Ring.Dropped);
    }

    /// <summary>A damaged record is counted as lost once, and those on both sides of it are there.</summary>
    [TestMethod]
    public void ADamagedReadingIsCounted()
    {
        var bench = new LogBench();
        for (int number = 1; number <= 6; number++)
        {
            bench.Close(number);
        }

        bench.Flash.Content[(2 * ReadingLog.SlotSize) + 40] ^= 8;
        bench.Flash.Content[(5 * ReadingLog.SlotSize) + 40] ^= 8;
        bench.Boot();
        Assert.AreEqual("1,2,4,5,", bench.Waiting());
        Assert.AreEqual(2, bench.Ring.Dropped);
        Assert.AreEqual(2, bench.Ring.LogRecordsSkipped);
        bench.Boot();
        Assert.AreEqual("1,2,4,5,", bench.Waiting());
        Assert.AreEqual(2, bench.Ring.Dropped);
        Assert.AreEqual(0, bench.Ring.LogRecordsSkipped);
    }

    /// <summary>A bit of the mark that flips by itself costs no reading.</summary>
    [TestMethod]
    public void AFlippedBitIsNoMark()
    {
        var bench = new LogBench();
        bench.Close(1);
        bench.Flash.Content[ReadingLog.SlotSize - 3] ^= 16;
        bench.Boot();
        Assert.AreEqual("1,", bench.Waiting());
    }

    /// <summary>
    /// Closed before the clock was set, and read from flash afterwards: in the same boot and in the next it bears its date. One of another
    /// boot that never knew the time bears none.
    /// </summary>
    [TestMethod]
    public void DatesWhatWaitsInFlash()
    {
        var bench = new LogBench();
        CloseUndated(bench, 1, LogBench.BootId + 1);
        CloseUndated(bench, 2, LogBench.BootId);
        Assert.AreEqual(0, bench.Ring.Word(1, ReadingField.ClosedUtcSeconds));
        bench.Ring.Date(LogBench.BootId, 1769680800000L);
        int closed = 1769680800 + (2 * 27) - UtcTime.SecondsTo2000;
        Assert.AreEqual(closed, bench.Ring.Word(1, ReadingField.ClosedUtcSeconds));
        Assert.AreEqual(0, bench.Ring.Word(0, ReadingField.ClosedUtcSeconds));
        bench.Boot();
        Assert.AreEqual(closed, bench.Ring.Word(1, ReadingField.ClosedUtcSeconds));
        Assert.AreEqual(0, bench.Ring.Word(0, ReadingField.ClosedUtcSeconds));
    }

    /// <summary>Sequence numbers wrap: behind the greatest comes the smallest.</summary>
    [TestMethod]
    public void NumbersWrap()
    {
        var bench = new LogBench();
        bench.PutOld(0, int.MaxValue - 1, 1);
        bench.Boot();
        for (int number = 2; number <= 8; number++)
        {
            bench.Close(number);
        }

        bench.Boot();
        Assert.AreEqual("1,2,3,4,5,6,7,8,", bench.Waiting());
        bench.Close(9);
        bench.Boot();
        Assert.AreEqual("2,3,4,5,6,7,8,9,", bench.Waiting());
        Assert.AreEqual(1, bench.Ring.Dropped);
    }

    private static void CloseUndated(LogBench bench, int number, int bootId)
    {
        int[] row = bench.Ring.Add();
        LogBench.Fill(row, number);
        row[ReadingField.BootId] = bootId;
        row[ReadingField.ClosedUtcSeconds] = 0;
        bench.Ring.Keep();
    }
}
