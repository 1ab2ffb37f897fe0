using JamBox.App;
using JamBox.Ota;
using JamBox.Ota.Patch;
using JamBox.Ports;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Ota;

/// <summary>Tests of <see cref="Updater"/> with a whole box: the way that an update should go, and where it goes on.</summary>
[TestClass]
public class UpdaterTests
{
    /// <summary>The way that it should go: what is asked and told, word by word.</summary>
    [TestMethod]
    public void FromCheckToConfirmed()
    {
        var bench = new OtaBench();
        TestRelease release = bench.Offer();
        bench.Live(15000);
        Assert.AreEqual("0,1,2,", bench.Server.Chunks);
        Assert.AreEqual("KMCCC", bench.Server.Log);
        string hash = Hex(FakeCrypto.HashOf(bench.OldImage, 0, bench.Size));
        Assert.AreEqual(
            "{\"d\":\"JBNB0001\",\"v\":\"6.0.100\",\"bh\":\"" + hash + "\",\"hw\":\"atoms3-nb1\",\"seq\":100,\"p\":\"RLHE\"}",
            bench.Server.LastCheck);
        Assert.AreEqual("update", bench.Box.Board.Rebooted);
        Assert.AreEqual(OtaBench.NewSequence, bench.Running);
        Assert.IsTrue(bench.Slots.State == SlotState.Trial);
        Assert.AreEqual("trial", bench.StateText);
        Assert.Contains("\"v\":\"6.0.101\"", bench.Box.Server.LastHeartbeat);
        Assert.Contains(",\"ob\":\"trial\"", bench.Box.Server.LastHeartbeat);
        Assert.IsFalse(bench.Updater.CheckNow(), "no check in a trial");
        bench.SendReading();
        Assert.IsTrue(bench.Slots.State == SlotState.Confirmed);
        Assert.AreEqual("confirmed", bench.StateText);
        Assert.AreEqual("{\"d\":\"JBNB0001\",\"v\":\"6.0.101\",\"id\":12,\"status\":\"success\"}", bench.Server.LastEnd);
        Assert.AreEqual("KMCCCE", bench.Server.Log);
        Assert.AreEqual(3, release.Chunks);
        Assert.AreEqual("idle applying trial ", bench.Box.Server.UpdateStates);
    }

    /// <summary>An image from nothing, for boxes whose base the backend does not have.</summary>
    [TestMethod]
    public void FullImage()
    {
        var bench = new OtaBench();
        bench.Offer(true);
        bench.Live(15000);
        bench.SendReading();
        Assert.AreEqual("confirmed", bench.StateText);
        Assert.AreEqual(OtaBench.NewSequence, bench.Running);
    }

    /// <summary>Refused by its manifest: nothing is fetched, the reason is told once, and the box goes on as it is.</summary>
    [TestMethod]
    public void RefusedOffer()
    {
        var bench = new OtaBench();
        bench.OfferRefused();
        bench.Live(15000);
        Assert.AreEqual("KME", bench.Server.Log);
        Assert.AreEqual("failed:hardware", bench.StateText);
        Assert.AreEqual("{\"d\":\"JBNB0001\",\"v\":\"7.7.7\",\"id\":12,\"status\":\"failed\",\"why\":\"hardware\"}", bench.Server.LastEnd);
        bench.Server.Release = null;
        bench.Box.Boot();
        bench.Live(8000);
        Assert.AreEqual("KMEK", bench.Server.Log, "told once, and asked again after the next heartbeat");
        Assert.Contains(",\"ob\":\"failed:hardware\"", bench.Box.Server.LastHeartbeat);
    }

