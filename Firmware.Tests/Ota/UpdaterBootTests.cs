using JamBox.Ota;
using JamBox.Ports;
using JamBox.Tests.Storage;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Ota;

/// <summary>
/// Tests of <see cref="Updater"/> with a whole box: trials, copies that refuse, records that are lost or belong to another image.
/// </summary>
[TestClass]
public class UpdaterBootTests
{
    /// <summary>24 h on trial and no reading taken: the box goes back by itself, and says why.</summary>
    [TestMethod]
    public void NoSend()
    {
        var bench = new OtaBench();
        bench.LiveToTrial();
        bench.Box.Server.ReadingStatus = 500;
        bench.SendReading();
        Assert.IsTrue(bench.Slots.State == SlotState.Trial, "a reading that is refused confirms nothing");
        bench.Box.Boot((TrialKeeper.MaxSilenceMs) - 9000);
        bench.Box.Run(8000);
        Assert.IsTrue(bench.Slots.State == SlotState.Trial);
        bench.Server.Release = null;
        bench.Live(12000);
        Assert.IsTrue(bench.Slots.State == SlotState.RolledBack);
        Assert.AreEqual("rolled_back:no_send", bench.StateText);
        Assert.AreEqual("update", bench.Box.Board.Rebooted);
        Assert.Contains("\"status\":\"rolled_back\",\"why\":\"no_send\"", bench.Server.LastEnd);
    }

    /// <summary>
    /// Another image is flashed during a trial: it stays, the update is neither confirmed nor rolled back, and the box is what its own
    /// source says.
    /// </summary>
    [TestMethod]
    public void AnImageFlashedOverATrialEndsIt()
    {
        const int Flashed = 350;
        var bench = new OtaBench();
        bench.LiveToTrial();
        bench.Slots.Deploy(TestImage.Make(Flashed, bench.Size, OtaBench.Native));
        bench.Server.Release = null;
        bench.Box.Boot();
        bench.Live(8000);
        Assert.AreEqual("failed:replaced", bench.StateText);
        Assert.AreEqual(Flashed, bench.Running);
        Assert.Contains("\"status\":\"failed\",\"why\":\"replaced\"", bench.Server.LastEnd);
        int ends = bench.Server.Ends;

        // It is told once, and a reading confirms nothing.
        bench.SendReading();
        bench.Box.Boot();
        bench.Live(8000);
        Assert.AreEqual(ends, bench.Server.Ends);
        Assert.AreEqual("failed:replaced", bench.StateText);
        Assert.IsTrue(bench.Slots.State == SlotState.None);

        // The release that was on trial is older than what runs now: it is not taken again by itself.
        bench.Offer(true);
        bench.Live(8000);
        Assert.AreEqual(Flashed, bench.Running);
        Assert.AreEqual(1, bench.Slots.Installs);
    }

    /// <summary>The image before is flashed during a trial: that is a way back too, and why is said.</summary>
    [TestMethod]
    public void TheOldImageFlashedOverATrialIsAWayBack()
    {
        var bench = new OtaBench();
        bench.LiveToTrial();
        bench.Slots.Deploy(bench.OldImage);
        bench.Server.Release = null;
        bench.Box.Boot();
        bench.Live(8000);
        Assert.AreEqual("rolled_back:replaced", bench.StateText);
        Assert.AreEqual(OtaBench.OldSequence, bench.Running);
        Assert.Contains("\"status\":\"rolled_back\",\"why\":\"replaced\"", bench.Server.LastEnd);
    }

