using JamBox.Ota;
using JamBox.Ports;
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
