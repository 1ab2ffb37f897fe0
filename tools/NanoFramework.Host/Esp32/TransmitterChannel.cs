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
