using JamBox.Uplink;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Uplink;

/// <summary>Tests of <see cref="BackOff"/>.</summary>
[TestClass]
public class BackOffTests
{
    /// <summary>5 s, doubled up to 5 min, each less up to a quarter; a success starts again.</summary>
    [TestMethod]
    public void DoublesUpToFiveMinutes()
    {
        for (int seed = -5; seed < 5; seed++)
        {
            var backOff = new BackOff(seed);
            int pause = BackOff.FirstMs;
            for (int i = 0; i < 20; i++)
            {
                Within(pause, backOff.Next());
                pause = pause * 2 > BackOff.MaxMs ? BackOff.MaxMs : pause * 2;
            }

            backOff.Reset();
            Within(BackOff.FirstMs, backOff.Next());
            Within(BackOff.MaxMs, backOff.Longest());
        }
    }

    /// <summary>Boxes with different seeds do not come back in step.</summary>
    [TestMethod]
    public void DiffersBetweenBoxes()
    {
        Assert.AreNotEqual(new BackOff(1).Longest(), new BackOff(2).Longest());
    }

    private static void Within(int pause, int actual)
    {
        Assert.IsTrue(actual <= pause && actual >= pause - (pause / 4), actual.ToString() + " for " + pause.ToString());
    }
}
