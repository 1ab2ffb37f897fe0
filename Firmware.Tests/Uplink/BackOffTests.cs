using JamBox.Uplink;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Uplink;

/// <summary>Tests of <see cref="BackOff"/>.</summary>
[TestClass]
public class BackOffTests
{
    private const int Samples = 800;

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

    /// <summary>
    /// Each eighth of the jitter as often as the others, at every length of the pause: in one box over time, and in a fleet at its first
    /// try.
    /// </summary>
    [TestMethod]
    public void JitterIsEven()
    {
        for (int pause = BackOff.FirstMs; ; pause = pause * 2 > BackOff.MaxMs ? BackOff.MaxMs : pause * 2)
        {
            var parts = new int[8];
            var fleet = new int[8];
            for (int i = 0; i < Samples; i++)
            {
                // The same box: the sequence of one seed goes on.
                var box = new BackOff(4711 + i);
                fleet[PartOf(PauseOf(box, pause), pause)]++;
                parts[PartOf(PauseOf(box, pause), pause)]++;
            }

            CheckEven(fleet, pause);
            CheckEven(parts, pause);
            if (pause == BackOff.MaxMs)
            {
                return;
            }
        }
    }

    /// <summary>The ends of the range are reached, and never passed.</summary>
    [TestMethod]
    public void JitterReachesItsEnds()
    {
        var box = new BackOff(99);
        int least = BackOff.MaxMs;
        int most = 0;
        for (int i = 0; i < Samples; i++)
        {
            int pause = box.Longest();
            least = pause < least ? pause : least;
            most = pause > most ? pause : most;
        }

        Assert.IsTrue(least >= 225000 && least < 225600, least.ToString());
        Assert.IsTrue(most <= 300000 && most > 299400, most.ToString());
    }

    private static int PauseOf(BackOff box, int pause)
    {
        box.Reset();
        int actual = box.Next();
        for (int length = BackOff.FirstMs; length < pause; length = length * 2 > BackOff.MaxMs ? BackOff.MaxMs : length * 2)
        {
            actual = box.Next();
        }

        return actual;
    }

    private static int PartOf(int actual, int pause)
    {
        int part = (pause - actual) * 8 / ((pause / 4) + 1);
        Assert.IsTrue(part >= 0 && part < 8, actual.ToString() + " for " + pause.ToString());
        return part;
    }

    // 800 samples: 100 each, and five standard deviations of 9.4.
    private static void CheckEven(int[] parts, int pause)
    {
        for (int i = 0; i < parts.Length; i++)
        {
            Assert.IsTrue(parts[i] > 53 && parts[i] < 147, "part " + i.ToString() + " of " + pause.ToString() + ": " + parts[i].ToString());
        }
    }

    private static void Within(int pause, int actual)
    {
        Assert.IsTrue(actual <= pause && actual >= pause - (pause / 4), actual.ToString() + " for " + pause.ToString());
    }
}
