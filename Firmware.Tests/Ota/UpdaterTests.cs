using JamBox.App;
using JamBox.Ota;
using JamBox.Ports;
using JamBox.Tests.Storage;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Ota;

/// <summary>Tests of <see cref="Updater"/> with a whole box: from the question to the end, and every way in which it ends.</summary>
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
        Assert.AreEqual("{\"d\":\"JBNB0001\",\"v\":\"6.0.100\",\"bh\":\"" + hash + "\",\"hw\":\"atoms3-nb1\",\"seq\":100,\"p\":\"LHE\"}", bench.Server.LastCheck);
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

    /// <summary>Plain HTTP does not say when bytes changed on their way: a manifest that may be garbled is asked for again, twice.</summary>
    [TestMethod]
    public void GarbledManifests()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.Server.DamagedManifests = 2;
        bench.Live(50000);
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
        bench.Live(50000);
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

    /// <summary>Power goes in the middle of the download: it goes on at the next chunk.</summary>
    [TestMethod]
    public void GoesOnWhereItWas()
    {
        var bench = new OtaBench();
        bench.Offer();
        FetchOne(bench);
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
        FetchOne(bench);
        bench.Server.ChunkStatus = 404;
        bench.Live(10000);
        bench.Server.ChunkStatus = 200;
        Assert.AreEqual("idle", bench.StateText);
        bench.Server.Id = 77;
        bench.Box.Boot();
        bench.Live(10000);
        Assert.AreEqual("0,1,2,", bench.Server.Chunks);
        bench.SendReading();
        Assert.Contains("\"id\":77,", bench.Server.LastEnd);
    }

    /// <summary>A patch that is there in full is not fetched again: the image was rolled back, and an operator allows it once more.</summary>
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
        Assert.AreEqual("{\"d\":\"JBNB0001\",\"v\":\"6.0.101\",\"id\":12,\"status\":\"rolled_back\",\"why\":\"trial_boots\"}", bench.Server.LastEnd);
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
        Assert.IsTrue(bench.Box.Board.HasLogged("button: check for an update"));
    }

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
        FetchOne(bench);
        bench.Server.Id = 13;
        bench.Server.Release = new TestRelease(bench.Key, TestImage.Make(102, bench.Size, OtaBench.Native), 102, bench.OldImage, OtaBench.Native);
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

    /// <summary>Somebody flashes another image by wire in the middle of an update: it is dropped, not forced upon it.</summary>
    [TestMethod]
    public void AnotherImageByWire()
    {
        var bench = new OtaBench();
        bench.Offer();
        FetchOne(bench);
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

    /// <summary>OTA.md: all buffers together at most 12 KB.</summary>
    [TestMethod]
    public void StaysWithinTheBudget()
    {
        var bench = new OtaBench();
        bench.Box.Boot();
        int together = bench.Updater.TableBytes + PatchApplier.TableBytes;
        Assert.IsTrue(together <= 12288, together.ToString());
        OutputHelper.WriteLine("update " + together.ToString() + ", together " + bench.Box.Box.TableBytes.ToString() + " bytes");
    }

    /// <summary>One chunk, and then a backend that has trouble.</summary>
    private static void FetchOne(OtaBench bench)
    {
        bench.Server.ChunksUntilTrouble = 1;
        bench.Live(7000);
        Assert.AreEqual("0,", bench.Server.Chunks);
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