    /// <summary>Stage rots between the order and the boot: the copies refuse, and what ran runs on.</summary>
    [TestMethod]
    public void Refused()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.Box.Boot();
        bench.Box.Run(15000);
        Assert.IsTrue(bench.Box.Box.IsRebooting);
        Assert.IsTrue(bench.Slots.State == SlotState.Install);
        bench.Slots.StageFlash.Bytes[700] ^= 4;
        bench.Server.Release = null;
        bench.Box.Boot();
        bench.Live(8000);
        Assert.AreEqual("failed:refused", bench.StateText);
        Assert.AreEqual(OtaBench.OldSequence, bench.Running);
        Assert.Contains("\"status\":\"failed\",\"why\":\"refused\"", bench.Server.LastEnd);
    }

    /// <summary>Power goes between the order to install and its note, and the copies refuse: the end is taken for what it is.</summary>
    [TestMethod]
    public void RefusedBeforeItWasNoted()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.Box.Boot();
        bench.Slots.CutAfterInstall = true;
        bool hasFailed = false;
        try
        {
            bench.Box.Run(15000);
        }
        catch (PowerLossException)
        {
            hasFailed = true;
        }

        Assert.IsTrue(hasFailed && bench.Slots.State == SlotState.Install);
        bench.Slots.StageFlash.Bytes[700] ^= 4;
        bench.Box.Boot();
        bench.Live(8000);
        Assert.AreEqual("failed:refused", bench.StateText);
        Assert.AreEqual(1, bench.Slots.Installs);
    }

    /// <summary>Stage does not keep a bit: it is noticed before the boot copies have to, and made again.</summary>
    [TestMethod]
    public void StageThatDoesNotKeep()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.Slots.StageFlash.BadWrites = 1;
        bench.Live(15000);
        Assert.AreEqual("trial", bench.StateText);
        Assert.AreEqual(1, bench.Slots.Installs);
        Assert.AreEqual("0,1,2,", bench.Server.Chunks);
    }

    /// <summary>Another release takes the place of one that is being fetched; power goes between the two records that say so.</summary>
    [TestMethod]
    public void AnotherOfferMeanwhile()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.FetchOne();
        bench.Server.Id = 13;
        bench.Server.Release = new TestRelease(
            bench.Key, TestImage.Make(102, bench.Size, OtaBench.Native), 102, bench.OldImage, OtaBench.Native);
        bench.Server.ChunkStatus = 200;
        bench.Server.Log = string.Empty;
        bench.Box.Store.Power = bench.Power;
        bench.Power.At = bench.Power.Operations + 3;
        Assert.IsTrue(bench.Updater.CheckNow());
        try
        {
            bench.Live(8000);
        }
        catch (PowerLossException)
        {
            bench.Server.Log += "!";
        }

        Assert.AreEqual("KM!", bench.Server.Log);
        bench.Box.Boot();
        bench.Live(12000);
        Assert.AreEqual("KM!KMCCC", bench.Server.Log);
        Assert.AreEqual(102, bench.Running);
        Assert.AreEqual("trial", bench.StateText);
    }

    /// <summary>The sequence of a release is what was signed, whatever the source of its image says.</summary>
    [TestMethod]
    public void SequenceIsWhatWasSigned()
    {
        var bench = new OtaBench();
        byte[] image = TestImage.Make(OtaBench.NewSequence, bench.Size, OtaBench.Native);
        bench.Server.Release = new TestRelease(bench.Key, image, 700, bench.OldImage, OtaBench.Native);
        bench.Live(15000);
        bench.SendReading();
        Assert.AreEqual("confirmed", bench.StateText);
        bench.Server.Release = null;
        bench.Box.Boot();
        bench.Live(8000);
        Assert.Contains("\"v\":\"6.0.101\",", bench.Server.LastCheck);
        Assert.Contains(",\"seq\":700,", bench.Server.LastCheck);
    }

    /// <summary>A release that is refused after one that was confirmed: the next boot does not take the one for the other.</summary>
    [TestMethod]
    public void RefusedAfterAConfirmedOne()
    {
        var bench = new OtaBench();
        bench.LiveToTrial();
        bench.SendReading();
        bench.Server.Id = 14;
        bench.Server.Release = new TestRelease(bench.Key, bench.OldImage, 102, null, OtaBench.Native);
        bench.Server.Release.SignForAnotherBoard();
        bench.Server.Log = string.Empty;
        Assert.IsTrue(bench.Updater.CheckNow());
        bench.Live(5000);
        Assert.AreEqual("KME", bench.Server.Log);
        bench.Box.Boot();
        bench.Live(8000);
        Assert.AreEqual("KMEK", bench.Server.Log);
        Assert.AreEqual("failed:hardware", bench.StateText);
        Assert.Contains("\"id\":14,\"status\":\"failed\"", bench.Server.LastEnd);
    }

    /// <summary>The copies cannot go on (the flash refuses): the box counts on, and boots once more an hour later.</summary>
    [TestMethod]
    public void CopiesThatCannotEnd()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.Slots.CannotCopy = true;
        bench.Live(15000);
        Assert.AreEqual("staged", bench.StateText);
        int reboots = bench.Box.Board.Reboots;
        bench.Slots.CannotCopy = false;
        bench.Box.Skip(TrialKeeper.NextBootMs);
        Assert.AreEqual(reboots + 1, bench.Box.Board.Reboots);
        bench.Box.Boot();
        bench.Live(8000);
        Assert.AreEqual("trial", bench.StateText);
    }

    /// <summary>A store that refuses to store: the update goes on with what is in RAM, and the boot record leads to its end.</summary>
    [TestMethod]
    public void StoreThatRefuses()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.Box.Store.Refuses = true;
        bench.Live(15000);
        Assert.AreEqual("trial", bench.StateText);
        bench.Box.Store.Refuses = false;
        bench.SendReading();
        Assert.AreEqual("confirmed", bench.StateText);
        Assert.AreEqual(OtaBench.NewSequence, bench.Running);
    }

    /// <summary>Somebody flashes another image over serial in the middle of an update: it is dropped, not forced upon it.</summary>
    [TestMethod]
    public void AnotherImageByWire()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.FetchOne();
        bench.Slots.Deploy(TestImage.Make(99, bench.Size, OtaBench.Native));
        bench.Server.Release = null;
        bench.Server.ChunkStatus = 200;
        bench.Box.Boot();
        bench.Live(8000);
        Assert.AreEqual("failed:base", bench.StateText);
        Assert.Contains("\"why\":\"base\"", bench.Server.LastEnd);
        Assert.AreEqual("0,", bench.Server.Chunks);
    }

    /// <summary>A box without anything in deploy has nothing to update, and says so to the command.</summary>
    [TestMethod]
    public void NothingInDeploy()
    {
        var bench = new OtaBench();
        bench.Slots.Deploy(new byte[0]);
        bench.Offer();
        bench.Live(8000);
        Assert.AreEqual(string.Empty, bench.Server.Log);
        Assert.IsFalse(bench.Updater.CheckNow());
    }
}
