namespace nanoFramework.Hardware.Esp32.Rmt;

/// <summary>Stand-in.</summary>
public abstract class RmtChannelSettings
{
    private byte _clockDivider = 80;

    protected RmtChannelSettings(int pinNumber)
    {
        PinNumber = pinNumber;
    }

    public int PinNumber { get; set; }

    public byte ClockDivider
    {
        get => _clockDivider;
        set => _clockDivider = value >= 1 ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }
}
