using nanoFramework.Hardware.Esp32;

namespace JamBox.Board;

/// <summary>The I²C expander (M5IOE1, 0x6F) of base v1.1: 256 registers, of which the modem feels two pins.</summary>
public sealed class BoardExpander
{
    /// <summary>Its address.</summary>
    public const int Address = 0x6F;

    private const int ModeRegister = 0x04;
    private const int OutputRegister = 0x06;
    private const int PowerBit = 0x01;
    private const int ResetBit = 0x04;

    private readonly byte[] _registers = new byte[256];

    /// <summary>Gets or sets how many transfers it does not acknowledge, because it sleeps.</summary>
    public int Naps { get; set; }

    /// <summary>Gets or sets what is called when the modem's power or reset line changes: has it power, is it held in reset.</summary>
    public Action<bool, bool> Changed { get; set; } = static (_, _) => { };

    /// <summary>Gets a value indicating whether the modem has power.</summary>
    public bool HasPower { get; private set; }

    /// <summary>Gets a value indicating whether the modem is held in reset.</summary>
    public bool IsInReset { get; private set; }

    internal bool Transfer(ReadOnlySpan<byte> write, Span<byte> read)
    {
        if (Naps > 0)
        {
            Naps--;
            return false;
        }

        int register = write.Length > 0 ? write[0] : 0;
        for (int i = 1; i < write.Length; i++)
        {
            _registers[register++ & 0xFF] = write[i];
        }

        for (int i = 0; i < read.Length; i++)
        {
            read[i] = _registers[register++ & 0xFF];
        }

        Update();
        return true;
    }

    private void Update()
    {
        int outputs = _registers[ModeRegister];
        int levels = _registers[OutputRegister];
        bool hasPower = (outputs & levels & PowerBit) != 0;
        bool isInReset = (outputs & ~levels & ResetBit) != 0;
        if (hasPower != HasPower || isInReset != IsInReset)
        {
            HasPower = hasPower;
            IsInReset = isInReset;
            Changed(hasPower, isInReset);
        }
    }
}

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
