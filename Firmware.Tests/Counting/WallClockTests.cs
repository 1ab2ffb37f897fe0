using JamBox.Counting;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Counting;

/// <summary>Tests of <see cref="WallClock"/>.</summary>
[TestClass]
public class WallClockTests
{
    private const long Start = 1769680800000L;

    /// <summary>Before the first answer, boundaries are those of uptime; afterwards those of UTC.</summary>
    [TestMethod]
    public void BoundariesAreUtcOnceItIsKnown()
    {
        var clock = new WallClock();
        Assert.AreEqual(300000L, clock.NextMultiple(1000, 300000));
        Assert.AreEqual(600000L, clock.NextMultiple(300000, 300000));
        Assert.IsTrue(clock.Observe(Start + 70000, 10000));
        Assert.AreEqual(Start + 60000, clock.OffsetMs);
        Assert.AreEqual(240000L, clock.NextMultiple(10000, 300000));
        Assert.AreEqual(60000L, clock.NextMultiple(10000, 60000));
    }

    /// <summary>An error within the rounding of whole seconds changes nothing.</summary>
    [TestMethod]
    public void IgnoresRounding()
    {
        WallClock clock = Set();
        Assert.IsFalse(clock.Observe(Start + 100000 + 1500, 100000));
        clock.Slew();
        Assert.AreEqual(Start, clock.OffsetMs);
    }

    /// <summary>A middle error is slewed, at most a second each time, and not beyond the goal.</summary>
    [TestMethod]
    public void SlewsMiddleErrors()
    {
        WallClock clock = Set();
        Assert.IsFalse(clock.Observe(Start + 100000 + 2400, 100000));
        Assert.AreEqual(Start, clock.OffsetMs);
        clock.Slew();
        Assert.AreEqual(Start + 1000, clock.OffsetMs);
        clock.Slew();
        clock.Slew();
        clock.Slew();
        Assert.AreEqual(Start + 2400, clock.OffsetMs);
        Assert.IsFalse(clock.Observe(Start + 200000, 200000));
        clock.Slew();
        Assert.AreEqual(Start + 1400, clock.OffsetMs);
    }

    /// <summary>A large error is taken over at once.</summary>
    [TestMethod]
    public void JumpsOverLargeErrors()
    {
        WallClock clock = Set();
        Assert.IsTrue(clock.Observe(Start + 100000 - 60001, 100000));
        Assert.AreEqual(Start - 60001, clock.OffsetMs);
    }

    private static WallClock Set()
    {
        var clock = new WallClock();
        clock.Observe(Start, 0);
        return clock;
    }

    /// <summary>An answer that was long under way says little: the clock is right when it lies between request and answer.</summary>
    [TestMethod]
    public void ASlowAnswerSaysLittle()
    {
        var clock = new WallClock();
        Assert.IsFalse(clock.Agrees(1000000, 1000, 60000), "not set");
        clock.Observe(1000000, 0);
        Assert.IsTrue(clock.Agrees(1012000, 0, 12000));
        Assert.IsTrue(clock.Agrees(988000, 0, 12000));
        Assert.IsFalse(clock.Agrees(1012001, 0, 12000));
        Assert.IsFalse(clock.Agrees(987999, 0, 12000));
    }
}
