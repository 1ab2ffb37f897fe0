namespace System.Device.Gpio;

/// <summary>Stand-in.</summary>
[Flags]
public enum PinEventTypes
{
    None = 0,
    Rising = 1,
    Falling = 2,
}
