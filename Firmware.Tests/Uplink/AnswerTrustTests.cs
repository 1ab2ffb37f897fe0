using JamBox.App;
using JamBox.Ota;
using JamBox.Storage;
using JamBox.Tests.App;
using JamBox.Tests.Ota;
using JamBox.Uplink;
using nanoFramework.TestFramework;

namespace JamBox.Tests.Uplink;

/// <summary>What a box with a key does, and does not do, because of an answer (docs/ota.md, "What a man in the middle can still do").</summary>
[TestClass]
public class AnswerTrustTests
{
    private const int MinuteMs = 60000;
    private const string Order = "\"config_version\":4,\"command\":\"set_interval\",\"cid\":9,\"arg\":60000";

    private const string Config =
        "{\"config_version\":4,\"rssi_immediate_threshold\":-45,\"rssi_near_threshold\":-60,\"rssi_far_threshold\":-75,"
        + "\"dwell_short_threshold\":2,\"dwell_medium_threshold\":6,\"dwell_long_threshold\":12,\"report_interval_ms\":60000,"
        + "\"heartbeat_interval_ms\":3600000,\"geolocation_on_boot\":false,\"wifi_channels\":[1,6,11]}";

    /// <summary>With the MAC everything is as without a key.</summary>
    [TestMethod]
    public void ObeysTheBackend()
    {
        BoxBench bench = WithKey();
        bench.Server.MacKey = MacFake.Key(3);
        bench.Server.Extra = Order;
        bench.Server.Config = Config;
        bench.Boot();
        bench.Run(5000);
        Assert.AreEqual(AnswerTrust.Good, bench.Box.Http.Trust);
        Assert.IsTrue(bench.Box.Clock.IsSet);
        Assert.AreEqual(4, bench.Box.Config.Version);
        Assert.AreEqual(1, bench.Box.Commands.Count);
        Assert.AreEqual(0, bench.Box.Health.Value(Health.AnswersNotAuthentic));
        bench.Skip(5 * MinuteMs);
        Assert.IsTrue(bench.Box.UplinkState.ProvedReadings > 0);
        Assert.AreEqual(bench.Box.UplinkState.AcceptedReadings, bench.Box.UplinkState.ProvedReadings);
    }

    /// <summary>The predecessor's backend, or one that lost the key: readings go on, without a date, and nothing is obeyed.</summary>
    [TestMethod]
    public void GoesOnDeliveringWithoutMac()
    {
        BoxBench bench = WithKey();
        bench.Server.Extra = Order;
        bench.Server.Config = Config;
        bench.Boot();
        for (int i = 0; i < 8; i++)
        {
            bench.Skip(5 * MinuteMs);
        }

        Assert.Contains("1,2,3,", bench.Server.Numbers);
        Assert.AreEqual(0, bench.Field("ts"));
        ObeyedNothing(bench);
        Assert.IsTrue(bench.Box.UplinkState.AcceptedReadings > 0);
        Assert.AreEqual(0, bench.Box.UplinkState.ProvedReadings);
        bench.Server.MacKey = MacFake.Key(3);
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual(1, bench.Box.Commands.Count, "the key is there again");
        bench.Box.UplinkState.IsHeartbeatWanted = true;
        bench.Run(5000);
        Assert.Contains("\"hc\":{\"am\":", bench.Server.LastHeartbeat);
    }

    /// <summary>Every way in which somebody on the line can change an answer.</summary>
    [TestMethod]
    public void ObeysNoForgery()
    {
        string[] ways = ["strip", "byte", "mac", "zeros", "short", "status"];
        for (int i = 0; i < ways.Length; i++)
        {
            BoxBench bench = WithKey();
            bench.Server.MacKey = MacFake.Key(3);
            bench.Server.Extra = Order;
            bench.Server.Config = Config;
            bench.Server.Line = ways[i];
            bench.Boot();
            bench.Run(5000);
            bench.Skip(20 * MinuteMs);
            Assert.AreEqual(AnswerTrust.Bad, bench.Box.Http.Trust, ways[i]);
            ObeyedNothing(bench);
        }
    }

