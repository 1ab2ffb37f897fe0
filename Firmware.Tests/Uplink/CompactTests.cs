using JamBox.App;
using JamBox.Storage;
using JamBox.Tests.App;
using JamBox.Uplink;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Uplink;

/// <summary>The compact wire with a whole box: what goes into a request, what each answer does, and when the box goes back to JSON.</summary>
[TestClass]
public class CompactTests
{
    private const int MinuteMs = 60000;
    private const int DayMs = 86400000;

    /// <summary>The first heartbeat brings the time alone; readings follow, and the connection is closed without a word about it.</summary>
    [TestMethod]
    public void HeartbeatThenReadings()
    {
        FakeCompact compact = Running(out BoxBench bench);
        Assert.AreEqual("h ", compact.Log);
        Assert.IsTrue(bench.Box.Clock.IsSet);
        Assert.AreEqual(1, bench.Box.UplinkState.AcceptedHeartbeats);
        bench.Run(5 * MinuteMs);
        Assert.AreEqual("h 1 ", compact.Log);
        Assert.StartsWith("POST /r HTTP/1.1\r\nHost: 10.0.0.1:5000\r\nAuthorization: Bearer s3cret\r\nContent-Length: ", bench.Server.LastHead);
        Assert.DoesNotContains("Connection", bench.Server.LastHead);
        Assert.DoesNotContains("Content-Type", bench.Server.LastHead);
        Assert.AreEqual(1, bench.Box.UplinkState.AcceptedReadings);
        Assert.AreEqual(0, bench.Box.Ring.Count);
        Assert.IsFalse(bench.Box.Modem.IsLinkOpen);
        Assert.AreEqual(string.Empty, bench.Server.Log);
    }

    /// <summary>What waits goes in one request, as far as 900 bytes and sixteen records hold; the rest follows on the same connection.</summary>
    [TestMethod]
    public void CatchesUpInOneRequest()
    {
        FakeCompact compact = Running(out BoxBench bench);
        compact.Log = string.Empty;
        bench.Modem.IsUnreachable = true;
        bench.Skip(90 * MinuteMs);
        Assert.AreEqual(18, bench.Box.Ring.Count);
        bench.Modem.IsUnreachable = false;
        int opens = bench.Modem.Opens;
        bench.Retry();
        Assert.AreEqual("12345678910111213141516 1718 ", compact.Log);
        Assert.AreEqual(1, bench.Modem.Opens - opens);
        Assert.AreEqual(0, bench.Box.Ring.Count);
        Assert.AreEqual(18, bench.Box.UplinkState.AcceptedReadings);
        Assert.AreEqual(0, bench.Box.UplinkState.Failures);
    }

    /// <summary>The oldest is to come later, the ones behind it are stored: the same request does not go out again without a pause.</summary>
    [TestMethod]
    public void PausesWhenTheOldestIsToComeLater()
    {
        FakeCompact compact = Running(out BoxBench bench);
        bench.Modem.IsUnreachable = true;
        bench.Skip(15 * MinuteMs);
        bench.Modem.IsUnreachable = false;
        compact.Log = string.Empty;
        compact.LaterNumber = 1;
        bench.Retry();
        Assert.AreEqual("123 ", compact.Log);
        Assert.IsTrue(bench.Box.Readings.RetryAtMs > bench.Clock.UptimeMs);
        compact.LaterNumber = 0;
        bench.Retry();
        Assert.AreEqual(0, bench.Box.Ring.Count);
    }

    /// <summary>A heartbeat that is due takes what waits along.</summary>
    [TestMethod]
    public void TakesReadingsAlongWithAHeartbeat()
    {
        FakeCompact compact = Running(out BoxBench bench);
        bench.Modem.IsUnreachable = true;
        bench.Skip(10 * MinuteMs);
        bench.Box.UplinkState.IsHeartbeatWanted = true;
        bench.Modem.IsUnreachable = false;
        bench.Retry();
        Assert.AreEqual("h h12 ", compact.Log);
        Assert.AreEqual(2, bench.Box.UplinkState.AcceptedHeartbeats);
        Assert.AreEqual(0, bench.Box.Ring.Count);
    }

