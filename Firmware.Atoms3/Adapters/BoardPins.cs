namespace JamBox.Atoms3.Adapters;

/// <summary>How the M5Stack AtomS3 Lite and the base DTU-NBIoT2 are wired. GPIO numbers.</summary>
internal static class BoardPins
{
    /// <summary>To the modem's RXD.</summary>
    public const int ModemTx = 5;

    /// <summary>From the modem's TXD.</summary>
    public const int ModemRx = 6;

    /// <summary>Data of the RGB LED, a WS2812.</summary>
    public const int Led = 35;

    /// <summary>Data of the I²C bus to the base.</summary>
    public const int I2cData = 38;

    /// <summary>Clock of the I²C bus to the base.</summary>
    public const int I2cClock = 39;

    /// <summary>The main button, to ground.</summary>
    public const int MainButton = 41;
}
