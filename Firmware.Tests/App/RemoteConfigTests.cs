using JamBox.App;
using JamBox.Counting;
using JamBox.Storage;
using JamBox.Text;
using nanoFramework.TestFramework;

namespace JamBox.Tests.App;

/// <summary>
/// Tests of the configuration from afar: <see cref="ConfigReader"/>, <see cref="ConfigStore"/> and <see cref="RemoteConfig"/>.
/// </summary>
[TestClass]
public class RemoteConfigTests
{
    private const int MinuteMs = 60000;

    // As the predecessor's backend writes it, keys in alphabetical order.
    private const string Valid =
        "{\"config_version\":4,\"dwell_long_threshold\":12,\"dwell_medium_threshold\":6,\"dwell_short_threshold\":2,"
        + "\"geolocation_on_boot\":false,\"heartbeat_interval_ms\":3600000,\"report_interval_ms\":60000,\"rssi_far_threshold\":-85,"
        + "\"rssi_immediate_threshold\":-45,\"rssi_near_threshold\":-60,\"updated_at\":\"2026-01-29T10:00:00.123456+00:00\",\"wifi_channels\":[1, 13,6]}\n";

    /// <summary>A version that differs is fetched once, in force at once, reported, and kept over a reboot.</summary>
    [TestMethod]
    public void FetchesAppliesAndKeeps()
    {
        var bench = new BoxBench();
        bench.Server.Extra = "\"config_version\":4";
        bench.Server.Config = Valid;
        bench.Boot();
        bench.Run(5000);
        Assert.AreEqual("HC", bench.Server.Log);
        Assert.StartsWith("GET /api/config/JBNB0001?d=JBNB0001 HTTP/1.1\r\n", bench.Server.LastHead);
        CheckValid(bench.Box.Config);
        bench.Skip(2 * MinuteMs);
        Assert.AreEqual("HCRR", bench.Server.Log, "not fetched again; a reading a minute");
        Assert.AreEqual(4, bench.Field("cv"));
        bench.Server.Log = string.Empty;
        bench.Boot();
        CheckValid(bench.Box.Config);
        bench.Run(5000);
        Assert.AreEqual("H", bench.Server.Log);
        Assert.Contains("\"cv\":4,", bench.Server.LastHeartbeat);
        // An older one is another one, too: the operator restored the backend.
        bench.Server.Extra = "\"config_version\":3";
        bench.Server.Config = With("\"config_version\":4", "\"config_version\":3");
        bench.Skip(MinuteMs);
        Assert.AreEqual(3, bench.Box.Config.Version);
    }

    /// <summary>New thresholds hold for the minute that is open.</summary>
    [TestMethod]
    public void ThresholdsHoldAtOnce()
    {
        BoxBench bench = BoxBench.Running();
        bench.Radio.HearProbe(1, bench.Clock.UptimeMs);
        bench.Box.RunOnce();
        bench.Server.Extra = "\"config_version\":4";
        // The fake phone is heard with -60 dBm: near with the defaults, far when near ends at -55.
        bench.Server.Config = With("\"rssi_near_threshold\":-60", "\"rssi_near_threshold\":-55");
        bench.Box.Recorder.CloseNow(bench.Clock.UptimeMs);
        bench.Run(2000);
        Assert.AreEqual(4, bench.Box.Config.Version);
        bench.Skip(MinuteMs);
        Assert.AreEqual(1, bench.Field("u"));
        Assert.AreEqual(0, bench.Field("rssi_near"));
        Assert.AreEqual(1, bench.Field("rssi_far"));
    }

    /// <summary>One field out of range, and the box keeps what it has, names the field, and does not ask with every reading.</summary>
    [TestMethod]
    public void RefusesAsAWhole()
    {
        BoxBench bench = BoxBench.Running();
        bench.Server.Extra = "\"config_version\":4";
        bench.Server.Config = With("\"report_interval_ms\":60000", "\"report_interval_ms\":90000");
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual("HRC", bench.Server.Log);
        Assert.IsTrue(bench.Board.HasLogged("the configuration is refused for report_interval_ms"));
        Assert.AreEqual(0, bench.Box.Config.Version);
        Assert.AreEqual(300000, bench.Box.Config.ReportIntervalMs);
        Assert.AreEqual(-50, bench.Box.Config.Thresholds.ImmediateDbm);
        Assert.IsNull(bench.Store.Value(ConfigStore.Key));
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual("HRCR", bench.Server.Log);
        bench.Server.Extra = "\"config_version\":5";
        bench.Server.Config = With("\"config_version\":4", "\"config_version\":5");
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual("HRCRRC", bench.Server.Log);
        Assert.AreEqual(5, bench.Box.Config.Version);
    }

