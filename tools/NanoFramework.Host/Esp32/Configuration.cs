using JamBox.Board;

namespace nanoFramework.Hardware.Esp32;

/// <summary>Stand-in of nanoFramework's Configuration.</summary>
public class Configuration
{
    public static void SetPinFunction(int pin, DeviceFunction value) => BoardHost.Current.Pins.Set(pin, value);
}

/// <summary>Stand-in, with the functions that the board uses.</summary>
public enum DeviceFunction
{
    I2C1_DATA = 131328,
    I2C1_CLOCK = 131329,
    COM2_TX = 197120,
    COM2_RX = 197121,
}