    /// <summary>An answer that was good once is of no use for any other request.</summary>
    [TestMethod]
    public void ObeysNoReplay()
    {
        BoxBench bench = WithKey();
        bench.Server.MacKey = MacFake.Key(3);
        bench.Server.Line = "replay";
        bench.Boot();
        bench.Run(5000);
        Assert.IsTrue(bench.Box.Clock.IsSet, "the first one is its own");
        int bad = bench.Box.Health.Value(Health.AnswersNotAuthentic);
        bench.Skip(5 * MinuteMs);
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual(bad + 2, bench.Box.Health.Value(Health.AnswersNotAuthentic));
        Assert.AreEqual(0, bench.Box.UplinkState.ProvedReadings);
    }

    /// <summary>A key that the server does not have is as none there.</summary>
    [TestMethod]
    public void ObeysNoOtherKey()
    {
        BoxBench bench = WithKey();
        bench.Server.MacKey = MacFake.Key(4);
        bench.Server.Extra = Order;
        bench.Boot();
        bench.Skip(20 * MinuteMs);
        ObeyedNothing(bench);
    }

    /// <summary>No nonce is used twice, whether the connection is kept or not.</summary>
    [TestMethod]
    public void EveryRequestHasItsNonce()
    {
        BoxBench bench = WithKey();
        bench.Server.MacKey = MacFake.Key(3);
        bench.Boot();
        bench.Run(5000);
        for (int i = 0; i < 6; i++)
        {
            bench.Server.KeepsOpen = (i & 1) == 0;
            bench.Box.Recorder.CloseNow(bench.Clock.UptimeMs);
            bench.Skip(5 * MinuteMs);
        }

        string nonces = bench.Server.Nonces;
        Assert.IsTrue(nonces.Length >= 7 * 17);
        for (int at = 0; at < nonces.Length; at += 17)
        {
            Assert.IsTrue(nonces.IndexOf(nonces.Substring(at, 12), at + 1) < 0, nonces);
        }

        Assert.AreEqual(0, bench.Box.Health.Value(Health.AnswersNotAuthentic));
    }

    /// <summary>What is refused for good is set aside at once when the backend says so, and at the thirteenth time when anybody does.</summary>
    [TestMethod]
    public void ARefusalForGoodMustBeProved()
    {
        BoxBench bench = WithKey();
        bench.Server.MacKey = MacFake.Key(3);
        bench.Boot();
        bench.Run(5000);
        bench.Server.ReadingStatus = 400;
        bench.Box.Recorder.CloseNow(bench.Clock.UptimeMs);
        bench.Run(3000);
        Assert.AreEqual(1, bench.Box.Ring.SetAside, "proved");
        bench.Server.Line = "mac";
        int before = bench.Server.Log.Length;
        bench.Box.Recorder.CloseNow(bench.Clock.UptimeMs);
        for (int i = 0; bench.Box.Ring.SetAside == 1 && i < 2 * RetryTimer.MaxUnproved; i++)
        {
            int tries = bench.Server.Log.Length - before;
            Assert.IsTrue(tries <= RetryTimer.MaxUnproved, tries.ToString());
            bench.Retry();
        }

        // The thirteenth try, and the first of the next reading, which has waited behind this one.
        Assert.AreEqual(2, bench.Box.Ring.SetAside);
        Assert.AreEqual("rrrrrrrrrrrrrr", bench.Server.Log.Substring(before));
    }

