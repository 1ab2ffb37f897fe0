using JamBox.Ota;
using JamBox.Tests.App;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Ota;

/// <summary>Tests of <see cref="UpdateLimits"/>: no reboot, no loss of power and no clock brings a new allowance before a day has passed.</summary>
[TestClass]
public class UpdateLimitsTests
{
    private const int MinuteMs = 60000;
    private const long DayMs = 86400000;

    /// <summary>Three images, sixteen passes and a megabyte; then it is over for the day.</summary>
    [TestMethod]
    public void AllowanceOfADay()
    {
        var limits = new UpdateLimits(new FakeStore());
        for (int i = 0; i < UpdateLimits.MaxApplies; i++)
        {
            Assert.IsTrue(limits.TryApply());
        }

        for (int i = 0; i < UpdateLimits.MaxPasses; i++)
        {
            Assert.IsTrue(limits.TryPass());
        }

        for (int i = 0; i < UpdateLimits.MaxOffers; i++)
        {
            Assert.IsTrue(limits.TryOffer());
        }

        Assert.IsFalse(limits.TryOffer());
        limits.Spend(UpdateLimits.MaxBytes - 1);
        Assert.IsFalse(limits.IsFetchingOver);
        limits.Spend(1);
        Assert.IsTrue(limits.IsFetchingOver && limits.IsApplyingOver && limits.ArePassesOver);
        Assert.IsFalse(limits.TryApply());
        Assert.IsFalse(limits.TryPass());
        limits.Step(DayMs - MinuteMs);
        Assert.IsTrue(limits.IsFetchingOver && limits.IsApplyingOver && limits.ArePassesOver);
        limits.Step(DayMs);
        Assert.IsFalse(limits.IsFetchingOver || limits.IsApplyingOver || limits.ArePassesOver || limits.AreOffersOver);
        Assert.AreEqual(0, limits.Erases);
        Assert.AreEqual(UpdateLimits.MaxPasses, limits.LifeErases);
    }

    /// <summary>A day begins with what is spent first: three days of uptime before it bring no more.</summary>
    [TestMethod]
    public void DayBeginsWithTheFirst()
    {
        var limits = new UpdateLimits(new FakeStore());
        limits.Step(3 * DayMs);
        limits.Spend(UpdateLimits.MaxBytes);
        limits.Step((4 * DayMs) - MinuteMs);
        Assert.IsTrue(limits.IsFetchingOver);
        limits.Step(4 * DayMs);
        Assert.IsFalse(limits.IsFetchingOver);
    }

    /// <summary>What is counted is stored before it is done: a reboot at once finds it.</summary>
    [TestMethod]
    public void RebootsBringNothing()
    {
        var store = new FakeStore();
        Assert.IsTrue(new UpdateLimits(store).TryApply());
        Assert.IsTrue(new UpdateLimits(store).TryPass());
        new UpdateLimits(store).Reserve(5000);
        var after = new UpdateLimits(store);
        Assert.AreEqual(1, after.Applies);
        Assert.AreEqual(UpdateLimits.ErasesAnImage, after.LifeErases);
        Assert.IsTrue(after.Bytes >= 5000, "reserved is spent");
        for (int boot = 0; !new UpdateLimits(store).IsFetchingOver; boot++)
        {
            Assert.IsTrue(boot < 100, "a boot for every block at most");
            new UpdateLimits(store).Reserve(1);
        }
    }

    /// <summary>A box that boots now and then, or every twelve minutes, gets its next day; one that boots every nine gets none.</summary>
    [TestMethod]
    public void DayIsCarriedOverBoots()
    {
        Assert.IsTrue(BootsUntilANewDay(59, 100) <= 29, "at most a fifth longer");
        Assert.IsTrue(BootsUntilANewDay(12, 400) <= 145);
        Assert.AreEqual(400, BootsUntilANewDay(9, 400));
    }

    /// <summary>Nothing is written while nothing is spent, and a day of attack costs a bounded number of writes.</summary>
    [TestMethod]
    public void WritesAreBounded()
    {
        var store = new FakeStore();
        var limits = new UpdateLimits(store);
        limits.Step(10 * DayMs);
        Assert.AreEqual(0, store.Writes);
        for (int minute = 1; minute <= UpdateLimits.DayMinutes; minute++)
        {
            limits.Step((10 * DayMs) + (minute * (long)MinuteMs));
            limits.TryApply();
            limits.TryPass();
            limits.TryOffer();
            if (!limits.IsFetchingOver)
            {
                limits.Reserve(6000);
                limits.Spend(5000);
            }
        }

        Assert.IsTrue(store.Writes <= 280, store.Writes.ToString());
    }

    /// <summary>A damaged record, or one of another layout, begins a day; what the store refuses counts in this boot all the same.</summary>
    [TestMethod]
    public void DamagedOrRefused()
    {
        var store = new FakeStore();
        Assert.IsTrue(new UpdateLimits(store).TryApply());
        store.Value(UpdateLimits.Key)[3] ^= 1;
        Assert.AreEqual(0, new UpdateLimits(store).Applies);
        store.Refuses = true;
        var limits = new UpdateLimits(store);
        for (int i = 0; i < UpdateLimits.MaxApplies; i++)
        {
            Assert.IsTrue(limits.TryApply());
        }

        Assert.IsFalse(limits.TryApply());
    }

    private static int BootsUntilANewDay(int minutes, int most)
    {
        var store = new FakeStore();
        Assert.IsTrue(new UpdateLimits(store).TryApply());
        for (int boot = 0; boot < most; boot++)
        {
            var limits = new UpdateLimits(store);
            for (int minute = 1; minute <= minutes; minute++)
            {
                limits.Step(minute * (long)MinuteMs);
            }

            if (limits.Applies == 0)
            {
                return boot;
            }
        }

        return most;
    }
}
