using System;
using System.Device.Gpio;
using JamBox.App;
using JamBox.Ports;

namespace JamBox.Atoms3.Adapters;

/// <summary>
/// The main button: GPIO 41, low while it is down. The driver debounces its edges, and a press is latched: one that came and went
/// between two looks of the loop still shows, for as long as <see cref="MainButton"/> takes a press for more than bounce.
/// </summary>
internal sealed class MainButtonPin : IButtons
{
    /// <summary>An edge that does not last so long is bounce, ms.</summary>
    public const int DebounceMs = 30;

    /// <summary>How long a latched press shows, ms.</summary>
    public const int LatchMs = MainButton.BounceMs + 10;

    private readonly IClock _clock;
    private readonly GpioPin _pin;
    private int _presses;
    private int _pressesSeen;
    private long _latchedUntilMs;

    /// <param name="clock">Uptime.</param>
    /// <param name="faults">Is told when the pin refuses; the box then has no button.</param>
    public MainButtonPin(IClock clock, IFaultReport faults)
    {
        _clock = clock;
        try
        {
            GpioPin pin = new GpioController().OpenPin(BoardPins.MainButton, PinMode.InputPullUp);
            pin.DebounceTimeout = new TimeSpan(0, 0, 0, 0, DebounceMs);
            pin.ValueChanged += OnValueChanged;
            _pin = pin;
        }
        catch (Exception e)
        {
            faults.Report("button", e);
        }
    }

    /// <inheritdoc/>
    public bool IsMainPressed
    {
        get
        {
            bool isDown = _pin != null && _pin.Read() == PinValue.Low;
            int presses = _presses;
            long now = _clock.UptimeMs;
            if (presses != _pressesSeen)
            {
                _pressesSeen = presses;
                _latchedUntilMs = now + LatchMs;
            }

            return isDown || now < _latchedUntilMs;
        }
    }

    // On the thread of the events. It is the only writer of the count, the loop the only reader.
    private void OnValueChanged(object sender, PinValueChangedEventArgs e)
    {
        if (e.ChangeType == PinEventTypes.Falling)
        {
            _presses++;
        }
    }
}
