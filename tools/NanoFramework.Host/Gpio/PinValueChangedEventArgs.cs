namespace System.Device.Gpio;

/// <summary>Stand-in.</summary>
public class PinValueChangedEventArgs(PinEventTypes changeType, int pinNumber)
{
    public PinEventTypes ChangeType { get; } = changeType;

    public int PinNumber { get; } = pinNumber;
}
