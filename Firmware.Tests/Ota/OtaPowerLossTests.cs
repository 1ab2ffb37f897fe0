using JamBox.Ota;
using JamBox.Ports;
using JamBox.Tests.Storage;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Ota;

/// <summary>
/// Power fails in the middle of a write, anywhere between the offer and the last word to the backend; then the box boots again, and has
/// to reach the new release and say so. Here a few places; on the PC all of them, however torn (OtaPowerLossHostTests).
/// </summary>
[TestClass]
public class OtaPowerLossTests
{
    private const int MaxRounds = 8;
    private const int DayMs = 86400000;

    /// <summary>A place in the download, one in the making of the image, one around the boot record.</summary>
    /// <param name="operation">The write, counted from 1.</param>
    /// <param name="afterBytes">How many of its bytes are still done.</param>
    [DataRow(4, 40)]
    [DataRow(12, 4)]
    [DataRow(19, 0)]
    public void PowerFails(int operation, int afterBytes)
    {
        Assert.AreEqual(1, Fail(operation, afterBytes, 0, false, 1000));
    }

    /// <summary>
    /// There is no memory for the update, and power goes in the write that counts the reboot, in the one before, or in the one behind: it
    /// goes on all the same.
    /// </summary>
    [TestMethod]
    public void PowerFailsAroundTheRebootForMemory()
    {
        int count = WritesUntilReboot();
        int last = count - 2 + Effort.Rounds(3, 1);
        for (int operation = count - 1; operation <= last; operation++)
        {
            Assert.AreEqual(1, Fail(operation, 0, 0, false, 1000, true));
        }
    }

    /// <summary>Cuts the power once or twice, and lets the box live on.</summary>
    /// <param name="operation">The write, counted from 1.</param>
    /// <param name="afterBytes">How many of its bytes are still done.</param>
    /// <param name="second">The write after that at which it fails again; 0 for not.</param>
    /// <param name="isRepeat">Whether the same release has been rolled back before.</param>
    /// <param name="size">Bytes of the images.</param>
    /// <param name="isHeapFull">Whether there is no memory for the update at first, so that the box reboots for it.</param>
    /// <returns>How often it was cut: fewer times than asked for when the update has fewer writes.</returns>
    public static int Fail(int operation, int afterBytes, int second, bool isRepeat, int size, bool isHeapFull = false)
    {
        var bench = new OtaBench(size);
        if (isRepeat)
        {
            RollBackOnce(bench);
        }

        if (isHeapFull)
        {
            bench.Box.Heap = new FakeHeap { FailsAt = 1 };
        }

        bench.Offer();
        string name = "write " + operation.ToString() + ", " + afterBytes.ToString() + " bytes done, then write " + second.ToString() + (
            isRepeat ? ", a release that was rolled back" : string.Empty)
            + (isHeapFull ? ", no memory at first" : string.Empty) + ": ";
        bench.Box.Store.Power = bench.Power;
        bench.Power.AfterBytes = afterBytes;
        bench.Power.At = bench.Power.Operations + operation;
        int cuts = 0;
        for (int round = 0; round < MaxRounds && !IsOver(bench); round++)
        {
            try
            {
                bench.Live(6000);
                bench.SendReading();
                bench.Live(6000);
            }
            catch (PowerLossException)
            {
                cuts++;
                bench.Power.At = cuts == 1 && second > 0 ? bench.Power.Operations + second : 0;
                Assert.IsTrue(bench.Running == OtaBench.OldSequence || bench.Running == OtaBench.NewSequence, name + "what runs is whole");
                bench.Box.Boot();
            }
        }

        Assert.IsTrue(IsOver(bench), name + bench.StateText + ", " + bench.Server.Log);
        Assert.AreEqual(OtaBench.NewSequence, bench.Running, name + "the new release runs");
        Assert.IsTrue(bench.Slots.State == SlotState.Confirmed, name + "confirmed in the boot record");
        Assert.Contains("\"status\":\"success\"", bench.Server.LastEnd);
        Assert.IsTrue(
            bench.Server.Chunks.Length <= 2 * (bench.Server.Release.Chunks + cuts),
            name + "at most the chunk under way is fetched again: " + bench.Server.Chunks);
        Assert.IsTrue(bench.Server.Log.IndexOf('e') < 0);
        return cuts;
    }

    private static int WritesUntilReboot()
    {
        var bench = new OtaBench();
        bench.Box.Heap = new FakeHeap { FailsAt = 1, Failures = 1 };
        bench.Offer();
        bench.Box.Store.Power = bench.Power;
        bench.Box.Boot();
        bench.Box.Run(20000);
        Assert.IsTrue(bench.Box.Box.IsRebooting);
        return bench.Power.Operations;
    }

    private static bool IsOver(OtaBench bench)
    {
        return bench.Box.Box != null && bench.Updater.State == OtaState.Confirmed && !bench.Updater.HasReport;
    }

    /// <summary>The boot record then names the very image that is offered, as rolled back.</summary>
    private static void RollBackOnce(OtaBench bench)
    {
        bench.LiveToTrial();
        bench.Box.Boot();
        bench.Box.Boot();
        bench.Box.Boot();
        bench.Live(8000);
        Assert.AreEqual("rolled_back:trial_boots", bench.StateText);
        Assert.IsFalse(bench.Updater.HasReport);
        bench.Server.IsExcluded = false;
        bench.Server.Chunks = string.Empty;
        bench.Server.Log = string.Empty;
        // Another patch was there meanwhile, and it is another day: two losses of power need all images of one.
        bench.Slots.PatchFlash.EraseSector(0);
        bench.Server.Release = null;
        bench.Box.Skip(DayMs);
        bench.Box.Boot();
    }
}
