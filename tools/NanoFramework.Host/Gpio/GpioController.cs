using JamBox.Board;

namespace System.Device.Gpio;

/// <summary>Stand-in of nanoFramework's GpioController. The main button is all that hangs on a pin.</summary>
public sealed class GpioController
{
    private readonly HashSet<int> _open = [];

    public GpioPin OpenPin(int pinNumber, PinMode mode)
    {
        BoardHost.Current.Need("System.Device.Gpio");
        if (!_open.Add(pinNumber))
        {
            throw new InvalidOperationException();
        }

        if (pinNumber != BoardPinMap.MainButton || mode != PinMode.InputPullUp)
        {
            throw new NotSupportedException($"GpioController.OpenPin({pinNumber}, {mode}): the stand-in has the button on GPIO 41 with its pull-up");
        }

        return new GpioPin(BoardHost.Current, pinNumber);
    }
}
