using JamBox.App;
using JamBox.Atoms3.Adapters;
using JamBox.Board;

namespace JamBox.Twin.Tests.Board;

/// <summary>Tests of <see cref="Ws2812Indicator"/> and <see cref="MainButtonPin"/>.</summary>
public sealed class IndicatorAndButtonTests
{
    [Fact]
    public void ShowsColoursAndWritesOnlyChanges()
    {
        using BoardHost board = BoardFixture.Start();
        List<(byte, byte, byte)> shown = [];
        board.Led.Shown = (r, g, b) => shown.Add((r, g, b));
        Ws2812Indicator led = new(new Faults());
        Assert.Empty(shown);
        led.Show(0, 0, 0);
        led.Show(50, 0, 130);
        led.Show(50, 0, 130);
        led.Show(255, 129, 1);
        Assert.Equal([(0, 0, 0), (50, 0, 130), (255, 129, 1)], shown);
        Assert.Equal(3, board.Led.Writes);
        Assert.Equal(0, board.Led.BadWrites);
    }

    [Fact]
    public void APressBetweenTwoLooksIsSeen()
    {
        using BoardHost board = BoardFixture.Start();
        BoardClock clock = new();
        MainButtonPin pin = new(clock, new Faults());
        MainButton button = new(pin);
        Assert.Equal(ButtonPress.None, button.Step(clock.UptimeMs));
        board.Button.Set(true);
        Thread.Sleep(MainButtonPin.DebounceMs + 30);
        board.Button.Set(false);
        Thread.Sleep(20);
        ButtonPress press = ButtonPress.None;
        BoardFixture.Until(() =>
        {
            Thread.Sleep(20);
            press = button.Step(clock.UptimeMs);
            return press != ButtonPress.None;
        });
        Assert.Equal(ButtonPress.Short, press);
        Assert.False(pin.IsMainPressed);
    }

    [Fact]
    public void BounceIsNoPressAndALongOneIsOne()
    {
        using BoardHost board = BoardFixture.Start();
        MainButtonPin pin = new(new BoardClock(), new Faults());
        board.Button.Set(true);
        Thread.Sleep(2);
        board.Button.Set(false);
        Thread.Sleep(MainButtonPin.DebounceMs + 50);
        Assert.False(pin.IsMainPressed);

        board.Button.Set(true);
        for (int i = 0; i < 10; i++)
        {
            Assert.True(pin.IsMainPressed);
            Thread.Sleep(20);
        }

        board.Button.Set(false);
        BoardFixture.Until(() => !pin.IsMainPressed);
    }

    [Fact]
    public void AButtonHeldSinceBeforeTheBootIsSeenAtOnce()
    {
        using BoardHost board = BoardFixture.Start();
        board.Button.Set(true);
        Assert.True(new MainButtonPin(new BoardClock(), new Faults()).IsMainPressed);
    }
}