    /// <summary>Power goes in the middle of the download: it goes on at the next chunk.</summary>
    [TestMethod]
    public void GoesOnWhereItWas()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.FetchOne();
        Assert.AreEqual("downloading:1/3", bench.StateText);
        bench.Server.ChunkStatus = 200;
        bench.Box.Boot();
        bench.Live(10000);
        Assert.AreEqual("0,1,2,", bench.Server.Chunks);
        Assert.AreEqual("trial", bench.StateText);
    }

    /// <summary>The same patch under another id is the same bytes: it goes on at the next chunk too.</summary>
    [TestMethod]
    public void GoesOnUnderAnotherId()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.FetchOne();
        bench.Server.ChunkStatus = 404;
        bench.Live(10000);
        bench.Server.ChunkStatus = 200;
        Assert.AreEqual("failed:withdrawn", bench.StateText);
        bench.Server.IsExcluded = false;
        bench.Server.Id = 77;
        bench.Box.Boot();
        bench.Live(10000);
        Assert.AreEqual("0,1,2,", bench.Server.Chunks);
        bench.SendReading();
        Assert.Contains("\"id\":77,", bench.Server.LastEnd);
    }

    /// <summary>
    /// A patch that is there in full is not fetched again: the image was rolled back, and an operator allows it once more.
    /// </summary>
    [TestMethod]
    public void FetchesNothingTwice()
    {
        var bench = new OtaBench();
        bench.LiveToTrial();
        bench.Server.Log = string.Empty;
        bench.Box.Boot();
        bench.Box.Boot();
        bench.Box.Boot();
        Assert.IsTrue(bench.Slots.State == SlotState.RolledBack);
        bench.Live(1000);
        Assert.AreEqual("rolled_back:trial_boots", bench.StateText);
        Assert.AreEqual(OtaBench.OldSequence, bench.Running);
        bench.Live(8000);
        Assert.AreEqual("EK", bench.Server.Log);
        Assert.AreEqual(
            "{\"d\":\"JBNB0001\",\"v\":\"6.0.101\",\"id\":12,\"status\":\"rolled_back\",\"why\":\"trial_boots\"}", bench.Server.LastEnd);
        Assert.AreEqual("rolled_back:trial_boots", bench.StateText);
        bench.Server.IsExcluded = false;
        bench.Updater.CheckNow();
        bench.Live(10000);
        Assert.AreEqual("0,1,2,", bench.Server.Chunks);
        Assert.AreEqual("trial", bench.StateText, "offered again, so tried again");
        Assert.AreEqual(2, bench.Slots.Installs);
        bench.SendReading();
        Assert.AreEqual("confirmed", bench.StateText);
    }

    /// <summary>The command is acknowledged when the backend has answered, and failed when it does not or nothing can be asked.</summary>
    [TestMethod]
    public void Command()
    {
        var bench = new OtaBench();
        bench.Box.Server.Extra = "\"command\":\"ota_check\",\"cid\":4";
        bench.Box.Server.ForgetsExtraOn = "\"ack\":4";
        bench.Live(6000);
        Assert.AreEqual("K", bench.Server.Log);
        bench.SendReading();
        Assert.Contains("\"ack\":4,\"ar\":\"ok\"", bench.Box.Server.LastReading);
        bench.Server.CheckStatus = 400;
        bench.Box.Server.Extra = "\"command\":\"ota_check\",\"cid\":5";
        bench.Box.Server.ForgetsExtraOn = "\"ack\":5";
        bench.SendReading();
        bench.SendReading();
        Assert.Contains("\"ack\":5,\"ar\":\"failed\"", bench.Box.Server.LastReading);
    }

    /// <summary>The long press asks at once, and the LED says that an update is at work.</summary>
    [TestMethod]
    public void LongPress()
    {
        var bench = new OtaBench();
        bench.Live(8000);
        bench.Box.Clock.Stretch = 5;
        bench.Offer();
        bench.Server.ChunkStatus = 500;
        bench.Box.Board.IsMainPressed = true;
        bench.Live(3600);
        bench.Box.Board.IsMainPressed = false;
        bench.Box.Box.Led.Step(bench.Box.Clock.UptimeMs);
        Assert.IsTrue(bench.Box.Box.Led.State == LedState.Ota);
        Assert.AreEqual("KKMc", bench.Server.Log.Substring(0, 4));
        Assert.IsTrue(bench.Box.Board.HasLogged("button: the box asks for an update"));
    }

    /// <summary>docs/memory.md: all buffers together at most 12 KB.</summary>
    [TestMethod]
    public void StaysWithinTheBudget()
    {
        var bench = new OtaBench();
        bench.Box.Boot();
        int together = bench.Updater.TableBytes + PatchApplier.TableBytes;
        Assert.IsTrue(together <= 12288, together.ToString());
        OutputHelper.WriteLine("update " + together.ToString() + ", together " + bench.Box.Box.TableBytes.ToString() + " bytes");
    }

    private static string Hex(byte[] hash)
    {
        string text = string.Empty;
        for (int i = 0; i < 8; i++)
        {
            text += hash[i].ToString("x2");
        }

        return text;
    }
}