    /// <summary>A backend that does not hand it out holds no reading; it is asked again after pauses.</summary>
    [TestMethod]
    public void AFailedFetchHoldsNoReading()
    {
        BoxBench bench = BoxBench.Running();
        bench.Server.Extra = "\"config_version\":4";
        bench.Server.Config = Valid;
        bench.Server.ConfigStatus = 500;
        bench.Skip(5 * MinuteMs);
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual("1,2,", bench.Server.Numbers);
        bench.Server.ConfigStatus = 200;
        bench.Skip(5 * MinuteMs);
        Assert.AreEqual(4, bench.Box.Config.Version);
    }

    /// <summary>Every field, at and beyond its limits.</summary>
    [TestMethod]
    public void ChecksEveryField()
    {
        Read("\"config_version\":4", "\"config_version\":-1", "config_version");
        Read("\"config_version\":4", "\"config_version\":\"4\"", "config_version");
        Read("\"config_version\":4,", string.Empty, "config_version");
        Read("\"report_interval_ms\":60000", "\"report_interval_ms\":3600000", null);
        Read("\"report_interval_ms\":60000", "\"report_interval_ms\":3660000", "report_interval_ms");
        Read("\"report_interval_ms\":60000", "\"report_interval_ms\":0", "report_interval_ms");
        Read("\"report_interval_ms\":60000", "\"report_interval_ms\":61000", "report_interval_ms");
        Read("\"report_interval_ms\":60000", "\"report_interval_ms\":1e5", "report_interval_ms");
        Read("\"heartbeat_interval_ms\":3600000", "\"heartbeat_interval_ms\":604800000", null);
        Read("\"heartbeat_interval_ms\":3600000", "\"heartbeat_interval_ms\":3599999", "heartbeat_interval_ms");
        Read("\"heartbeat_interval_ms\":3600000", "\"heartbeat_interval_ms\":604800001", "heartbeat_interval_ms");
        Read("\"heartbeat_interval_ms\":3600000", "\"heartbeat_interval_ms\":4294967297000", "heartbeat_interval_ms");
        Read("\"heartbeat_interval_ms\":3600000,", string.Empty, null);
        Read("\"geolocation_on_boot\":false", "\"geolocation_on_boot\":1", "geolocation_on_boot");
        Read("\"rssi_immediate_threshold\":-45", "\"rssi_immediate_threshold\":-29", "rssi_immediate_threshold");
        Read("\"rssi_immediate_threshold\":-45", "\"rssi_immediate_threshold\":-61", "rssi_immediate_threshold");
        Read("\"rssi_immediate_threshold\":-45", "\"rssi_immediate_threshold\":-60", "rssi_near_threshold");
        Read("\"rssi_near_threshold\":-60", "\"rssi_near_threshold\":-49", "rssi_near_threshold");
        Read("\"rssi_near_threshold\":-60", "\"rssi_near_threshold\":-76", "rssi_near_threshold");
        Read("\"rssi_far_threshold\":-85", "\"rssi_far_threshold\":-91", "rssi_far_threshold");
        Read("\"rssi_far_threshold\":-85", "\"rssi_far_threshold\":-64", "rssi_far_threshold");
        Read("\"rssi_far_threshold\":-85", "\"rssi_far_threshold\":null", "rssi_far_threshold");
        Read("\"dwell_short_threshold\":2", "\"dwell_short_threshold\":0", "dwell_short_threshold");
        Read("\"dwell_short_threshold\":2", "\"dwell_short_threshold\":6", "dwell_short_threshold");
        Read("\"dwell_medium_threshold\":6", "\"dwell_medium_threshold\":2", "dwell_medium_threshold");
        Read("\"dwell_medium_threshold\":6", "\"dwell_medium_threshold\":16", "dwell_medium_threshold");
        Read("\"dwell_long_threshold\":12", "\"dwell_long_threshold\":6", "dwell_long_threshold");
        Read("\"dwell_long_threshold\":12", "\"dwell_long_threshold\":31", "dwell_long_threshold");
    }

    /// <summary>Of two fields that are wrong the first is named, in the order in which they are read, whichever two they are.</summary>
    [TestMethod]
    public void NamesTheFirstOfTwo()
    {
        // Of the wrong type, in the order in which they are read.
        string[] names =
        [
            "config_version", "report_interval_ms", "rssi_immediate_threshold", "rssi_near_threshold", "rssi_far_threshold",
            "dwell_short_threshold", "dwell_medium_threshold", "dwell_long_threshold", "heartbeat_interval_ms", "geolocation_on_boot", "wifi_channels",
        ];
        for (int i = 0; i < names.Length; i++)
        {
            for (int j = i + 1; j < names.Length; j++)
            {
                byte[] body = Ascii.Bytes(Spoil(Spoil(Valid, names[i]), names[j]));
                Assert.AreEqual(names[i], new ConfigReader(new JsonScanner()).Read(body, body.Length, new BoxConfig()), names[j]);
            }
        }
    }

