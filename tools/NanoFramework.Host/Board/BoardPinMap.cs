using nanoFramework.Hardware.Esp32;

namespace JamBox.Board;

/// <summary>Which pin has which function. Nothing is connected until the firmware says so.</summary>
public sealed class BoardPinMap
{
    /// <summary>Where the modem's RXD is.</summary>
    public const int ModemTx = 5;

    /// <summary>Where the modem's TXD is.</summary>
    public const int ModemRx = 6;

    /// <summary>Where the LED is.</summary>
    public const int Led = 35;

    /// <summary>Where the expander's data is.</summary>
    public const int I2cData = 38;

    /// <summary>Where the expander's clock is.</summary>
    public const int I2cClock = 39;

    /// <summary>Where the main button is.</summary>
    public const int MainButton = 41;

    private readonly Dictionary<DeviceFunction, int> _pins = [];

    internal void Set(int pin, DeviceFunction function)
    {
        lock (_pins)
        {
            _pins[function] = pin;
        }
    }

    internal int Find(DeviceFunction function)
    {
        lock (_pins)
        {
            return _pins.GetValueOrDefault(function, -1);
        }
    }

    internal (int Tx, int Rx) Uart(int portIndex) => portIndex switch
    {
        2 => (Find(DeviceFunction.COM2_TX), Find(DeviceFunction.COM2_RX)),
        _ => throw new NotSupportedException($"SerialPort COM{portIndex}: the stand-in has COM2 only"),
    };
}
