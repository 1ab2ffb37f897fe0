using System;
using System.Device.I2c;
using System.Threading;
using nanoFramework.Hardware.Esp32;

namespace JamBox.Atoms3.Adapters;

/// <summary>
/// The I²C expander (M5IOE1) of base DTU-NBIoT2 v1.1, which switches the modem's power and its reset line. Base v1.0 has none: its modem
/// is powered whenever the box is.
/// </summary>
internal sealed class ModemPower
{
    private const string Part = "i2c";
    private const int Bus = 1;
    private const int Address = 0x6F;

    // Registers of pins 9…14, bit 0 is pin 9.
    private const byte ModeRegister = 0x04;
    private const byte OutputRegister = 0x06;
    private const byte DriveRegister = 0x14;
    private const byte RevisionRegister = 0x02;
    private const byte PowerBit = 0x01;
    private const byte ResetBit = 0x04;

    // An expander that sleeps is woken by the first try, and does not acknowledge it.
    private const int Tries = 3;
    private const int RetryMs = 10;
    private const int ResetLowMs = 100;

    private readonly byte[] _register = new byte[1];
    private readonly byte[] _value = new byte[1];
    private readonly byte[] _write = new byte[2];
    private readonly I2cDevice _device;

    /// <summary>Looks for the expander, and switches the modem on.</summary>
    /// <param name="faults">Is told when there is no bus, or when the expander is there and does not obey.</param>
    public ModemPower(IFaultReport faults)
    {
        try
        {
            Configuration.SetPinFunction(BoardPins.I2cData, DeviceFunction.I2C1_DATA);
            Configuration.SetPinFunction(BoardPins.I2cClock, DeviceFunction.I2C1_CLOCK);
            _device = new I2cDevice(new I2cConnectionSettings(Bus, Address, I2cBusSpeed.StandardMode));
            bool isThere = TryRead(RevisionRegister, out _);
            IsPresent = isThere && TrySwitchOn();
            if (isThere && !IsPresent)
            {
                faults.Report(Part, null);
            }
        }
        catch (Exception e)
        {
            // The modem may have power all the same (base v1.0): it is asked itself.
            IsPresent = false;
            faults.Report(Part, e);
        }
    }

    /// <summary>Gets a value indicating whether the base has the expander (v1.1).</summary>
    public bool IsPresent { get; }

    /// <summary>Pulls the reset line low for 100 ms.</summary>
    /// <returns><c>false</c> when there is no such line, or the expander does not answer any more.</returns>
    public bool TryReset()
    {
        if (!IsPresent || !TryChange(OutputRegister, 0, ResetBit))
        {
            return false;
        }

        Thread.Sleep(ResetLowMs);
        return TryChange(OutputRegister, PowerBit | ResetBit, 0);
    }

    /// <summary>The levels before the direction: a modem that runs, because only the chip restarted, must not feel a pulse.</summary>
    private bool TrySwitchOn()
    {
        return TryChange(OutputRegister, PowerBit | ResetBit, 0)
            && TryChange(DriveRegister, 0, PowerBit | ResetBit)
            && TryChange(ModeRegister, PowerBit | ResetBit, 0);
    }

    private bool TryChange(byte register, byte set, byte clear)
    {
        if (!TryRead(register, out byte value))
        {
            return false;
        }

        _write[0] = register;
        _write[1] = (byte)((value | set) & ~clear);
        for (int i = 0; i < Tries; i++)
        {
            if (_device.Write(_write).Status == I2cTransferStatus.FullTransfer)
            {
                return true;
            }

            Thread.Sleep(RetryMs);
        }

        return false;
    }

    private bool TryRead(byte register, out byte value)
    {
        _register[0] = register;
        for (int i = 0; i < Tries; i++)
        {
            if (_device.WriteRead(_register, _value).Status == I2cTransferStatus.FullTransfer)
            {
                value = _value[0];
                return true;
            }

            Thread.Sleep(RetryMs);
        }

        value = 0;
        return false;
    }
}