    /// <summary>A version that is announced and not served: one fetch until the next heartbeat, and not one write to flash.</summary>
    [TestMethod]
    public void AnAnnouncedVersionThatIsNotServed()
    {
        var bench = new BoxBench();
        bench.Server.Extra = "\"config_version\":5";
        bench.Server.Config = Valid;
        bench.Boot();
        bench.Run(5000);
        Assert.AreEqual(4, bench.Box.Config.Version);
        Assert.AreEqual("HC", bench.Server.Log);
        int writes = bench.Store.Writes;
        int minutes = Effort.Rounds(30, 6);
        for (int i = 0; i < minutes; i++)
        {
            bench.Skip(MinuteMs);
        }

        Assert.IsTrue(bench.Server.Log.LastIndexOf("C") == 1, bench.Server.Log);
        bench.Skip(60 * MinuteMs);
        Assert.AreEqual("HC", bench.Server.Log.Substring(bench.Server.Log.LastIndexOf("H"), 2), "once a heartbeat");
        Assert.AreEqual(writes, bench.Store.Writes);
        // It comes later, and is announced anew: taken as soon as there is a heartbeat.
        bench.Server.Config = With("\"config_version\":4", "\"config_version\":5");
        bench.Skip(60 * MinuteMs);
        Assert.AreEqual(5, bench.Box.Config.Version);
    }

    /// <summary>Two replicas that disagree: each answer brings a change, but flash is not written for ever.</summary>
    [TestMethod]
    public void ABackendThatChangesItsMind()
    {
        var bench = new BoxBench();
        bench.Server.Config = Valid;
        bench.Boot();
        bench.Run(5000);
        int writes = bench.Store.Writes;
        int changes = Effort.Rounds(50, 24);
        for (int i = 0; i < changes; i++)
        {
            string version = "\"config_version\":" + (4 + (i % 2)).ToString();
            bench.Server.Extra = version;
            bench.Server.Config = With("\"config_version\":4", version);
            bench.Box.Recorder.CloseNow(bench.Clock.UptimeMs);
            bench.Run(2000);
        }

        Assert.IsTrue(bench.Store.Writes - writes <= 12, (bench.Store.Writes - writes).ToString());
        Assert.IsTrue(bench.Store.Writes - writes >= 10);
    }

    /// <summary>Lists of channels.</summary>
    [TestMethod]
    public void ChecksChannels()
    {
        string[] good = ["[1]", "[ 13 ]", "[1,2,3,4,5,6,7,8,9,10,11,12,13]", "[6,6]"];
        string[] bad =
            ["[]", "[0]", "[14]", "[1,2,3,4,5,6,7,8,9,10,11,12,13,1]", "[1,]", "[,1]", "[1 6]", "[-1]", "[1.5]", "[\"1\"]", "[[1]]",
                "\"1,6,11\"", "1", "null", "{}", "[1,6,11,                                                                1]"];
        for (int i = 0; i < good.Length; i++)
        {
            Read("[1, 13,6]", good[i], null);
        }

        for (int i = 0; i < bad.Length; i++)
        {
            Read("[1, 13,6]", bad[i], "wifi_channels");
        }
    }

    /// <summary>An answer that was cut off anywhere is refused, also where all values that are needed are there.</summary>
    [TestMethod]
    public void RefusesACutAnswer()
    {
        byte[] body = Ascii.Bytes(Valid);
        var reader = new ConfigReader(new JsonScanner());
        int whole = body.Length - 1;
        for (int length = 0; length < whole; length += length < whole - 30 ? 23 : 1)
        {
            Assert.IsNotNull(reader.Read(body, length, new BoxConfig()), length.ToString());
        }

        Assert.IsNull(reader.Read(body, whole, new BoxConfig()));
    }

