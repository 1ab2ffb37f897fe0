using JamBox.Board;

namespace nanoFramework.Hardware.Esp32.Rmt;

/// <summary>Stand-in of nanoFramework's TransmitterChannel.</summary>
public class TransmitterChannel
{
    private readonly TransmitChannelSettings _settings;

    public TransmitterChannel(TransmitChannelSettings settings)
    {
        BoardHost.Current.Need("nanoFramework.Hardware.Esp32.Rmt");
        _settings = settings;
    }

    public void SendData(byte[] data, bool waitTxDone)
    {
        if (data.Length % 4 != 0)
        {
            throw new Exception("CLR_E_SERIALIZATION_VIOLATION");
        }

        BoardHost.Current.Led.Write(_settings.PinNumber, _settings.ClockDivider, _settings.EnableCarrierWave, data);
    }
}

/// <summary>Stand-in, with the original's defaults: a carrier for infrared among them.</summary>
public sealed class TransmitChannelSettings(int pinNumber) : RmtChannelSettings(pinNumber)
{
    public bool EnableCarrierWave { get; set; } = true;

    public bool IdleLevel { get; set; }
}

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
