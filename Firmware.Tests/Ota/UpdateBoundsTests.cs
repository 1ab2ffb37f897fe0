using JamBox.Ota;
using JamBox.Ports;
using JamBox.Tests.Storage;
using JamBox.Uplink;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Ota;

/// <summary>
/// Tests of what an update may cost when a backend, a flash or a power supply is of no use for months: nothing is repeated without an
/// end at the cost of the flash or of the SIM's volume.
/// </summary>
[TestClass]
public class UpdateBoundsTests
{
    private const int DayMs = 86400000;
    private const int MinuteMs = 60000;

    /// <summary>
    /// The backend offers at every boot what failed before: after three times it is asked once a day, or when somebody waits.
    /// </summary>
    [TestMethod]
    public void OffersWithoutEnd()
    {
        var bench = new OtaBench();
        bench.OfferRefused();
        for (int i = 0; i < Updater.MaxFailures; i++)
        {
            Boot(bench, 0);
            Assert.AreEqual("KME", bench.Server.Log, i.ToString());
        }

        Boot(bench, 0);
        Assert.AreEqual(string.Empty, bench.Server.Log);
        Assert.IsTrue(bench.Updater.CheckNow());
        bench.Live(5000);
        Assert.AreEqual("KME", bench.Server.Log, "somebody waits");
        Boot(bench, DayMs - 9000);
        Assert.AreEqual(string.Empty, bench.Server.Log);
        Boot(bench, DayMs);
        Assert.AreEqual("KME", bench.Server.Log, "a day of uptime");
    }

    /// <summary>After a day of uptime a heartbeat asks, and an update that comes to a good end is the end of the caution.</summary>
    [TestMethod]
    public void CautionEnds()
    {
        var bench = new OtaBench();
        bench.OfferRefused();
        for (int i = 0; i < Updater.MaxFailures; i++)
        {
            Boot(bench, 0);
        }

        bench.Offer();
        Boot(bench, 0);
        Assert.AreEqual(string.Empty, bench.Server.Log);
        Boot(bench, DayMs);
        bench.Live(10000);
        Assert.AreEqual("trial", bench.StateText);
        bench.SendReading();
        Assert.AreEqual("confirmed", bench.StateText);
        bench.Server.Release = null;
        Boot(bench, 0);
        Assert.AreEqual("K", bench.Server.Log);
    }

    /// <summary>
    /// Every attempt to make the image ends in a loss of power, or in a crash: three times a day, not for ever, and readings go on.
    /// </summary>
    [TestMethod]
    public void PowerThatNeverLasts()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.Slots.StageFlash.IsTooMuch = true;
        int boots = 0;
        do
        {
            bench.Box.Boot();
            boots++;
        }
        while ((IsCut(bench, 0) || IsCut(bench, DayMs)) && boots < 40);
        Assert.AreEqual("failed:flash", bench.StateText);
        Assert.AreEqual(UpdateReview.MaxResumes + 1, bench.Slots.StageFlash.Erases);
        bench.Live(8000);
        Assert.Contains("\"status\":\"failed\",\"why\":\"flash\"", bench.Server.LastEnd);
        Assert.AreEqual(OtaBench.OldSequence, bench.Running);
    }

    /// <summary>A check that waits behind an end which the backend does not take: the command is told so after three tries.</summary>
    [TestMethod]
    public void CommandBehindAnEndThatIsNotTaken()
    {
        var bench = new OtaBench();
        bench.OfferRefused();
        bench.Server.EndStatus = 500;
        bench.Live(12000);
        Assert.IsTrue(bench.Updater.HasReport);
        Assert.IsTrue(bench.Updater.CheckNow());
        for (int i = 0; i < 4; i++)
        {
            bench.Box.Skip(5 * MinuteMs);
        }

        Assert.IsTrue(bench.Updater.HasReport);
        Assert.IsTrue(bench.Updater.Outcome == TaskOutcome.Failed);
    }

    /// <summary>As long as copies are not at their end, stage may be what they need: nothing is offered, nothing is made.</summary>
    [TestMethod]
    public void NothingBeforeTheCopiesEnd()
    {
        var bench = new OtaBench();
        bench.Offer();
        bench.Slots.State = SlotState.RollBack;
        bench.Slots.CannotCopy = true;
        bench.Live(10000);
        Assert.AreEqual(string.Empty, bench.Server.Log);
        Assert.IsFalse(bench.Updater.CheckNow());
    }

    private static void Boot(OtaBench bench, long startMs)
    {
        bench.Server.IsExcluded = false;
        bench.Server.Log = string.Empty;
        bench.Box.Boot(startMs);
        bench.Live(8000);
    }

    private static bool IsCut(OtaBench bench, int laterMs)
    {
        try
        {
            bench.Box.Skip(laterMs);
            return false;
        }
        catch (PowerLossException)
        {
            return true;
        }
    }
}