    /// <summary>One that is refused is set aside and counted; the others are taken.</summary>
    [TestMethod]
    public void SetsAsideTheOneThatIsRefused()
    {
        FakeCompact compact = Running(out BoxBench bench, true);
        bench.Modem.IsUnreachable = true;
        bench.Skip(25 * MinuteMs);
        compact.RefusedNumber = 3;
        bench.Modem.IsUnreachable = false;
        bench.Retry();
        Assert.AreEqual("h 12345 ", compact.Log);
        Assert.AreEqual(0, bench.Box.Ring.Count);
        Assert.AreEqual(1, bench.Box.Ring.SetAside);
        Assert.AreEqual(4, bench.Box.UplinkState.AcceptedReadings);
        Assert.IsTrue(bench.Board.HasLogged("refuses value 4 of a reading"));
    }

    /// <summary>A refusal of all of them is not one of the connection: the box does not hurry, and nothing is sent again.</summary>
    [TestMethod]
    public void ARefusedReadingAloneIsSetAsideToo()
    {
        FakeCompact compact = Running(out BoxBench bench);
        compact.RefusedNumber = 1;
        bench.Run(5 * MinuteMs);
        bench.Run(MinuteMs);
        Assert.AreEqual("h 1 ", compact.Log);
        Assert.AreEqual(1, bench.Box.Ring.SetAside);
    }

    /// <summary>What the server took although its answer was lost is sent again, in the same numbers.</summary>
    [TestMethod]
    public void RepeatsWhatWasNotAnswered()
    {
        FakeCompact compact = Running(out BoxBench bench);
        compact.IsAnswerLost = true;
        bench.Run(5 * MinuteMs);
        bench.Run(MinuteMs);
        Assert.AreEqual(1, bench.Box.Ring.Count);
        compact.IsAnswerLost = false;
        compact.Log = string.Empty;
        bench.Retry();
        bench.Run(MinuteMs);
        Assert.AreEqual("1 ", compact.Log);
        Assert.AreEqual(0, bench.Box.Ring.Count);
    }

    /// <summary>Too often: as long as Retry-After says, on the same wire.</summary>
    [TestMethod]
    public void ObeysRetryAfter()
    {
        FakeCompact compact = Running(out BoxBench bench);
        compact.Status = 429;
        compact.RetryAfter = 900;
        bench.Run(5 * MinuteMs);
        long now = bench.Clock.UptimeMs;
        Assert.AreEqual("h 1:429 ", compact.Log);
        Assert.IsTrue(bench.Box.Readings.RetryAtMs - now > 14 * MinuteMs);
        Assert.IsTrue(bench.Box.Readings.RetryAtMs - now <= 15 * MinuteMs);
        Assert.IsTrue(bench.Box.Compact.IsOn);
    }

    /// <summary>A server or a proxy that does not know this wire gets JSON for a day, and the reading at once.</summary>
    [TestMethod]
    public void GoesBackToJsonForADay()
    {
        int[] statuses = [400, 403, 404, 405, 413, 415, 422];
        for (int i = 0; i < statuses.Length; i++)
        {
            FakeCompact compact = Running(out BoxBench bench);
            compact.Status = statuses[i];
            compact.Log = string.Empty;
            bench.Run(5 * MinuteMs);
            string status = statuses[i].ToString();
            Assert.AreEqual("1:" + status + " ", compact.Log, status);
            Assert.AreEqual("R", bench.Server.Log, status);
            Assert.AreEqual(0, bench.Box.Ring.SetAside, status);
            Assert.AreEqual(1, bench.Box.UplinkState.AcceptedReadings, status);
            Assert.IsFalse(bench.Box.Compact.IsOn, status);
            compact.Status = 201;
            bench.Clock.UptimeMs += DayMs;
            Assert.IsTrue(bench.Box.Compact.IsOn, status);
        }
    }

    /// <summary>A yes that says nothing of the readings is none, whoever said it: they go as JSON.</summary>
    [TestMethod]
    public void AYesOfNobodyIsNone()
    {
        FakeCompact compact = Running(out BoxBench bench);
        compact.IsNonsense = true;
        bench.Run(5 * MinuteMs);
        Assert.AreEqual("h 1 ", compact.Log);
        Assert.AreEqual("R", bench.Server.Log);
        Assert.AreEqual(1, bench.Box.UplinkState.AcceptedReadings);
    }

