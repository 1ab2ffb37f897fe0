using System;
using System.Text;
using JamBox.Ota;
using JamBox.Ports;
using JamBox.Tests.Storage;
using JamBox.Text;
using nanoFramework.TestFramework;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Ota;

/// <summary>
/// Tests of <see cref="TrustedKeys"/>, <see cref="FleetFloor"/> and <see cref="FleetRecords"/>: which keys and which floor a box takes, when,
/// and that a loss of power leaves the old ones whole or the new ones.
/// </summary>
[TestClass]
public class FleetTests
{
    private const int MaxRounds = 8;
    private const int Never = int.MaxValue;

    private static readonly string[] s_stored = [TrustedKeys.Key, TrustedKeys.CopyKey, FleetFloor.Key, FleetFloor.CopyKey];

    /// <summary>Names in answers and requests.</summary>
    [TestMethod]
    public void NamesAreReadExactly()
    {
        AssertName("0.3", 0, 3);
        AssertName("65535.999999999", 65535, 999999999);
        string[] bad = ["", ".", "1", "1.", ".1", "1.2.3", "65536.1", "-1.1", "1.-1", "1.1234567890", "1.2x", "x1.2"];
        for (int i = 0; i < bad.Length; i++)
        {
            byte[] bytes = Ascii.Bytes(bad[i]);
            Assert.IsFalse(FleetName.TryRead(bytes, 0, bytes.Length, out int _, out int _), bad[i]);
        }
    }

    /// <summary>A check announces another key: it is fetched before the manifest, the release of the new key is taken.</summary>
    [TestMethod]
    public void ANewKeyIsTakenBeforeTheManifest()
    {
        var bench = new OtaBench();
        byte[] next = TestFleet.Key(2);
        Announce(bench, TestFleet.Change(0, 1, next, null, false, bench.Key), "0.1");
        OfferSignedBy(bench, next);
        bench.Live(15000);
        Assert.StartsWith("KRMC", bench.Server.Log);
        bench.SendReading();
        Assert.AreEqual("confirmed", bench.StateText);
        Assert.AreEqual(NameOf(next), KeyNames(bench));
        AssertInForce(bench, 0, 1);
    }

    /// <summary>What the key before signed is refused from then on, over a boot too.</summary>
    [TestMethod]
    public void ARevokedKeySignsNothingAnyMore()
    {
        var bench = new OtaBench();
        Announce(bench, TestFleet.Change(0, 1, TestFleet.Key(2), null, false, bench.Key), "0.1");
        bench.Live(8000);
        bench.Box.Boot();
        bench.Offer();
        bench.Live(30000);
        Assert.AreEqual("failed:signature", bench.StateText);
        Assert.AreEqual(OtaBench.OldSequence, bench.Running);
    }

    /// <summary>Two keys: a release of either is taken; and the second slot of provisioning counts before the first record.</summary>
    [TestMethod]
    public void EitherKeyCounts()
    {
        var bench = new OtaBench();
        byte[] second = TestFleet.Key(3);
        bench.Box.Store.Set(TrustedKeys.SecondKey, second, second.Length);
        OfferSignedBy(bench, second);
        bench.Live(15000);
        Assert.AreEqual("trial", bench.StateText);
        Assert.AreEqual(NameOf(bench.Key) + "," + NameOf(second), KeyNames(bench));
        Assert.Contains("\"ks\":\"" + NameOf(bench.Key) + "," + NameOf(second) + "\",\"fl\":\"0.0\"", bench.Box.Server.LastHeartbeat);
    }

    /// <summary>Records that are not to be taken, each by what is wrong with it: asked for three times, then not again.</summary>
    [TestMethod]
    public void RecordsThatAreNotTaken()
    {
        var bench = new OtaBench();
        byte[] other = TestFleet.Key(9);
        byte[] next = TestFleet.Key(2);
        bench.Box.Store.Set(TrustedKeys.RecoveryKey, TestFleet.Key(7), 64);
        AssertRefused(bench, TestFleet.Change(0, 1, next, null, false, other), "another signer");
        AssertRefused(bench, TestFleet.Change(1, 1, next, null, false, bench.Key), "an epoch raised by a trusted key");
        AssertRefused(bench, TestFleet.Change(1, 1, next, null, true, bench.Key), "no recovery key");
        AssertRefused(bench, TestFleet.Change(0, 1, null, null, false, bench.Key), "no key left");
        AssertRefused(bench, TestFleet.Change(0, 1, null, next, true, TestFleet.Key(7)), "no first key");
        AssertRefused(bench, TestFleet.Change(0, 0, next, null, false, bench.Key), "number 0");
        AssertRefused(bench, TestFleet.Change(0, 1000000000, next, null, false, bench.Key), "a number too large");
        byte[] odd = TestFleet.Change(0, 1, next, null, false, bench.Key);
        odd[141] = 1;
        TestFleet.Sign(odd, KeyChange.SignedSize, bench.Key);
        AssertRefused(bench, odd, "something behind the signer");
        AssertInForce(bench, 0, 0);
    }