    /// <summary>Retry-After silences a box for an hour at most, and only from the backend.</summary>
    [TestMethod]
    public void RetryAfterMustBeProved()
    {
        BoxBench bench = WithKey();
        bench.Server.MacKey = MacFake.Key(3);
        bench.Boot();
        bench.Run(5000);
        bench.Server.ReadingStatus = 429;
        bench.Server.RetryAfter = 3000;
        bench.Server.Line = "mac";
        bench.Box.Recorder.CloseNow(bench.Clock.UptimeMs);
        bench.Run(1000);
        Assert.IsTrue(bench.Box.Readings.RetryAtMs - bench.Clock.UptimeMs < 6000);
        bench.Server.Line = null;
        bench.Retry();
        Assert.IsTrue(bench.Box.Readings.RetryAtMs - bench.Clock.UptimeMs > 2900000);
    }

    /// <summary>An update comes through with the MAC.</summary>
    [TestMethod]
    public void AnUpdateWithMac()
    {
        OtaBench bench = UpdateWithKey();
        bench.Box.Server.MacKey = MacFake.Key(3);
        bench.LiveToTrial();
        bench.SendReading();
        Assert.AreEqual("confirmed", bench.StateText);
        Assert.AreEqual("KMCCCE", bench.Server.Log);
    }

    /// <summary>No offer is taken from a server that proves nothing.</summary>
    [TestMethod]
    public void TakesNoOffer()
    {
        OtaBench bench = UpdateWithKey();
        bench.Offer();
        bench.Live(15000);
        Assert.AreEqual("idle", bench.StateText);
        Assert.IsTrue(bench.Server.Log.IndexOf("M") < 0, bench.Server.Log);
    }

    /// <summary>Nor a chunk, which is no failure either, nor a withdrawal.</summary>
    [TestMethod]
    public void TakesNoChunk()
    {
        OtaBench bench = UpdateWithKey();
        bench.Box.Server.MacKey = MacFake.Key(3);
        bench.Offer();
        bench.FetchOne();
        bench.Box.Server.Line = "byte";
        bench.Server.ChunkStatus = 200;
        bench.Live(400000);
        Assert.AreEqual("downloading:1/3", bench.StateText, "no chunk, and no failure either");
        bench.Server.ChunkStatus = 404;
        bench.Live(400000);
        Assert.AreEqual("downloading:1/3", bench.StateText, "nor is it withdrawn");
        bench.Box.Server.Line = null;
        bench.Live(700000);
        Assert.AreEqual("failed:withdrawn", bench.StateText, "the backend's own word");
    }

    /// <summary>An answer that is cut off proves nothing: of what arrived no chunk counts, whoever wrote it.</summary>
    [TestMethod]
    public void TakesNoChunkOfAnAnswerThatIsCutOff()
    {
        OtaBench bench = UpdateWithKey();
        bench.Box.Server.MacKey = MacFake.Key(3);
        bench.Server.AtOnce = 8;
        bench.Server.IsInjecting = true;
        bench.Server.CutAt = 1150;
        bench.Offer();
        for (int i = 0; i < 60 && bench.Server.CutAt > 0; i++)
        {
            bench.Live(1000);
        }

        Assert.AreEqual(0, bench.Server.CutAt, "it was asked for");
        bench.Live(5000);
        Assert.AreEqual("offered", bench.StateText);
        bench.Server.IsInjecting = false;
        bench.Live(400000);
        bench.SendReading();
        Assert.AreEqual("confirmed", bench.StateText);
    }

    /// <summary>
    /// Somebody's chunks lie in flash, without a mark, where the backend's are to be written: that costs passes over the patch partition,
    /// and is no failure of the flash.
    /// </summary>
    [TestMethod]
    public void InjectedChunksFailNoUpdate()
    {
        OtaBench bench = UpdateWithKey();
        bench.Box.Server.MacKey = MacFake.Key(3);
        bench.Server.AtOnce = 8;
        bench.Server.ChunkStatus = 500;
        bench.Offer();
        bench.Live(7000);
        bench.Server.ChunkStatus = 200;
        for (int i = 0; i < 5; i++)
        {
            Inject(bench, true);
            LiveToTheNextChunks(bench);
            Inject(bench, false);
            LiveToTheNextChunks(bench);
            Assert.AreEqual("offered", bench.StateText, i.ToString());
        }

        bench.Live(900000);
        bench.SendReading();
        Assert.AreEqual("confirmed", bench.StateText);
    }