    /// <summary>A server that fails because of what is sent is tried with JSON in between, and gets it when it takes that.</summary>
    [TestMethod]
    public void TriesJsonAfterManyFailures()
    {
        FakeCompact compact = Running(out BoxBench bench);
        compact.Status = 500;
        bench.Run(5 * MinuteMs);
        for (int i = 0; i < 20 && bench.Server.Log.Length == 0; i++)
        {
            bench.Retry();
        }

        Assert.StartsWith("R", bench.Server.Log);
        Assert.AreEqual(2 + CompactReport.MaxFailures, compact.Log.Split(' ').Length);
        Assert.IsFalse(bench.Box.Compact.IsOn);
        Assert.AreEqual(0, bench.Box.Ring.Count);
    }

    /// <summary>When JSON fares no better the box stays on the compact wire.</summary>
    [TestMethod]
    public void StaysWhenJsonFailsToo()
    {
        FakeCompact compact = Running(out BoxBench bench);
        compact.Status = 500;
        bench.Server.ReadingStatus = 500;
        bench.Run(5 * MinuteMs);
        for (int i = 0; i < 20 && bench.Server.Log.Length == 0; i++)
        {
            bench.Retry();
        }

        Assert.AreEqual("r", bench.Server.Log);
        Assert.IsTrue(bench.Box.Compact.IsOn);
        compact.Status = 201;
        bench.Retry();
        Assert.AreEqual(0, bench.Box.Ring.Count);
    }

    /// <summary>A command comes with its id and argument, is carried out once, and acknowledged in the next request.</summary>
    [TestMethod]
    public void CarriesOutACommandAndAcknowledgesIt()
    {
        FakeCompact compact = Running(out BoxBench bench);
        compact.Command = 6;
        bench.Run(5 * MinuteMs);
        Assert.AreEqual(120000, bench.Box.Config.ReportIntervalMs);
        Assert.AreEqual(-1L, compact.Acknowledged);
        bench.Run(2 * MinuteMs);
        Assert.AreEqual(7L, compact.Acknowledged);
        Assert.AreEqual(1, bench.Box.Commands.Count);
    }

    /// <summary>A command with a number that this firmware does not know is acknowledged, and does nothing.</summary>
    [TestMethod]
    public void AcknowledgesACommandThatItDoesNotKnow()
    {
        FakeCompact compact = Running(out BoxBench bench);
        compact.Command = 23;
        bench.Run(5 * MinuteMs);
        compact.Command = 0;
        bench.Run(5 * MinuteMs);
        Assert.AreEqual(7L, compact.Acknowledged);
        Assert.AreEqual(0, bench.Box.Commands.Count);
    }

    /// <summary>A heartbeat that comes too often waits; the readings with it are done.</summary>
    [TestMethod]
    public void AHeartbeatMayBeRefusedAlone()
    {
        FakeCompact compact = Running(out BoxBench bench);
        compact.HeartbeatResult = 2;
        bench.Run(4 * MinuteMs);
        bench.Box.UplinkState.IsHeartbeatWanted = true;
        bench.Modem.IsUnreachable = true;
        bench.Skip(MinuteMs);
        bench.Modem.IsUnreachable = false;
        bench.Retry();
        Assert.AreEqual("h h1 ", compact.Log);
        Assert.AreEqual(0, bench.Box.Ring.Count);
        Assert.AreEqual(1, bench.Box.UplinkState.AcceptedHeartbeats);
        Assert.AreEqual(1, bench.Box.UplinkState.RefusedHeartbeats);
        Assert.IsTrue(bench.Box.UplinkState.IsHeartbeatWanted, "it is still wanted");
    }

    /// <summary>Power goes between two marks: what has no mark is sent again, nothing is lost, and nothing is sent a third time.</summary>
    [TestMethod]
    public void RepeatsAfterPowerLossWhatWasNotMarked()
    {
        for (int operation = 1; operation <= 5; operation++)
        {
            FakeCompact compact = Running(out BoxBench bench, true);
            bench.Modem.IsUnreachable = true;
            bench.Skip(20 * MinuteMs);
            bench.Modem.IsUnreachable = false;
            compact.Log = string.Empty;
            bench.Flash.FailAt = bench.Flash.Operations + operation;
            try
            {
                bench.Retry();
            }
            catch (JamBox.Tests.Storage.PowerLossException)
            {
                Assert.AreEqual("1234 ", compact.Log);
            }

            bench.Flash.FailAt = 0;
            compact.Log = string.Empty;
            bench.Boot();
            bench.Run(MinuteMs);
            Assert.AreEqual(0, bench.Box.Ring.Count);
            int left = 4 - (operation - 1);
            Assert.IsTrue(left <= 0 || compact.Log.IndexOf("4") >= 0, "operation " + operation.ToString() + ": " + compact.Log);
        }
    }