    /// <summary>The recovery key wins against whoever has the key, and may leave none at all.</summary>
    [TestMethod]
    public void TheRecoveryKeyRaisesTheEpoch()
    {
        var bench = new OtaBench();
        byte[] recovery = TestFleet.Key(7);
        byte[] thief = TestFleet.Key(9);
        byte[] fresh = TestFleet.Key(4);
        bench.Box.Store.Set(TrustedKeys.RecoveryKey, recovery, recovery.Length);
        Announce(bench, TestFleet.Change(0, 999999999, thief, null, false, bench.Key), "0.999999999");
        bench.Live(8000);
        Assert.AreEqual(NameOf(thief), KeyNames(bench));
        Announce(bench, TestFleet.Change(1, 1, fresh, null, true, recovery), "1.1");
        Assert.IsTrue(bench.Updater.CheckNow());
        bench.Live(8000);
        Assert.AreEqual(NameOf(fresh), KeyNames(bench));
        Announce(bench, TestFleet.Change(0, 1000, thief, null, false, thief), "3.1");
        Assert.IsTrue(bench.Updater.CheckNow());
        bench.Live(60000);
        AssertInForce(bench, 1, 1);
        Announce(bench, TestFleet.Change(2, 1, null, null, true, recovery), "2.1");
        Assert.IsTrue(bench.Updater.CheckNow());
        bench.Live(8000);
        Assert.AreEqual("-", KeyNames(bench));
        OfferSignedBy(bench, fresh);
        Assert.IsTrue(bench.Updater.CheckNow());
        bench.Live(8000);
        Assert.AreEqual("failed:no_key", bench.StateText);
    }

    /// <summary>A box that missed a record takes one after the other, in one check.</summary>
    [TestMethod]
    public void RecordsAreTakenOneAfterTheOther()
    {
        var bench = new OtaBench();
        byte[] second = TestFleet.Key(2);
        Announce(bench, TestFleet.Change(0, 1, second, null, false, bench.Key), "0.2");
        bench.Live(3000);
        AssertInForce(bench, 0, 1);
        bench.Server.Keys = TestFleet.Change(0, 2, TestFleet.Key(3), null, false, second);
        Assert.IsTrue(bench.Updater.CheckNow());
        bench.Live(20000);
        AssertInForce(bench, 0, 2);
    }

