using System.Device.Gpio;
using JamBox.Things.Ports;

namespace JamBox.Things.Esp32.Adapters;

/// <summary>Five pins behind <c>v0</c> to <c>v4</c>: 0 is low, everything else high.</summary>
internal sealed class GpioOutputs : IOutputs
{
    private readonly GpioPin[] _pins;

    /// <param name="numbers">The GPIO numbers, five.</param>
    public GpioOutputs(int[] numbers)
    {
        var controller = new GpioController();
        _pins = new GpioPin[numbers.Length];
        for (int i = 0; i < numbers.Length; i++)
        {
            _pins[i] = controller.OpenPin(numbers[i], PinMode.Output);
            _pins[i].Write(PinValue.Low);
        }
    }

    /// <inheritdoc/>
    public int Set(int channel, int value)
    {
        _pins[channel].Write(value == 0 ? PinValue.Low : PinValue.High);
        return Get(channel);
    }

    /// <inheritdoc/>
    public int Get(int channel)
    {
        return _pins[channel].Read() == PinValue.High ? 1 : 0;
    }
}
