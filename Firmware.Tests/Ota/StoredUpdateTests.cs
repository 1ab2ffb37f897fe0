using JamBox.Ota;
using JamBox.Ports;
using JamBox.Storage;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Ota;

/// <summary>
/// Tests of what is stored about an update: damaged, senseless, or gone, the box lives on and runs a whole image that somebody signed.
/// </summary>
[TestClass]
public class StoredUpdateTests
{
    private static readonly string[] s_keys = [UpdateState.Key, StoredOffer.Key, OwnRelease.Key];

    /// <summary>Senseless values with a right CRC: a few here, thousands on the PC (OtaPowerLossHostTests).</summary>
    /// <param name="seed">For the same again.</param>
    [DataRow(1)]
    [DataRow(2)]
    [DataRow(3)]
    public void SenselessRecords(int seed)
    {
        Fuzz(seed);
    }

    /// <summary>The state is lost in a trial: the boot record knows, and the offer has the names.</summary>
    [TestMethod]
    public void StateIsLostInATrial()
    {
        var bench = new OtaBench();
        bench.LiveToTrial();
        bench.Box.Store.Value(UpdateState.Key)[1] ^= 0x40;
        bench.Box.Boot();
        bench.Live(8000);
        Assert.AreEqual("trial", bench.StateText);
        bench.SendReading();
        Assert.AreEqual("confirmed", bench.StateText);
        Assert.Contains("\"v\":\"6.0.101\",\"id\":12,\"status\":\"success\"", bench.Server.LastEnd);
    }

    /// <summary>The offer is lost in a trial: the state still has its id and version.</summary>
    [TestMethod]
    public void OfferIsLostInATrial()
    {
        var bench = new OtaBench();
        bench.LiveToTrial();
        bench.Box.Store.Value(StoredOffer.Key)[1] ^= 0x40;
        bench.Box.Boot();
        bench.Live(8000);
        bench.SendReading();
        Assert.AreEqual("confirmed", bench.StateText);
        Assert.Contains("\"v\":\"6.0.101\",\"id\":12,\"status\":\"success\"", bench.Server.LastEnd);
    }

    /// <summary>
    /// The boot record is lost although the image was ordered (boot partition erased over serial): made again, a bounded number of times.
    /// </summary>
    [TestMethod]
    public void BootRecordIsLost()
    {
        var bench = new OtaBench();
        bench.Offer();
        for (int i = 0; i < 3; i++)
        {
            bench.Box.Boot();
            bench.Box.Run(12000);
            Assert.IsTrue(bench.Slots.State == SlotState.Install, i.ToString());
            bench.Slots.State = SlotState.None;
        }

        bench.Box.Boot();
        bench.Live(8000);
        Assert.AreEqual("failed:flash", bench.StateText);
        Assert.AreEqual("0,1,2,", bench.Server.Chunks);
        Assert.AreEqual(OtaBench.OldSequence, bench.Running);
    }

    /// <summary>Writes noise into the records and into the boot record's state, and lets the box live.</summary>
    /// <param name="seed">For the same again.</param>
    public static void Fuzz(int seed)
    {
        var bench = new OtaBench();
        bench.Offer();
        uint random = (uint)seed * 2654435761u;
        bench.Server.ChunksUntilTrouble = 1 + (seed % 3);
        if (seed % 4 != 0)
        {
            bench.Live(seed % 2 == 0 ? 15000 : 7000);
        }
        else
        {
            bench.Box.Boot();
        }

        bench.Server.ChunkStatus = 200;
        for (int i = 0; i < s_keys.Length; i++)
        {
            Damage(bench.Box.Store.Value(s_keys[i]), ref random);
        }

        string name = "seed " + seed.ToString();
        bench.Box.Boot();
        bench.Live(12000);
        bench.SendReading();
        bench.Live(8000);
        Assert.IsTrue(bench.Running == OtaBench.OldSequence || bench.Running == OtaBench.NewSequence, name);
        Assert.IsTrue(bench.Box.Server.Numbers.Length > 0, name + ": readings flow");
        Assert.IsTrue(bench.StateText.Length <= 40, name);
        Assert.IsTrue(bench.Slots.State != SlotState.Trial, name + ": a reading was taken");
    }

    private static void Damage(byte[] value, ref uint random)
    {
        if (value == null)
        {
            return;
        }

        for (int i = 0; i < 3; i++)
        {
            random = (random * 1664525) + 1013904223;
            int at = (int)((random >> 8) % (uint)(value.Length - 4));
            random = (random * 1664525) + 1013904223;
            value[at] = (byte)((random >> 30) == 0 ? random >> 20 : (random >> 20) % 12);
        }

        int crc = (int)(long)Crc32.Compute(value, 0, value.Length - 4);
        ByteOrder.WriteInt(value, value.Length - 4, crc);
    }
}
