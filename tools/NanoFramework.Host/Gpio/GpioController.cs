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
            throw new NotSupportedException(
                $"GpioController.OpenPin({pinNumber}, {mode}): the stand-in has the button on GPIO 41 with its pull-up");
        }

        return new GpioPin(BoardHost.Current, pinNumber);
    }
}

/// <summary>Stand-in of nanoFramework's GpioPin.</summary>
public sealed class GpioPin
{
    private readonly int _pinNumber;

    internal GpioPin(BoardHost board, int pinNumber)
    {
        _pinNumber = pinNumber;
        board.Button.Attach(this);
    }

    public event PinValueChangedEventHandler? ValueChanged;

    public TimeSpan DebounceTimeout { get; set; }

    public PinValue Read() => BoardHost.Current.Button.IsPressed ? PinValue.Low : PinValue.High;

    internal void OnPinChanged(PinEventTypes edge) => ValueChanged?.Invoke(this, new PinValueChangedEventArgs(edge, _pinNumber));
}

/// <summary>Stand-in.</summary>
public enum PinMode
{
    Input = 0,
    InputPullDown = 1,
    InputPullUp = 2,
    Output = 3,
    OutputOpenDrain = 4,
    OutputOpenDrainPullUp = 5,
    OutputOpenSource = 6,
    OutputOpenSourcePullDown = 7,
}

/// <summary>Stand-in.</summary>
public readonly record struct PinValue
{
    private readonly bool _isHigh;

    private PinValue(bool isHigh)
    {
        _isHigh = isHigh;
    }

    public static PinValue High { get; } = new(true);

    public static PinValue Low { get; } = new(false);

    public override string ToString() => _isHigh ? "High" : "Low";
}

/// <summary>Stand-in.</summary>
[Flags]
public enum PinEventTypes
{
    None = 0,
    Rising = 1,
    Falling = 2,
}

/// <summary>Stand-in.</summary>
public class PinValueChangedEventArgs(PinEventTypes changeType, int pinNumber)
{
    public PinEventTypes ChangeType { get; } = changeType;

    public int PinNumber { get; } = pinNumber;
}

/// <summary>Stand-in.</summary>
public delegate void PinValueChangedEventHandler(object sender, PinValueChangedEventArgs e);
