namespace System.Device.Gpio;

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