    /// <summary>With a key everything is as without, as long as the answers prove who wrote them.</summary>
    [TestMethod]
    public void ObeysWhatIsProved()
    {
        FakeCompact compact = WithKey(out BoxBench bench, MacFake.Key(3));
        compact.Command = 6;
        bench.Run(5 * MinuteMs);
        Assert.AreEqual(AnswerTrust.Good, bench.Box.Http.Trust);
        Assert.IsTrue(bench.Box.Clock.IsSet);
        Assert.AreEqual(1, bench.Box.Commands.Count);
        Assert.IsTrue(bench.Box.UplinkState.ProvedReadings > 0);
        Assert.AreEqual(0, bench.Box.Health.Value(Health.AnswersNotAuthentic));
        Assert.DoesNotContains("\r\nN: ", bench.Server.LastHead);
    }

    /// <summary>
    /// What is not is delivered to all the same, and not obeyed: no time, no command, and no reading is set aside before the thirteenth
    /// refusal.
    /// </summary>
    [TestMethod]
    public void ObeysNothingThatIsNotProved()
    {
        for (int way = 0; way < 2; way++)
        {
            FakeCompact compact = WithKey(out BoxBench bench, way == 0 ? null : MacFake.Key(4));
            compact.Command = 2;
            bench.Box.Recorder.CloseNow(bench.Clock.UptimeMs);
            for (int i = 0; i < 8; i++)
            {
                bench.Skip(5 * MinuteMs);
            }

            Assert.AreEqual(AnswerTrust.Bad, bench.Box.Http.Trust);
            Assert.IsFalse(bench.Box.Clock.IsSet);
            Assert.AreEqual(0, bench.Box.Commands.Count);
            Assert.IsTrue(bench.Box.UplinkState.AcceptedReadings > 0);
            Assert.AreEqual(0, bench.Box.UplinkState.ProvedReadings);
            Assert.IsTrue(bench.Box.Health.Value(Health.AnswersNotAuthentic) > 0);
            Assert.IsTrue(bench.Box.Compact.IsOn);
        }
    }

    /// <summary>A refusal that is not proved is obeyed after twelve of them; those behind it wait, and are not lost.</summary>
    [TestMethod]
    public void ARefusalMustBeProved()
    {
        FakeCompact compact = WithKey(out BoxBench bench, MacFake.Key(3));
        bench.Modem.IsUnreachable = true;
        bench.Skip(10 * MinuteMs);
        compact.MacKey = MacFake.Key(4);
        compact.RefusedNumber = 1;
        bench.Modem.IsUnreachable = false;
        for (int i = 0; i < RetryTimer.MaxUnproved; i++)
        {
            bench.Retry();
            Assert.AreEqual(0, bench.Box.Ring.SetAside, i.ToString());
            Assert.IsTrue(bench.Box.Ring.Count >= 2, i.ToString());
        }

        bench.Retry();
        Assert.AreEqual(1, bench.Box.Ring.SetAside);
        Assert.AreEqual(0, bench.Box.Ring.Count);
    }

    private static FakeCompact WithKey(out BoxBench bench, byte[] serverKey)
    {
        bench = new BoxBench { HasCrypto = true };
        bench.Store.Set(BoxIdentity.MacKeyKey, MacFake.Key(3), AnswerMac.KeySize);
        var compact = new FakeCompact(bench.Server) { MacKey = serverKey };
        bench.Boot();
        bench.Run(5000);
        return compact;
    }

    private static FakeCompact Running(out BoxBench bench, bool hasLog = false)
    {
        bench = new BoxBench(hasLog);
        var compact = new FakeCompact(bench.Server);
        bench.Boot();
        bench.Run(5000);
        return compact;
    }
}
