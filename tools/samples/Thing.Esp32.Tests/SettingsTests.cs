using JamBox.Things.Settings;
using nanoFramework.TestFramework;

namespace JamBox.Things.Tests;

/// <summary>Tests of <see cref="ThingSettings"/> and <see cref="Provisioning"/>.</summary>
[TestClass]
public class SettingsTests
{
    private const string Pem = "-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n";

    /// <summary>A thing is set up over the serial port, and its secrets do not come out again.</summary>
    [TestMethod]
    public void IsSetUpBySerial()
    {
        var serial = new FakeSerial();
        var settings = new ThingSettings(new FakeStore());
        var provisioning = new Provisioning(serial, settings);
        Type(provisioning, serial, "set id clock-1\r\nset token T0PSECRET\nset server https://count.example.org\n");
        Type(provisioning, serial, "wifi \"my shop\" \"pass word 1\"\nwifi open\n");
        Assert.AreEqual("ok\nok\nok\nok\nok\n", serial.Shown);
        Assert.IsTrue(settings.IsComplete);
        Assert.IsTrue(settings.IsSecure);
        Assert.AreEqual(443, settings.Port);
        Assert.AreEqual("my shop", settings.NetworkName(0));
        Assert.AreEqual("pass word 1", settings.NetworkPassword(0));
        Assert.AreEqual("", settings.NetworkPassword(1));
        serial.Shown = "";
        Type(provisioning, serial, "show\nhelp\n");
        Assert.IsTrue(serial.Shown.IndexOf("token set") >= 0, serial.Shown);
        Assert.IsTrue(serial.Shown.IndexOf("T0PSECRET") < 0 && serial.Shown.IndexOf("pass word 1") < 0, serial.Shown);
        Assert.IsFalse(provisioning.WantsRestart);
        Type(provisioning, serial, "restart\n");
        Assert.IsTrue(provisioning.WantsRestart);
    }

    /// <summary>Bad input gets an error that names the rule, and changes nothing.</summary>
    [TestMethod]
    public void BadInputIsRefused()
    {
        string[] lines =
        {
            "nonsense", "set", "set id", "set id a/b", "set token \"a b\"", "set server ftp://x", "set server http://x:0",
            "set server http://x:99999",
            "set server http://a b", "set transport smtp", "set mqtt-port -1", "set environment device", "set pin 12", "set colour red",
            "wifi", "forget",
            "set transport", "wifi home short", "wifi \"home", "forget home", "a b c d", "set setup-password 1234567",
        };
        foreach (string line in lines)
        {
            var serial = new FakeSerial();
            var settings = new ThingSettings(new FakeStore());
            Type(new Provisioning(serial, settings), serial, line + "\n");
            Assert.IsTrue(serial.Shown.StartsWith("error: "), line + " -> " + serial.Shown);
            Assert.IsNull(settings.NetworkName(0), line);
            Assert.IsNull(settings.Host, line);
        }
    }

    /// <summary>A line that is too long is one error, and the next line counts again.</summary>
    [TestMethod]
    public void LongLinesAreRefused()
    {
        var serial = new FakeSerial();
        var settings = new ThingSettings(new FakeStore());
        string line = "set id ";
        while (line.Length <= Provisioning.MaxLineBytes)
        {
            line += "xxxxxxxxxxxxxxxx";
        }

        Type(new Provisioning(serial, settings), serial, line + "\nset id ok\n");
        Assert.AreEqual("error: a line has at most 256 bytes\nok\n", serial.Shown);
        Assert.AreEqual("ok", settings.DeviceId);
    }

    /// <summary>The newest networks are remembered, each once.</summary>
    [TestMethod]
    public void NetworksAreBounded()
    {
        var settings = new ThingSettings(new FakeStore());
        for (int i = 0; i < ThingSettings.MaxNetworks + 1; i++)
        {
            Assert.IsNull(settings.Remember("n" + i, "password" + i));
        }

        Assert.AreEqual("n1", settings.NetworkName(0));
        Assert.AreEqual("password4", settings.NetworkPassword(3));
        settings.Remember("n2", "");
        Assert.AreEqual("", settings.NetworkPassword(1));
        Assert.AreEqual("n4", settings.NetworkName(3));
        Assert.IsTrue(settings.Forget("n1"));
        Assert.AreEqual("n2", settings.NetworkName(0));
        Assert.IsNull(settings.NetworkName(3));
    }

    /// <summary>Without a root certificate, or with another one than the pinned, there is nothing to trust.</summary>
    [TestMethod]
    public void OnlyThePinnedRootIsTrusted()
    {
        var serial = new FakeSerial();
        var settings = new ThingSettings(new FakeStore());
        var provisioning = new Provisioning(serial, settings);
        Type(provisioning, serial, "set server https://x\n");
        Assert.AreEqual("", settings.Trusted);
        Type(provisioning, serial, "root\n" + Pem);
        Assert.AreEqual(Pem, settings.Trusted);
        Type(provisioning, serial, "set pin BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD\n");
        Assert.AreEqual(Pem, settings.Trusted);
        Type(provisioning, serial, "set pin 0000000000000000000000000000000000000000000000000000000000000000\n");
        Assert.AreEqual("", settings.Trusted);
        Assert.AreEqual("ok\nok\nok\nok\nok\n", serial.Shown);
        Assert.IsNotNull(settings.ChangeRoot("no certificate"));
        Type(provisioning, serial, "set server http://x\n");
        Assert.IsNull(settings.Trusted);
    }

    /// <summary>A store that refuses is said.</summary>
    [TestMethod]
    public void ABrokenStoreIsSaid()
    {
        var settings = new ThingSettings(new FakeStore { IsBroken = true });
        Assert.AreEqual("the store refused", settings.Change("id", "x"));
        Assert.AreEqual("the store refused", settings.Remember("x", ""));
    }

    /// <summary>1,000 damaged lines (seed 5): every one is answered, none throws.</summary>
    [TestMethod]
    public void DamagedLinesAreSurvived()
    {
        uint random = 5;
        string[] lines =
        {
            "set server https://a.example:8443", "wifi \"a b\" \"c d e f g\"", "set token abc", "forget x", "show", "root none",
        };
        var serial = new FakeSerial();
        var provisioning = new Provisioning(serial, new ThingSettings(new FakeStore()));
        for (int i = 0; i < 1000; i++)
        {
            Type(provisioning, serial, Noise.Mutate(lines[i % lines.Length], ref random) + "\n");
            serial.Shown = "";
        }

        Type(provisioning, serial, "-----END CERTIFICATE-----\n");
        serial.Shown = "";
        Type(provisioning, serial, "nonsense\n");
        Assert.IsTrue(serial.Shown.StartsWith("error: "), serial.Shown);
    }

    private static void Type(Provisioning provisioning, FakeSerial serial, string text)
    {
        serial.Type(text);
        for (int i = 0; i <= text.Length / 64; i++)
        {
            provisioning.Step();
        }
    }
}
