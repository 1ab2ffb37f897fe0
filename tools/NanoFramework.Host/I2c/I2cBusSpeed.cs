namespace System.Device.I2c;

/// <summary>Stand-in.</summary>
public enum I2cBusSpeed
{
    StandardMode = 0,
    FastMode = 1,
    FastModePlus = 2,
}
