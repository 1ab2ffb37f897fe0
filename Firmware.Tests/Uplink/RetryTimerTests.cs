using JamBox.Uplink;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Uplink;

/// <summary>Tests of <see cref="RetryTimer"/>.</summary>
[TestClass]
public class RetryTimerTests
{
    /// <summary>The pause that each status demands.</summary>
    [TestMethod]
    public void PausesAsTheStatusDemands()
    {
        var timer = new RetryTimer(7);
        Assert.IsTrue(timer.IsDue(0));
        Between(timer, 500, -1, 3750, 5000);
        Between(timer, HttpError.Timeout, -1, 7500, 10000);
        Between(timer, 429, 77, 77000, 77000);
        Between(timer, 429, 999999, 3600000, 3600000);
        Between(timer, 429, -1, 60000, 80000);
        Between(timer, 429, 0, 120000, 160000);
        Between(timer, 401, -1, 225000, 300000);
        Between(timer, 500, -1, 225000, 300000);
        timer.TryNow();
        Assert.IsTrue(timer.IsDue(0));
        Between(timer, 500, -1, 225000, 300000);
        timer.Reset();
        Assert.AreEqual(0L, timer.AtMs);
        Between(timer, 403, -1, 225000, 300000);
        timer.Reset();
        Between(timer, 500, -1, 3750, 5000);
    }

    /// <summary>
    /// A server that asks for a second every time is asked as seldom as one that asks for nothing: some 20 times in an hour.
    /// </summary>
    [TestMethod]
    public void AShortRetryAfterIsNoShorterThanTheBackOff()
    {
        var timer = new RetryTimer(7);
        int tries = 0;
        for (long now = 0; now < 3600000; now = timer.AtMs)
        {
            timer.Fail(now, 429, 1);
            tries++;
        }

        Assert.IsTrue(tries <= 6 + (3600000 / 225000), tries.ToString());
    }

    /// <summary>When nothing was sent the request is not to blame, and has no pause of its own.</summary>
    [TestMethod]
    public void NoPauseWhenNothingWasSent()
    {
        var timer = new RetryTimer(7);
        timer.Fail(1000, HttpError.NotConnected, -1);
        timer.Fail(1000, HttpError.OpenFailed, -1);
        timer.Fail(1000, HttpError.SendFailed, -1);
        Assert.IsTrue(timer.IsDue(1000));
        timer.Fail(1000, HttpError.Closed, -1);
        Assert.IsFalse(timer.IsDue(1000));
        timer.Reset();
        timer.Pause(1000);
        Assert.IsTrue(timer.AtMs >= 4750 && timer.AtMs <= 6000);
    }

    private static void Between(RetryTimer timer, int status, int retryAfter, int least, int most)
    {
        const long Now = 4294967296L;
        timer.Fail(Now, status, retryAfter);
        long pause = timer.AtMs - Now;
        Assert.IsTrue(pause >= least && pause <= most, status.ToString() + ": " + pause.ToString());
        Assert.IsFalse(timer.IsDue(timer.AtMs - 1));
        Assert.IsTrue(timer.IsDue(timer.AtMs));
    }
}
