using JamBox.Board;

namespace System.Device.Gpio;

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
