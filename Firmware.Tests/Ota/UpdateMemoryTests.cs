using JamBox.Ota;
using JamBox.Ota.Patch;
using JamBox.Storage;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Ota;

/// <summary>
/// Tests of an update on a heap that has no room for it: the state is kept, the box reboots, and the next boot takes the memory first; and
/// that has an end.
/// </summary>
[TestClass]
public class UpdateMemoryTests
{
    /// <summary>Whichever block is not to be had: one reboot, nothing is fetched twice, and the update gets to its end.</summary>
    /// <param name="block">The block, counted from 1.</param>
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    [DataRow(4)]
    [DataRow(5)]
    [DataRow(6)]
    [DataRow(7)]
    [DataRow(8)]
    [DataRow(9)]
    [DataRow(10)]
    [DataRow(11)]
    [DataRow(12)]
    [DataRow(13)]
    public void EachBlockMayBeMissing(int block)
    {
        var bench = Bench(block, 1);
        bench.Live(20000);
        Assert.AreEqual("trial", bench.StateText);
        Assert.AreEqual("0,1,2,", bench.Server.Chunks);
        Assert.AreEqual(2, bench.Box.Board.Reboots, "for memory, and for the image");
        Assert.AreEqual(1, bench.Slots.Installs);
        Assert.AreEqual(1, bench.Box.Box.Health.Value(Health.MemoryReboots), "counted over all boots");
        bench.SendReading();
        Assert.AreEqual("confirmed", bench.StateText);
    }

    /// <summary>The blocks are the applier's, and one for the image's end, asked for once: none in a boot without an update.</summary>
    [TestMethod]
    public void BlocksAreThoseOfTheApplier()
    {
        var bench = Bench(0, 0);
        bench.Live(20000);
        Assert.AreEqual("trial", bench.StateText);
        Assert.AreEqual(PatchApplier.TableBytes + ImageWalk.TableBytes, bench.Box.Heap.Bytes);
        Assert.AreEqual(13, bench.Box.Heap.Blocks);
        bench.SendReading();
        bench.Box.Boot();
        bench.Live(20000);
        Assert.AreEqual(13, bench.Box.Heap.Blocks);
    }

    /// <summary>
    /// The boot after a reboot for memory takes it before the box does anything, and gives it back when there is nothing to make any more.
    /// </summary>
    [TestMethod]
    public void TheNextBootTakesItFirst()
    {
        var bench = Bench(1, 1);
        LiveUntilReboot(bench);
        Assert.AreEqual("memory", bench.Box.Board.Rebooted);
        Assert.AreEqual(1, bench.Box.Heap.Blocks);
        bench.Box.Boot(0, false);
        Assert.AreEqual(13, bench.Box.Heap.Blocks, "before it is started");
        Assert.AreEqual("verifying", bench.StateText);
    }

    /// <summary>No room at all: three reboots, then the update has failed, and the backend hears why.</summary>
    [TestMethod]
    public void RebootsHaveAnEnd()
    {
        var bench = Bench(1, 1000);
        bench.Live(40000);
        Assert.AreEqual("failed:memory", bench.StateText);
        Assert.AreEqual(UpdateState.MaxMemoryReboots, bench.Box.Board.Reboots);
        Assert.Contains("\"status\":\"failed\",\"why\":\"memory\"", bench.Server.LastEnd);
        Assert.AreEqual("0,1,2,", bench.Server.Chunks);
        Assert.AreEqual(OtaBench.OldSequence, bench.Running);
        bench.Server.Release = null;
        bench.Box.Boot();
        bench.Live(40000);
        Assert.AreEqual(UpdateState.MaxMemoryReboots, bench.Box.Board.Reboots, "nothing is left to reboot for");
    }

    /// <summary>Another offer may cost as many reboots again.</summary>
    [TestMethod]
    public void EachOfferHasItsOwnReboots()
    {
        var bench = Bench(1, 1000);
        bench.Live(40000);
        bench.Server.IsExcluded = false;
        bench.Server.Id++;
        bench.Box.Heap.FailsAt = bench.Box.Heap.Blocks + 1;
        bench.Box.Heap.Failures = 1;
        Assert.IsTrue(bench.Updater.CheckNow());
        bench.Live(40000);
        Assert.AreEqual("trial", bench.StateText);
        Assert.AreEqual(UpdateState.MaxMemoryReboots + 2, bench.Box.Board.Reboots);
    }

    /// <summary>A reboot that cannot be counted might be repeated without end: there is none.</summary>
    [TestMethod]
    public void NoRebootThatIsNotCounted()
    {
        var bench = Bench(1, 1000);
        bench.Box.Store.Refuses = true;
        bench.Live(20000);
        Assert.AreEqual(0, bench.Box.Board.Reboots);
        Assert.AreEqual("failed:memory", bench.StateText);
    }

    private static OtaBench Bench(int block, int failures)
    {
        var bench = new OtaBench();
        bench.Box.Heap = new FakeHeap { FailsAt = block, Failures = failures };
        bench.Offer();
        return bench;
    }

    private static void LiveUntilReboot(OtaBench bench)
    {
        bench.Box.Boot();
        bench.Box.Run(20000);
        Assert.IsTrue(bench.Box.Box.IsRebooting);
    }
}
