namespace nanoFramework.Hardware.Esp32.Rmt;

/// <summary>Stand-in, with the original's defaults: a carrier for infrared among them.</summary>
public sealed class TransmitChannelSettings(int pinNumber) : RmtChannelSettings(pinNumber)
{
    public bool EnableCarrierWave { get; set; } = true;

    public bool IdleLevel { get; set; }
}
