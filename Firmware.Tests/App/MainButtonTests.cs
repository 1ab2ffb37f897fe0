using JamBox.App;
using JamBox.Ports;
using nanoFramework.TestFramework;

namespace JamBox.Tests.App;

/// <summary>Tests of <see cref="MainButton"/>.</summary>
[TestClass]
public class MainButtonTests
{
    /// <summary>A press shorter than 3 s is reported when it ends, once.</summary>
    [TestMethod]
    public void ReportsAShortPressWhenReleased()
    {
        Assert.AreEqual("S@300", Presses(100, 300));
        Assert.AreEqual("S@3050", Presses(100, 3050));
    }

    /// <summary>A press of 3 s is reported while it is still held, once, and its release is nothing more.</summary>
    [TestMethod]
    public void ReportsALongPressWhileHeld()
    {
        Assert.AreEqual("L@3100", Presses(100, 8000));
    }

    /// <summary>Bounce is no press.</summary>
    [TestMethod]
    public void IgnoresBounce()
    {
        Assert.AreEqual(string.Empty, Presses(100, 140));
    }

    private static string Presses(int downMs, int upMs)
    {
        var contact = new Contact();
        var button = new MainButton(contact);
        string seen = string.Empty;
        for (int now = 0; now < 10000; now += 10)
        {
            contact.IsMainPressed = now >= downMs && now < upMs;
            ButtonPress press = button.Step(now);
            if (press != ButtonPress.None)
            {
                seen += (press == ButtonPress.Short ? "S@" : "L@") + now.ToString();
            }
        }

        return seen;
    }

    private sealed class Contact : IButtons
    {
        public bool IsMainPressed { get; set; }
    }
}