    /// <summary>A floor refuses what is below it, for ever; and drops what is being fetched.</summary>
    [TestMethod]
    public void AFloorDropsWhatIsBelow()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.FetchOne();
        SetFloor(bench, TestFleet.Floor(0, 1, 102, Never, bench.Key), "0.1");
        bench.Server.ChunkStatus = 200;
        Assert.IsTrue(bench.Updater.CheckNow());
        bench.Live(8000);
        Assert.AreEqual("failed:floor", bench.StateText);
        Assert.Contains("\"why\":\"floor\"", bench.Server.LastEnd);
        Assert.AreEqual("0,", bench.Server.Chunks);
        bench.Box.Boot();
        bench.Server.IsExcluded = false;
        bench.Server.FloorName = null;
        bench.Live(8000);
        Assert.AreEqual("failed:floor", bench.StateText);
        Assert.AreEqual("0,", bench.Server.Chunks);
    }

    /// <summary>The floor is looked at once more before the image is made.</summary>
    [TestMethod]
    public void AFloorHoldsBeforeTheImageIsMade()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.FetchOne();
        // Taken by the boot before, which had no time to look at what it fetches.
        var floor = new FleetFloor(bench.Box.Store);
        Assert.IsTrue(floor.Take(
            TestFleet.Floor(0, 1, 102, Never, bench.Key), FleetFloor.Size, Ascii.Bytes(TestRelease.Hardware),
            new TrustedKeys(bench.Box.Store, new FakeCrypto())));
        bench.Server.ChunkStatus = 200;
        bench.Box.Boot();
        bench.Live(15000);
        Assert.AreEqual("failed:floor", bench.StateText);
        Assert.AreEqual(OtaBench.OldSequence, bench.Running);
    }

    /// <summary>A trial goes on although its key was revoked and it is below the floor: to go back is not forbidden either.</summary>
    [TestMethod]
    public void ATrialGoesOn()
    {
        var bench = new OtaBench();
        bench.LiveToTrial();
        bench.Box.Boot();
        var keys = new TrustedKeys(bench.Box.Store, new FakeCrypto());
        var floor = new FleetFloor(bench.Box.Store);
        Assert.IsTrue(floor.Take(
            TestFleet.Floor(0, 1, 500, Never, bench.Key), FleetFloor.Size, Ascii.Bytes(TestRelease.Hardware), keys));
        Assert.IsTrue(keys.Take(TestFleet.Change(0, 1, TestFleet.Key(2), null, false, bench.Key), KeyChange.Size));
        bench.Box.Boot();
        bench.Live(8000);
        Assert.AreEqual("trial", bench.StateText);
        bench.SendReading();
        Assert.AreEqual("confirmed", bench.StateText);
    }

    /// <summary>Floors that are not to be taken, each by what is wrong with it.</summary>
    [TestMethod]
    public void FloorsThatAreNotTaken()
    {
        var bench = new OtaBench();
        bench.Box.Store.Set(TrustedKeys.RecoveryKey, TestFleet.Key(7), 64);
        var keys = new TrustedKeys(bench.Box.Store, new FakeCrypto());
        var floor = new FleetFloor(bench.Box.Store);
        byte[] hardware = Ascii.Bytes(TestRelease.Hardware);
        byte[] good = TestFleet.Floor(0, 2, 100, Never, bench.Key);
        Assert.IsTrue(floor.Take(good, good.Length, hardware, keys));
        byte[][] bad =
        [
            good,
            TestFleet.Floor(0, 1, 200, Never, bench.Key),
            TestFleet.Floor(0, 3, 99, Never, bench.Key),
            TestFleet.Floor(0, 3, 0, Never, bench.Key),
            TestFleet.Floor(0, 1000000000, 200, Never, bench.Key),
            TestFleet.Floor(1, 1, 200, Never, bench.Key),
            TestFleet.Floor(0, 3, 200, Never, TestFleet.Key(9)),
            TestFleet.Floor(0, 3, 200, Never, TestFleet.Key(7)),
            TestFleet.Floor(0, 3, 200, Never, bench.Key, "atoms3-nb12"),
            TestFleet.Floor(0, 3, 200, Never, bench.Key, "atoms3-nb"),
        ];
        for (int i = 0; i < bad.Length; i++)
        {
            Assert.IsFalse(floor.Take(bad[i], bad[i].Length, hardware, keys), "floor " + i.ToString());
        }

        byte[] next = TestFleet.Floor(0, 3, 101, Never, bench.Key);
        Assert.IsFalse(floor.Take(next, next.Length - 1, hardware, keys));
        Assert.AreEqual(100, floor.MinimumSequence);
        // What a stolen key raised, a new epoch may put right; until then it stays in force.
        Assert.IsTrue(keys.Take(TestFleet.Change(1, 1, TestFleet.Key(4), null, true, TestFleet.Key(7)), KeyChange.Size));
        Assert.AreEqual(100, new FleetFloor(bench.Box.Store).MinimumSequence);
        Assert.IsTrue(floor.Take(TestFleet.Floor(1, 1, 50, Never, TestFleet.Key(4)), FleetFloor.Size, hardware, keys));
        Assert.AreEqual(50, new FleetFloor(bench.Box.Store).MinimumSequence);
    }

    /// <summary>A floor whose time is over is told in heartbeats, once the box knows what time it is.</summary>
    [TestMethod]
    public void AnExpiredFloorIsTold()
    {
        var bench = new OtaBench();
        SetFloor(bench, TestFleet.Floor(0, 1, 100, 1000, bench.Key), "0.1");
        bench.Live(15000);
        Assert.Contains("\"fl\":\"0.1!\"", bench.Box.Server.LastHeartbeat);
        bench.Box.Boot();
        SetFloor(bench, TestFleet.Floor(0, 2, 100, -2, bench.Key), "0.2");
        bench.Live(15000);
        // 4,294,967,294 s since 1970: in the year 2106.
        Assert.Contains("\"fl\":\"0.2\"", bench.Box.Server.LastHeartbeat);
    }

    /// <summary>A backend in trouble is asked three times, then the offer goes on; the next check announces the record again.</summary>
    [TestMethod]
    public void TroubleDoesNotKeepTheUpdateUp()
    {
        var bench = new OtaBench();
        Announce(bench, TestFleet.Change(0, 1, bench.Key, TestFleet.Key(2), false, bench.Key), "0.1");
        bench.Server.RecordStatus = 500;
        bench.Offer();
        bench.Live(60000);
        Assert.AreEqual("trial", bench.StateText);
        Assert.StartsWith("KrrrMC", bench.Server.Log);
        bench.Server.RecordStatus = 200;
        bench.SendReading();
        Assert.IsTrue(bench.Updater.CheckNow());
        bench.Live(8000);
        AssertInForce(bench, 0, 1);
    }

    /// <summary>One copy of a record that is damaged is mended from the other; without either the keys of provisioning count.</summary>
    [TestMethod]
    public void DamagedCopies()
    {
        var bench = new OtaBench();
        byte[] next = TestFleet.Key(2);
        Announce(bench, TestFleet.Change(0, 1, next, null, false, bench.Key), "0.1");
        SetFloor(bench, TestFleet.Floor(0, 1, 90, Never, next), "0.1");
        bench.Live(8000);
        for (int i = 0; i < 2; i++)
        {
            bench.Box.Store.Value(s_stored[i])[20] ^= 1;
            bench.Box.Store.Value(s_stored[2 + i])[9] ^= 1;
            bench.Box.Boot();
            bench.Live(1000);
            AssertInForce(bench, 0, 1);
            Assert.AreEqual(NameOf(next), KeyNames(bench));
            Assert.AreEqual(90, new FleetFloor(bench.Box.Store).MinimumSequence);
            AssertTwins(bench);
        }

        for (int i = 0; i < 4; i++)
        {
            bench.Box.Store.Value(s_stored[i])[20 - (i / 2 * 11)] ^= 1;
        }

        bench.Server.KeysName = null;
        bench.Server.FloorName = null;
        bench.Box.Boot();
        bench.Live(8000);
        AssertInForce(bench, 0, 0);
        Assert.AreEqual(NameOf(bench.Key), KeyNames(bench));
        // The next check that announces them puts it right, the keys first.
        bench.Server.KeysName = "0.1";
        bench.Server.FloorName = "0.1";
        Assert.IsTrue(bench.Updater.CheckNow());
        bench.Live(8000);
        AssertInForce(bench, 0, 1);
        Assert.AreEqual(90, new FleetFloor(bench.Box.Store).MinimumSequence);
    }

    /// <summary>A store that refuses leaves all as it was.</summary>
    [TestMethod]
    public void AStoreThatRefuses()
    {
        var bench = new OtaBench();
        bench.Live(3000);
        Announce(bench, TestFleet.Change(0, 1, TestFleet.Key(2), null, false, bench.Key), "0.1");
        bench.Box.Store.Refuses = true;
        Assert.IsTrue(bench.Updater.CheckNow());
        bench.Live(60000);
        AssertInForce(bench, 0, 0);
        Assert.AreEqual(NameOf(bench.Key), KeyNames(bench));
    }

    /// <summary>Noise, seed 20261128: nothing that was not signed is taken, and nothing breaks.</summary>
    [TestMethod]
    public void NoiseIsRefused()
    {
        var bench = new OtaBench();
        var keys = new TrustedKeys(bench.Box.Store, new FakeCrypto());
        var floor = new FleetFloor(bench.Box.Store);
        byte[] hardware = Ascii.Bytes(TestRelease.Hardware);
        byte[] change = TestFleet.Change(0, 1, TestFleet.Key(2), null, false, bench.Key);
        byte[] limit = TestFleet.Floor(0, 1, 90, Never, bench.Key);
        uint random = 20261128;
        int rounds = Effort.Rounds(20000, 40);
        for (int round = 0; round < rounds; round++)
        {
            byte[] good = round % 2 == 0 ? change : limit;
            var bytes = new byte[KeyChange.Size];
            Array.Copy(good, bytes, good.Length);
            random = (random * 1664525) + 1013904223;
            int at = (int)((random >> 8) % (uint)good.Length);
            bytes[at] ^= (byte)(1 + ((random >> 24) % 255));
            bool isTaken = round % 2 == 0 ? keys.Take(bytes, good.Length) : floor.Take(bytes, good.Length, hardware, keys);
            Assert.IsFalse(isTaken, "round " + round.ToString() + ", byte " + at.ToString());
        }

        Assert.IsTrue(keys.Take(change, change.Length));
        Assert.IsFalse(floor.Take(limit, limit.Length, hardware, keys));
    }

    /// <summary>Power fails in a write around the records: a few here, all of them on the PC (OtaPowerLossHostTests).</summary>
    /// <param name="operation">The write, counted from 1.</param>
    /// <param name="afterBytes">0: it is not done; 1: it is done.</param>
    [DataRow(1, 0)]
    [DataRow(2, 0)]
    [DataRow(3, 1)]
    [DataRow(4, 0)]
    public void PowerFails(int operation, int afterBytes)
    {
        Assert.AreEqual(1, Fail(operation, afterBytes, 0));
    }

    /// <summary>
    /// A check brings another key, a floor, and a release that only the new key signed. Power is cut once or twice, and the box lives on.
    /// </summary>
    /// <param name="operation">The write, counted from 1.</param>
    /// <param name="afterBytes">How many of its bytes are still done.</param>
    /// <param name="second">The write after that at which it fails again; 0 for not.</param>
    /// <returns>How often it was cut: fewer times than asked for when there are fewer writes.</returns>
    public static int Fail(int operation, int afterBytes, int second)
    {
        var bench = new OtaBench();
        byte[] next = TestFleet.Key(2);
        Announce(bench, TestFleet.Change(0, 1, next, null, false, bench.Key), "0.1");
        SetFloor(bench, TestFleet.Floor(0, 1, 101, Never, next), "0.1");
        OfferSignedBy(bench, next);
        string name = "write " + operation.ToString() + ", " + afterBytes.ToString() + " bytes done, then write " + second.ToString() + ": ";
        bench.Box.Store.Power = bench.Power;
        bench.Power.AfterBytes = afterBytes;
        bench.Power.At = bench.Power.Operations + operation;
        int cuts = 0;
        int keysBefore = 0;
        int floorBefore = 0;
        for (int round = 0; round < MaxRounds && !IsOver(bench); round++)
        {
            try
            {
                bench.Live(8000);
                bench.SendReading();
                bench.Live(6000);
            }
            catch (PowerLossException)
            {
                cuts++;
                bench.Power.At = 0;
                AssertWhole(bench, name, next, ref keysBefore, ref floorBefore);
                bench.Power.At = cuts == 1 && second > 0 ? bench.Power.Operations + second : 0;
                try
                {
                    bench.Box.Boot();
                }
                catch (PowerLossException)
                {
                    cuts++;
                    AssertWhole(bench, name, next, ref keysBefore, ref floorBefore);
                    bench.Box.Boot();
                }
            }
        }

        Assert.IsTrue(IsOver(bench), name + bench.StateText + ", " + bench.Server.Log);
        Assert.IsTrue(bench.Slots.State == SlotState.Confirmed, name + "confirmed in the boot record");
        AssertInForce(bench, 0, 1);
        Assert.AreEqual(NameOf(next), KeyNames(bench), name);
        AssertTwins(bench);
        return cuts;
    }

    /// <summary>What is stored is one of the two whole records, and never an older one than before.</summary>
    private static void AssertWhole(OtaBench bench, string name, byte[] next, ref int keysBefore, ref int floorBefore)
    {
        var store = new ReadOnlyStore(bench.Box.Store);
        var keys = new TrustedKeys(store, new FakeCrypto());
        var floor = new FleetFloor(store);
        Assert.IsTrue(keys.Number >= keysBefore && floor.Number >= floorBefore, name + "nothing goes back");
        Assert.AreEqual(1, keys.Count, name + "a key is never lost");
        var names = new ByteWriter(new byte[16]);
        keys.WriteNames(names);
        Assert.AreEqual(keys.Number == 1 ? NameOf(next) : NameOf(bench.Key), Encoding.UTF8.GetString(names.Buffer, 0, names.Length), name);
        Assert.AreEqual(floor.Number == 1 ? 101 : 0, floor.MinimumSequence, name);
        keysBefore = keys.Number;
        floorBefore = floor.Number;
    }

    private static bool IsOver(OtaBench bench)
    {
        return bench.Box.Box != null && bench.Updater.State == OtaState.Confirmed && !bench.Updater.HasReport;
    }

    private static void AssertTwins(OtaBench bench)
    {
        for (int i = 0; i < 4; i += 2)
        {
            byte[] a = bench.Box.Store.Value(s_stored[i]);
            byte[] b = bench.Box.Store.Value(s_stored[i + 1]);
            Assert.IsTrue(a.Length == b.Length, s_stored[i]);
            for (int at = 0; at < a.Length; at++)
            {
                Assert.IsTrue(a[at] == b[at], s_stored[i] + ", byte " + at.ToString());
            }
        }
    }

    private static void AssertRefused(OtaBench bench, byte[] record, string name)
    {
        // Another name each time, or it would not be asked for again.
        Announce(bench, record, "5." + (record[12] + record[140] + record[8] + name.Length).ToString());
        bench.Server.Log = string.Empty;
        if (bench.Box.Box == null)
        {
            bench.Box.Boot();
        }
        else
        {
            Assert.IsTrue(bench.Updater.CheckNow(), name);
        }

        bench.Live(60000);
        Assert.AreEqual("KRRR", bench.Server.Log, name);
        Assert.IsTrue(bench.Updater.CheckNow(), name);
        bench.Live(5000);
        Assert.AreEqual("KRRRK", bench.Server.Log, name + ", again");
        Assert.AreEqual(NameOf(bench.Key), KeyNames(bench), name);
    }

    private static void AssertInForce(OtaBench bench, int epoch, int number)
    {
        var keys = new TrustedKeys(new ReadOnlyStore(bench.Box.Store), new FakeCrypto());
        Assert.AreEqual(epoch, keys.Epoch);
        Assert.AreEqual(number, keys.Number);
    }

    private static void AssertName(string name, int epoch, int number)
    {
        byte[] bytes = Ascii.Bytes("x" + name);
        Assert.IsTrue(FleetName.TryRead(bytes, 1, bytes.Length, out int readEpoch, out int readNumber), name);
        Assert.AreEqual(epoch, readEpoch);
        Assert.AreEqual(number, readNumber);
        var writer = new ByteWriter(new byte[16]);
        FleetName.Write(writer, epoch, number);
        Assert.AreEqual(name, Encoding.UTF8.GetString(writer.Buffer, 0, writer.Length));
    }

    private static void Announce(OtaBench bench, byte[] record, string name)
    {
        bench.Server.Keys = record;
        bench.Server.KeysName = name;
    }

    private static void SetFloor(OtaBench bench, byte[] floor, string name)
    {
        bench.Server.Floor = floor;
        bench.Server.FloorName = name;
    }

    private static void OfferSignedBy(OtaBench bench, byte[] key)
    {
        byte[] image = TestImage.Make(OtaBench.NewSequence, bench.Size, OtaBench.Native);
        bench.Server.Release = new TestRelease(key, image, OtaBench.NewSequence, bench.OldImage, OtaBench.Native);
    }

    private static string KeyNames(OtaBench bench)
    {
        var names = new ByteWriter(new byte[16]);
        bench.Updater.Fleet.WriteKeys(names);
        return Encoding.UTF8.GetString(names.Buffer, 0, names.Length);
    }

    private static string NameOf(byte[] key)
    {
        byte[] hash = FakeCrypto.HashOf(key, 0, key.Length);
        return hash[0].ToString("x2") + hash[1].ToString("x2");
    }

    /// <summary>To look at what is stored without mending it.</summary>
    private sealed class ReadOnlyStore : IKeyValueStore
    {
        private readonly IKeyValueStore _store;

        public ReadOnlyStore(IKeyValueStore store)
        {
            _store = store;
        }

        public int Get(string key, byte[] buffer)
        {
            return _store.Get(key, buffer);
        }

        public bool Set(string key, byte[] buffer, int count)
        {
            return true;
        }
    }
}
