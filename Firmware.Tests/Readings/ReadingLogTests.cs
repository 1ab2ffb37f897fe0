using JamBox.Readings;
using JamBox.Tests.Storage;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Readings;

/// <summary>Tests of <see cref="ReadingLog"/>.</summary>
[TestClass]
public class ReadingLogTests
{
    private const int Capacity = 6;
    private const int Sectors = 4;
    private const int SectorSize = 512;

    /// <summary>What waited before a reboot waits after it, oldest first, with all its fields.</summary>
    [TestMethod]
    public void ReadingsSurviveAReboot()
    {
        var flash = new SimFlash(Sectors, SectorSize);
        ReadingLog log = Booted(flash, "-");
        for (int number = 1; number <= 5; number++)
        {
            Append(log, number);
        }

        log.RemoveOldest();
        log.RemoveOldest();
        Booted(flash, "3,4,5,-");
        log = Booted(flash, "3,4,5,-");
        Append(log, 6);
        Booted(flash, "3,4,5,6,-");
    }

    /// <summary>The log goes round for years; each sector is erased once in four records of this small one.</summary>
    [TestMethod]
    public void GoesRound()
    {
        var flash = new SimFlash(Sectors, SectorSize);
        ReadingLog log = Booted(flash, "-");
        for (int number = 1; number <= 200; number++)
        {
            Append(log, number);
            if (number > 2)
            {
                log.RemoveOldest();
            }
        }

        Booted(flash, "199,200,-");
        Assert.AreEqual(50, flash.Erases);
    }

    /// <summary>When too many wait, the oldest are given up, as in the ring.</summary>
    [TestMethod]
    public void KeepsTheNewestOfTooMany()
    {
        var flash = new SimFlash(Sectors, SectorSize);
        ReadingLog log = Booted(flash, "-");
        for (int number = 1; number <= 9; number++)
        {
            Append(log, number);
        }

        Assert.AreEqual(Capacity, log.Count);
        Booted(flash, "4,5,6,7,8,9,-");
    }

    /// <summary>
    /// Power fails in the middle of every single flash operation of a short run, after 4 bytes and at the operation's end: what waits
    /// afterwards is what waited before the operation or after it, and the log goes on. (The PC's build tries longer runs and more
    /// ways of tearing.)
    /// </summary>
    [TestMethod]
    public void SurvivesPowerLossAtEveryOperation()
    {
        EnumeratePowerLoss(7, [4, 100000]);
    }

    /// <summary>Runs with power failing at each operation in turn.</summary>
    /// <param name="readings">How many readings a run appends.</param>
    /// <param name="torn">After how many bytes of the operation.</param>
    /// <returns>How many points were tried.</returns>
    internal static int EnumeratePowerLoss(int readings, int[] torn)
    {
        int total = Run(new SimFlash(Sectors, SectorSize), readings, out int _, out int _);
        for (int operation = 1; operation <= total; operation++)
        {
            for (int i = 0; i < torn.Length; i++)
            {
                var flash = new SimFlash(Sectors, SectorSize) { FailAt = operation, FailAfterBytes = torn[i] };
                Run(flash, readings, out int appended, out int removed);
                Check(flash, appended, removed, "operation " + operation.ToString() + " after " + torn[i].ToString() + " bytes");
            }
        }

        return total * torn.Length;
    }

    private static void Check(SimFlash flash, int appended, int removed, string where)
    {
        var log = new ReadingLog(flash, Capacity);
        int count = log.Recover();
        int first = count == 0 ? appended + 1 : Number(log, 0);
        int last = count == 0 ? appended : Number(log, count - 1);
        // The operation that was cut off may have been done or not; a done reading may come back (the backend knows it by b and n).
        Assert.IsTrue(first <= removed + 2 || count == 0, where + ": first is " + first.ToString());
        Assert.IsTrue(last == appended || last == appended + 1, where + ": last is " + last.ToString() + " of " + appended.ToString());
        Append(log, 1000);
        log = new ReadingLog(flash, Capacity);
        count = log.Recover();
        Assert.AreEqual(1000, Number(log, count - 1), where);
    }

    // Readings, three of them waiting at any time. Tells what was surely done when power failed.
    private static int Run(SimFlash flash, int readings, out int appended, out int removed)
    {
        appended = 0;
        removed = 0;
        try
        {
            var log = new ReadingLog(flash, Capacity);
            log.Recover();
            for (int number = 1; number <= readings; number++)
            {
                Append(log, number);
                appended = number;
                if (number > 3)
                {
                    log.RemoveOldest();
                    removed = number - 3;
                }
            }
        }
        catch (PowerLossException)
        {
            // What is on flash now is what the next boot finds.
        }

        return flash.Operations;
    }

    private static void Append(ReadingLog log, int number)
    {
        var row = new int[ReadingField.Count];
        for (int i = 0; i < row.Length; i++)
        {
            row[i] = number * (i + 1);
        }

        row[ReadingField.Number] = number;
        log.Append(row);
    }

    private static int Number(ReadingLog log, int index)
    {
        var row = new int[ReadingField.Count];
        log.Read(index, row);
        return row[ReadingField.Number];
    }

    private static ReadingLog Booted(SimFlash flash, string expected)
    {
        var row = new int[ReadingField.Count];
        var log = new ReadingLog(flash, Capacity);
        int count = log.Recover();
        string found = string.Empty;
        for (int i = 0; i < count; i++)
        {
            log.Read(i, row);
            int number = row[ReadingField.Number];
            found += number.ToString() + ",";
            Assert.AreEqual(number * 5, row[4]);
        }

        Assert.AreEqual(expected, found + "-");
        return log;
    }
}