    /// <summary>Nor does what is no HTTP, however often.</summary>
    [TestMethod]
    public void GarbageFailsNoUpdate()
    {
        OtaBench bench = UpdateWithKey();
        bench.Box.Server.MacKey = MacFake.Key(3);
        bench.Offer();
        bench.FetchOne();
        bench.Server.ChunkStatus = 200;
        bench.Server.IsGarbled = true;
        for (int i = 0; i < 2 * Downloader.MaxBadAnswers; i++)
        {
            bench.Live(300000);
        }

        Assert.AreEqual("downloading:1/3", bench.StateText);
        bench.Server.IsGarbled = false;
        bench.Live(3700000);
        bench.SendReading();
        Assert.AreEqual("confirmed", bench.StateText);
    }

    /// <summary>The yes that a trial waits for is the backend's.</summary>
    [TestMethod]
    public void ATrialNeedsAProvedReading()
    {
        OtaBench bench = UpdateWithKey();
        bench.Box.Server.MacKey = MacFake.Key(3);
        bench.LiveToTrial();
        bench.Box.Server.Line = "strip";
        bench.SendReading();
        Assert.AreEqual(OtaState.Trial, bench.Updater.State);
        Assert.IsTrue(bench.Box.Box.UplinkState.AcceptedReadings > 0);
        bench.Box.Server.Line = null;
        bench.SendReading();
        Assert.AreEqual("confirmed", bench.StateText);
    }

    /// <summary>The end of an update is told until the backend has proved that it heard, or thirteen times.</summary>
    [TestMethod]
    public void AReportIsRepeatedUntilItIsProved()
    {
        OtaBench bench = UpdateWithKey();
        bench.Box.Server.MacKey = MacFake.Key(3);
        bench.OfferRefused();
        bench.Box.Server.Line = "end";
        bench.Live(15000);
        Assert.IsTrue(bench.Server.Log.StartsWith("KME"), bench.Server.Log);
        Assert.IsTrue(bench.Updater.HasReport);
        bench.Live(20000);
        Assert.IsTrue(bench.Updater.HasReport);
        bench.Box.Server.Line = null;
        bench.Live(60000);
        Assert.IsFalse(bench.Updater.HasReport);
    }

    private static void Inject(OtaBench bench, bool isOn)
    {
        bench.Server.IsInjecting = isOn;
        bench.Box.Server.Line = isOn ? "strip" : null;
    }

    private static void LiveToTheNextChunks(OtaBench bench)
    {
        int before = bench.Server.Log.Length;
        for (int i = 0; i < 4000 && bench.Server.Log.Length == before; i++)
        {
            bench.Live(1000);
        }

        Assert.AreEqual(before + 1, bench.Server.Log.Length);
    }

    private static BoxBench WithKey()
    {
        var bench = new BoxBench { HasCrypto = true };
        bench.Store.Set(BoxIdentity.MacKeyKey, MacFake.Key(3), AnswerMac.KeySize);
        return bench;
    }

    private static OtaBench UpdateWithKey()
    {
        var bench = new OtaBench();
        bench.Box.Store.Set(BoxIdentity.MacKeyKey, MacFake.Key(3), AnswerMac.KeySize);
        return bench;
    }

    private static void ObeyedNothing(BoxBench bench)
    {
        Assert.IsFalse(bench.Box.Clock.IsSet);
        Assert.AreEqual(0, bench.Box.Config.Version);
        Assert.AreEqual(300000, bench.Box.Config.ReportIntervalMs);
        Assert.AreEqual(0, bench.Box.Commands.Count);
        Assert.IsTrue(bench.Box.Health.Value(Health.AnswersNotAuthentic) > 0);
        Assert.IsTrue(bench.Server.Log.IndexOf("C") < 0, bench.Server.Log);
    }
}
