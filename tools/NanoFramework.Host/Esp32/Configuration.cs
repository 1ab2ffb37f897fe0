using JamBox.Board;

namespace nanoFramework.Hardware.Esp32;

/// <summary>Stand-in of nanoFramework's Configuration.</summary>
public class Configuration
{
    public static void SetPinFunction(int pin, DeviceFunction value) => BoardHost.Current.Pins.Set(pin, value);
}
