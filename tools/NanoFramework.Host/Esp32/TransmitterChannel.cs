using JamBox.Board;

namespace nanoFramework.Hardware.Esp32.Rmt;

/// <summary>Stand-in of nanoFramework's TransmitterChannel.</summary>
public class TransmitterChannel(TransmitChannelSettings settings)
{
    public void SendData(byte[] data, bool waitTxDone)
    {
        if (data.Length % 4 != 0)
        {
            throw new Exception("CLR_E_SERIALIZATION_VIOLATION");
        }

        BoardHost.Current.Led.Write(settings.PinNumber, settings.ClockDivider, settings.EnableCarrierWave, data);
    }
}
