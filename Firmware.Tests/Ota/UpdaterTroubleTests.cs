using JamBox.Ota;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Ota;

/// <summary>
/// Tests of <see cref="Updater"/> with a whole box: answers that are late, wrong or none, and releases that cannot be made.
/// </summary>
[TestClass]
public class UpdaterTroubleTests
{
    /// <summary>A manifest that is cut off, or that the backend no longer has.</summary>
    [TestMethod]
    public void NoManifest()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.Server.ManifestStatus = 404;
        bench.Live(15000);
        Assert.AreEqual("Km", bench.Server.Log);
        Assert.AreEqual("idle", bench.StateText);
        bench.Server.ManifestStatus = 200;
        bench.Server.Missing = 1;
        bench.Updater.CheckNow();
        bench.Live(40000);
        Assert.AreEqual("KmKMMME", bench.Server.Log);
        Assert.AreEqual("failed:manifest", bench.StateText);
    }

    /// <summary>
    /// Plain HTTP does not say when bytes changed on their way: a manifest that may be garbled is asked for again, twice.
    /// </summary>
    [TestMethod]
    public void GarbledManifests()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.Server.DamagedManifests = 2;
        bench.Live(30000);
        Assert.AreEqual("KMMM", bench.Server.Log.Substring(0, 4));
        Assert.AreEqual("trial", bench.StateText);
    }

    /// <summary>Three times no good: it is not the network's fault.</summary>
    [TestMethod]
    public void BadManifest()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.Server.DamagedManifests = 3;
        bench.Live(20000);
        Assert.AreEqual("KMMME", bench.Server.Log);
        Assert.AreEqual("failed:signature", bench.StateText);
    }

    /// <summary>The end is told until the backend has it, and nothing is asked before.</summary>
    [TestMethod]
    public void TellsTheEndUntilItIsTaken()
    {
        var bench = new OtaBench();
        bench.OfferRefused();
        bench.Server.EndStatus = 500;
        bench.Live(12000);
        Assert.AreEqual("KMe", bench.Server.Log.Substring(0, 3));
        bench.Server.Log = string.Empty;
        bench.Server.EndStatus = 200;
        bench.Server.Release = null;
        bench.Box.Boot();
        bench.Live(10000);
        Assert.AreEqual("EK", bench.Server.Log);
    }

    /// <summary>A chunk whose CRC is wrong is asked for again.</summary>
    [TestMethod]
    public void DamagedChunk()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.Server.DamagedChunks = 1;
        bench.Live(20000);
        Assert.AreEqual("0,0,1,2,", bench.Server.Chunks);
        Assert.AreEqual("trial", bench.StateText);
    }

    /// <summary>A chunk without its CRC is none either, and after eight times in a row the update is given up.</summary>
    [TestMethod]
    public void ChunksThatNeverCome()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.Server.HidesCheckSum = true;
        bench.Live(8000);
        for (int i = 0; i < 7; i++)
        {
            bench.Box.Skip(300000);
        }

        Assert.AreEqual("0,0,0,0,0,0,0,0,", bench.Server.Chunks);
        Assert.AreEqual("failed:bad_patch", bench.StateText);
        Assert.IsFalse(bench.Updater.HasReport);
    }

    /// <summary>404 in the middle: as if nothing had been offered.</summary>
    [TestMethod]
    public void Withdrawn()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.Server.ChunkStatus = 404;
        bench.Live(10000);
        Assert.AreEqual("KMc", bench.Server.Log);
        Assert.AreEqual("idle", bench.StateText);
        bench.Box.Boot();
        bench.Server.Release = null;
        bench.Live(8000);
        Assert.AreEqual("KMcK", bench.Server.Log);
    }

    /// <summary>503 with Retry-After: the box waits that long, and readings flow meanwhile.</summary>
    [TestMethod]
    public void Paused()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.Server.ChunkStatus = 503;
        bench.Server.RetryAfter = 900;
        bench.Live(10000);
        Assert.AreEqual("KMc", bench.Server.Log);
        bench.Box.Skip(800000);
        Assert.AreEqual("KMc", bench.Server.Log);
        Assert.Contains("1,2,", bench.Box.Server.Numbers);
        bench.Server.ChunkStatus = 200;
        bench.Box.Skip(100000);
        Assert.AreEqual("KMcCCC", bench.Server.Log);
    }

    /// <summary>A reading that becomes due while chunks are fetched goes before the next chunk.</summary>
    [TestMethod]
    public void ReadingsGoFirst()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.Server.Busy = bench.Box;
        bench.Live(10000);
        Assert.AreEqual("0,1,2,", bench.Server.Chunks);
        Assert.AreEqual("011", bench.Server.Readings);
        Assert.AreEqual("1,2,3,", bench.Box.Server.Numbers);
    }

    /// <summary>What is signed but cannot be made: each by its name, after as many tries as make sense.</summary>
    /// <param name="what">What is wrong with the release.</param>
    /// <param name="why">The reason.</param>
    /// <param name="chunks">The chunks that are fetched.</param>
    [DataRow(0, "patch_hash", "0,1,2,0,1,2,0,1,2,")]
    [DataRow(1, "image_hash", "0,1,2,")]
    [DataRow(2, "bad_patch", "0,1,2,")]
    [DataRow(3, "native", "0,1,2,")]
    [DataRow(4, "size", "0,1,2,")]
    [DataRow(5, "flash", "0,1,2,")]
    [DataRow(6, "flash", "0,0,0,")]
    public void CannotBeMade(int what, string why, string chunks)
    {
        var bench = new OtaBench();
        Spoil(bench, what);
        bench.Live(30000);
        Assert.AreEqual("failed:" + why, bench.StateText);
        Assert.AreEqual(chunks, bench.Server.Chunks);
        Assert.Contains("\"status\":\"failed\",\"why\":\"" + why + "\"", bench.Server.LastEnd);
        Assert.AreEqual(0, bench.Slots.Installs);
        Assert.AreEqual(OtaBench.OldSequence, bench.Running);
    }

    private static void Spoil(OtaBench bench, int what)
    {
        TestRelease release = bench.Offer();
        if (what == 0)
        {
            release.Patch[900] ^= 1;
        }
        else if (what == 1)
        {
            release.Manifest[60] ^= 1;
            release.Sign();
        }
        else if (what == 2)
        {
            // The number of differences says more than the image has.
            release.Patch[5] ^= 0xFF;
            release.SetPatch(release.Patch);
        }
        else if (what == 3 || what == 4)
        {
            byte[] image = TestImage.Make(OtaBench.NewSequence, bench.Size, what == 3 ? 7 : OtaBench.Native);
            if (what == 4)
            {
                // The second assembly's header is none.
                image[bench.Size - 200] = 0;
            }

            bench.Server.Release = new TestRelease(bench.Key, image, OtaBench.NewSequence, bench.OldImage, OtaBench.Native);
        }
        else if (what == 5)
        {
            bench.Slots.StageFlash.Refuses = true;
        }
        else
        {
            bench.Slots.PatchFlash.Refuses = true;
        }
    }
}