    /// <summary>A stored record with bytes or bits changed is the configuration as it was stored, or none: never a mixture.</summary>
    [TestMethod]
    public void AStoredRecordIsWholeOrNone()
    {
        var store = new FakeStore();
        var configs = new ConfigStore(store);
        var config = new BoxConfig();
        byte[] body = Ascii.Bytes(Valid);
        Assert.IsNull(new ConfigReader(new JsonScanner()).Read(body, body.Length, config));
        Assert.IsTrue(configs.Save(config));
        byte[] record = store.Value(ConfigStore.Key);
        var original = new byte[record.Length];
        System.Array.Copy(record, original, original.Length);
        const uint Seed = 20260129;
        uint random = Seed;
        for (int round = 0; round < 150; round++)
        {
            System.Array.Copy(original, record, original.Length);
            int changes = 1 + (round % 4);
            for (int i = 0; i < changes; i++)
            {
                random = (random * 1664525) + 1013904223;
                record[(int)((random >> 8) % (uint)record.Length)] ^= (byte)((random >> 24) | 1);
            }

            var loaded = new BoxConfig();
            bool isThere = configs.Load(loaded);
            string where = "seed " + Seed.ToString() + ", round " + round.ToString();
            Assert.IsFalse(isThere && !IsSame(record, original), where);
            Assert.AreEqual(isThere ? 4 : 0, loaded.Version, where);
            Assert.AreEqual(isThere ? -45 : -50, loaded.Thresholds.ImmediateDbm, where);
            Assert.IsTrue(isThere || configs.IsDamaged, where);
        }

        System.Array.Copy(original, record, original.Length);
        var again = new BoxConfig();
        Assert.IsTrue(configs.Load(again));
        CheckValid(again);
    }

    /// <summary>What another firmware stored and this one would refuse, a record too short, and one of another layout: defaults.</summary>
    [TestMethod]
    public void RefusesStoredValuesOutOfRange()
    {
        var store = new FakeStore();
        var configs = new ConfigStore(store);
        var config = new BoxConfig { ReportIntervalMs = 90000 };
        configs.Save(config);
        var loaded = new BoxConfig();
        Assert.IsFalse(configs.Load(loaded));
        Assert.IsTrue(configs.IsDamaged);
        Assert.AreEqual(300000, loaded.ReportIntervalMs);
        store.Set(ConfigStore.Key, "short");
        Assert.IsFalse(configs.Load(loaded));
        Assert.IsTrue(configs.IsDamaged);
        store.Set(ConfigStore.Key, string.Empty);
        Assert.IsFalse(configs.Load(loaded));
        Assert.IsFalse(configs.IsDamaged, "never set");
        var bench = new BoxBench();
        bench.Store.Set(ConfigStore.Key, "damaged");
        bench.Boot();
        Assert.IsTrue(bench.Board.HasLogged("configuration is damaged"));
        Assert.AreEqual(0, bench.Box.Config.Version);
    }

    /// <summary>When the store refuses, the configuration is in force until the next boot, which fetches it again.</summary>
    [TestMethod]
    public void AStoreThatRefuses()
    {
        BoxBench bench = BoxBench.Running();
        bench.Store.Refuses = true;
        bench.Server.Extra = "\"config_version\":4";
        bench.Server.Config = Valid;
        bench.Skip(5 * MinuteMs);
        CheckValid(bench.Box.Config);
        Assert.IsTrue(bench.Box.Health.Value(Health.StoreRefusals) > 0, "the backend will hear of it");
        bench.Server.Log = string.Empty;
        bench.Boot();
        bench.Run(5000);
        Assert.AreEqual("HC", bench.Server.Log);
    }

    private static void Read(string old, string text, string expected)
    {
        byte[] body = Ascii.Bytes(With(old, text));
        string invalid = new ConfigReader(new JsonScanner()).Read(body, body.Length, new BoxConfig());
        Assert.IsTrue(invalid == expected, text + ": " + invalid);
    }

    /// <summary>Makes a field's value one that nobody can read.</summary>
    private static string Spoil(string body, string name)
    {
        int at = body.IndexOf("\"" + name + "\":") + name.Length + 3;
        return body.Substring(0, at) + "\"x\",\"_" + name + "\":" + body.Substring(at);
    }

    private static string With(string old, string text)
    {
        int at = Valid.IndexOf(old);
        Assert.IsTrue(at > 0, old);
        return Valid.Substring(0, at) + text + Valid.Substring(at + old.Length);
    }

    private static bool IsSame(byte[] a, byte[] b)
    {
        for (int i = 0; i < a.Length; i++)
        {
            if (a[i] != b[i])
            {
                return false;
            }
        }

        return true;
    }

    private static void CheckValid(BoxConfig config)
    {
        Assert.AreEqual(4, config.Version);
        Assert.AreEqual(60000, config.ReportIntervalMs);
        Assert.AreEqual(3600000, config.HeartbeatIntervalMs);
        Assert.IsFalse(config.GeolocationOnBoot);
        Assert.AreEqual(3, config.WifiChannels.Length);
        Assert.AreEqual(13, (int)config.WifiChannels[1]);
        Assert.AreEqual(-45, config.Thresholds.ImmediateDbm);
        Assert.AreEqual(-60, config.Thresholds.NearDbm);
        Assert.AreEqual(-85, config.Thresholds.FarDbm);
        Assert.AreEqual(2, config.Thresholds.ShortMinutes);
        Assert.AreEqual(6, config.Thresholds.MediumMinutes);
        Assert.AreEqual(12, config.Thresholds.LongMinutes);
    }
}
