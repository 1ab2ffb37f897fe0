using JamBox.App;
using JamBox.Ports;
using nanoFramework.TestFramework;

namespace JamBox.Tests.App;

/// <summary>Tests of <see cref="Led"/>.</summary>
[TestClass]
public class LedTests
{
    /// <summary>Red, 500 ms on, 500 ms off, while the box looks for the network.</summary>
    [TestMethod]
    public void BlinksWhileSearching()
    {
        var light = new Light();
        var led = new Led(light);
        led.Show(LedState.Searching);
        led.Step(100);
        Assert.AreEqual("red", light.Name);
        Assert.AreEqual(600L, led.NextChangeMs);
        led.Step(599);
        Assert.AreEqual("red", light.Name);
        led.Step(600);
        Assert.AreEqual("off", light.Name);
        led.Step(1100);
        Assert.AreEqual("red", light.Name);
        Assert.AreEqual(3, light.Changes);
    }

    /// <summary>A state that ends by itself lies above the one that lasts, which comes back.</summary>
    [TestMethod]
    public void AFlashEndsByItself()
    {
        var light = new Light();
        var led = new Led(light);
        led.Show(LedState.SendFailed);
        led.Step(0);
        Assert.AreEqual("blue", light.Name);
        led.Flash(LedState.Button, 100, 200);
        led.Step(100);
        Assert.AreEqual("white", light.Name);
        Assert.AreEqual(300L, led.NextChangeMs);
        led.Step(300);
        Assert.AreEqual("blue", light.Name);
        Assert.IsTrue(led.State == LedState.SendFailed);
    }

    /// <summary>Steady states light the LED once.</summary>
    [TestMethod]
    public void SteadyStatesDoNotFlicker()
    {
        var light = new Light();
        var led = new Led(light);
        for (int now = 0; now < 5000; now += 10)
        {
            led.Step(now);
        }

        Assert.AreEqual("purple", light.Name);
        Assert.AreEqual(1, light.Changes);
    }

    /// <summary>Every state has its colour of docs/operations.md.</summary>
    [TestMethod]
    public void EveryStateHasItsColour()
    {
        string[] colours = ["purple", "red", "red", "green", "cyan", "green", "blue", "yellow", "white"];
        for (int state = 0; state < colours.Length; state++)
        {
            var light = new Light();
            var led = new Led(light);
            led.Show((LedState)state);
            led.Step(0);
            Assert.AreEqual(colours[state], light.Name);
        }
    }

    private sealed class Light : IIndicator
    {
        public string Name { get; private set; }

        public int Changes { get; private set; }

        public void Show(byte red, byte green, byte blue)
        {
            string[] names = ["off", "blue", "green", "cyan", "red", "purple", "yellow", "white"];
            Name = names[(red > 0 ? 4 : 0) + (green > 0 ? 2 : 0) + (blue > 0 ? 1 : 0)];
            Changes++;
        }
    }
}
