using JamBox.App;
using JamBox.Ports;
using nanoFramework.TestFramework;

namespace JamBox.Tests.App;

/// <summary>Tests of <see cref="BoxIdentity"/>: what cannot be used is refused when it is read, and named.</summary>
[TestClass]
public class BoxIdentityTests
{
    /// <summary>Every value at its longest, one byte longer, with what would end it early, and missing.</summary>
    [TestMethod]
    public void NamesWhatIsWrong()
    {
        Check(BoxIdentity.DeviceIdKey, BoxIdentity.MaxDeviceIdBytes, "'device_id' is missing");
        Check(BoxIdentity.TokenKey, BoxIdentity.MaxTokenBytes, "'token' is missing");
        Check(BoxIdentity.HostKey, ModemLimits.MaxHostBytes, "'host' is missing");
        Check(BoxIdentity.ApnKey, ModemLimits.MaxApnBytes, null);
    }

    /// <summary>A port that is none is no reason to talk to another one.</summary>
    [TestMethod]
    public void RefusesPorts()
    {
        string[] bad = ["0", "-1", "65536", "8080x", "x", "99999999999", "80 80"];
        for (int i = 0; i < bad.Length; i++)
        {
            Assert.AreEqual("'port' is no number from 1 to 65535", With(BoxIdentity.PortKey, bad[i]).Problem, bad[i]);
        }

        Assert.AreEqual(65535, With(BoxIdentity.PortKey, "65535").Port);
        Assert.AreEqual(1, With(BoxIdentity.PortKey, "1").Port);
        Assert.IsNull(With(BoxIdentity.PortKey, "1").Problem);
        Assert.AreEqual(5000, With(BoxIdentity.PortKey, string.Empty).Port);
    }

    /// <summary>A box whose host is too long says so at once, and troubles no modem; the longest host that is taken is opened.</summary>
    [TestMethod]
    public void AHostThatIsTooLong()
    {
        var bench = new BoxBench();
        bench.Store.Set(BoxIdentity.HostKey, Repeated('h', 101));
        bench.Boot();
        bench.Run(5000);
        Assert.IsTrue(bench.Board.HasLogged("not provisioned: 'host' is longer than 100 bytes"));
        Assert.IsTrue(bench.Box.Led.State == LedState.Fatal);
        Assert.AreEqual(0, bench.Modem.Opens);
        bench.Store.Set(BoxIdentity.HostKey, Repeated('h', 100));
        bench.Boot();
        bench.Run(5000);
        Assert.AreEqual("H", bench.Server.Log);
    }

    /// <summary>With everything at its longest the longest request fits: nothing is refused by its own buffer.</summary>
    [TestMethod]
    public void TheLongestIdentityFits()
    {
        var bench = new BoxBench { Scanner = new FakeScanner { Finds = 10 } };
        bench.Store.Set(BoxIdentity.DeviceIdKey, Repeated('d', BoxIdentity.MaxDeviceIdBytes));
        bench.Store.Set(BoxIdentity.TokenKey, Repeated('t', BoxIdentity.MaxTokenBytes));
        bench.Store.Set(BoxIdentity.HostKey, Repeated('h', ModemLimits.MaxHostBytes));
        bench.Store.Set(BoxIdentity.PortKey, "65535");
        bench.Server.Extra = "\"config_version\":4";
        bench.Boot();
        bench.Run(30000);
        Assert.IsTrue(bench.Server.LastHead.Length <= Box.MaxHeadBytes);
        Assert.Contains("G", bench.Server.Log);
        Assert.Contains("C", bench.Server.Log);
    }

    private static void Check(string key, int maxBytes, string missing)
    {
        Assert.IsNull(With(key, Repeated('a', maxBytes)).Problem, key);
        Assert.AreEqual("'" + key + "' is longer than " + maxBytes.ToString() + " bytes", With(key, Repeated('a', maxBytes + 1)).Problem);
        Assert.IsTrue(With(key, string.Empty).Problem == missing, key);
        string[] bad = ["a b", "a\"b", "a\r\nb", "a\\b", "\u0001", "\u00e9"];
        for (int i = 0; i < bad.Length; i++)
        {
            Assert.AreEqual("'" + key + "' has a character that cannot be sent", With(key, bad[i]).Problem);
        }
    }

    private static BoxIdentity With(string key, string value)
    {
        var store = new FakeStore();
        store.Set(BoxIdentity.DeviceIdKey, "JBNB0001");
        store.Set(BoxIdentity.TokenKey, "s3cret");
        store.Set(BoxIdentity.HostKey, "10.0.0.1");
        store.Set(key, value);
        return new BoxIdentity(store);
    }

    private static string Repeated(char value, int count)
    {
        return new string(value, count);
    }
}
