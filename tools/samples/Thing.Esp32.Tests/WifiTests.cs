using JamBox.Things.Ports;
using JamBox.Things.Settings;
using JamBox.Things.Text;
using JamBox.Things.Wifi;
using nanoFramework.TestFramework;

namespace JamBox.Things.Tests;

/// <summary>Tests of <see cref="WifiKeeper"/> and <see cref="SetupPage"/>.</summary>
[TestClass]
public class WifiTests
{
    /// <summary>Networks are tried in turn, with pauses between rounds; the access point opens, and closes when one is there.</summary>
    [TestMethod]
    public void NetworksAreTriedInTurn()
    {
        var wifi = new FakeWifi { There = "nowhere" };
        var point = new FakeAccessPoint();
        var settings = Settings();
        settings.Remember("shop", "password1");
        settings.Remember("cafe", "");
        var keeper = new WifiKeeper(wifi, point, settings, 1);
        long now = 0;
        for (; now < WifiKeeper.SetupAfterMs; now += 50)
        {
            Assert.IsFalse(keeper.Step(now));
        }

        Assert.IsTrue(wifi.Tried.StartsWith("shop cafe shop cafe "), wifi.Tried);
        Assert.IsTrue(wifi.Tried.Length < 20 * 10, wifi.Tried);
        Assert.IsFalse(point.IsOpen);
        keeper.Step(now);
        Assert.IsTrue(point.IsOpen && keeper.IsInSetup);
        wifi.There = "cafe";
        for (long end = now + 400000; now < end; now += 50)
        {
            keeper.Step(now);
        }

        Assert.IsTrue(keeper.Step(now));
        Assert.AreEqual("cafe", keeper.Ssid);
        Assert.IsFalse(point.IsOpen);
        wifi.State = WifiState.Failed;
        keeper.Step(now);
        keeper.Step(now);
        Assert.IsTrue(keeper.Step(now), "the one that was there is tried first");
        Assert.AreEqual(2, keeper.Connections);
    }

    /// <summary>A thing that knows no network opens its access point at once.</summary>
    [TestMethod]
    public void ANewThingWaitsToBeSetUp()
    {
        var point = new FakeAccessPoint();
        var keeper = new WifiKeeper(new FakeWifi(), point, Settings(), 1);
        keeper.Step(50);
        Assert.IsTrue(point.IsOpen);
        Assert.AreEqual("thing-new", point.Name);
    }

    /// <summary>The form is stored; the page shows no secret.</summary>
    [TestMethod]
    public void TheFormIsStored()
    {
        ThingSettings settings = Settings();
        var page = new SetupPage(settings, new FakeClock(), "abcd");
        string form = "word=abcd&ssid=my+caf%26&password=p%20%22ssword&server=http%3A%2F%2Fx%3A81&id=lamp-1&token=T0P";
        string shown = Ask(page, "POST /save HTTP/1.1\r\nHost: x\r\nContent-Length: " + form.Length + "\r\n\r\n" + form);
        Assert.IsTrue(shown.StartsWith("HTTP/1.1 200 "), shown);
        Assert.IsTrue(page.IsStored);
        Assert.AreEqual("my caf&", settings.NetworkName(0));
        Assert.AreEqual("p \"ssword", settings.NetworkPassword(0));
        Assert.AreEqual(81, settings.Port);
        Assert.AreEqual("lamp-1", settings.DeviceId);
        shown = Ask(page, "GET / HTTP/1.1\r\nHost: x\r\n\r\n");
        Assert.IsTrue(shown.IndexOf("lamp-1") > 0, shown);
        Assert.IsTrue(shown.IndexOf("T0P") < 0 && shown.IndexOf("ssword&quot;") < 0 && shown.IndexOf("p &quot;") < 0, shown);
    }

    /// <summary>Forms of other pages, bad values, markup, requests that are none.</summary>
    [TestMethod]
    public void HostileInputIsRefused()
    {
        ThingSettings settings = Settings();
        var page = new SetupPage(settings, new FakeClock(), "abcd");
        Assert.IsTrue(Ask(page, Post("ssid=evil&password=password1")).StartsWith("HTTP/1.1 403 "));
        Assert.IsTrue(Ask(page, Post("word=abce&ssid=evil&password=password1")).StartsWith("HTTP/1.1 403 "));
        string shown = Ask(page, Post("word=abcd&ssid=x&id=%3Cscript%3E"));
        Assert.IsTrue(shown.StartsWith("HTTP/1.1 400 ") && shown.IndexOf("<script") < 0, shown);
        Assert.IsTrue(Ask(page, "GET /etc/passwd HTTP/1.1\r\n\r\n").StartsWith("HTTP/1.1 404 "));
        Assert.IsFalse(page.IsStored);
        Assert.AreEqual("x", settings.NetworkName(0));
        Assert.IsTrue(Noise.TextOf(page.Answer(new byte[0], -1).Buffer, 12) == "HTTP/1.1 413");
        Assert.AreEqual("?", SetupPage.Field(Noise.BytesOf("a=%0A"), 0, 5, "a"));
        Assert.AreEqual("?1", SetupPage.Field(Noise.BytesOf("a=%1"), 0, 4, "a"));
        Assert.AreEqual("", SetupPage.Field(Noise.BytesOf("aa=1"), 0, 4, "a"));
    }

    /// <summary>A browser that is slow or sends too much is let go.</summary>
    [TestMethod]
    public void ASlowBrowserIsLetGo()
    {
        var clock = new FakeClock();
        var page = new SetupPage(Settings(), clock, "abcd");
        var browser = new FakeConnection(clock, null, "GET / HT") { PieceBytes = 1 };
        long began = clock.UptimeMs;
        page.Serve(browser);
        Assert.IsTrue(browser.IsClosed);
        Assert.AreEqual("", browser.Sent);
        Assert.IsTrue(clock.UptimeMs - began <= SetupPage.MaxRequestMs + 100);
        string large = "POST /save HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n";
        while (large.Length <= SetupPage.MaxRequestBytes)
        {
            large += large;
        }

        browser = new FakeConnection(clock, null, large);
        page.Serve(browser);
        Assert.IsTrue(browser.Sent.StartsWith("HTTP/1.1 413 "), browser.Sent);
    }

    /// <summary>1,000 damaged requests (seed 23).</summary>
    [TestMethod]
    public void DamagedRequestsAreSurvived()
    {
        uint random = 23;
        var page = new SetupPage(Settings(), new FakeClock(), "abcd");
        for (int i = 0; i < 1000; i++)
        {
            string request = Noise.Mutate(Post("word=abcd&ssid=a%41&password=&id=x&server=http%3A%2F%2Fx"), ref random);
            Assert.IsTrue(Ask(page, request).StartsWith("HTTP/1.1 "), "request " + i);
        }
    }

    private static ThingSettings Settings()
    {
        var settings = new ThingSettings(new FakeStore());
        settings.Change("setup-password", "12345678");
        return settings;
    }

    private static string Post(string form)
    {
        return "POST /save HTTP/1.1\r\nContent-Length: " + form.Length + "\r\n\r\n" + form;
    }

    private static string Ask(SetupPage page, string request)
    {
        byte[] bytes = Noise.BytesOf(request);
        ByteWriter answer = page.Answer(bytes, bytes.Length);
        Assert.IsFalse(answer.HasOverflowed);
        return Noise.TextOf(answer.Buffer, answer.Count);
    }
}
