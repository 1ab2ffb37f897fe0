using System;
using System.IO.Ports;
using JamBox.Ports;
using nanoFramework.Hardware.Esp32;

namespace JamBox.Atoms3.Adapters;

/// <summary>
/// The modem's UART, COM2 on GPIO 5 and 6, 115200 8N1, around the quirks of nanoFramework's <see cref="SerialPort"/>
/// (docs/architecture.md): it is polled, never waited on, and asked for no more bytes than it has; no events, no lines, no strings.
/// </summary>
internal sealed class SerialModemLink : IModemLink
{
    /// <summary>
    /// Most bytes per write. The hardware queue takes 128 at once; what goes beyond is sent later, from an array that the collector may
    /// have moved.
    /// </summary>
    public const int MaxWriteBytes = 120;

    private const int BaudRate = 115200;

    // An overflow throws all input away, so this is for the longest that the loop stands still: a sector of flash being erased.
    private const int BufferBytes = 4096;

    // No call waits; if one did after all, it would not wait for ever, which is the default.
    private const int TimeoutMs = 1000;

    private readonly IClock _clock;
    private readonly ModemPower _power;
    private readonly SerialPort _port;
    private long _queueEmptyAtMs;

    /// <summary>Opens the port.</summary>
    /// <param name="clock">Uptime.</param>
    /// <param name="power">The reset line.</param>
    public SerialModemLink(IClock clock, ModemPower power)
    {
        _clock = clock;
        _power = power;
        Configuration.SetPinFunction(BoardPins.ModemTx, DeviceFunction.COM2_TX);
        Configuration.SetPinFunction(BoardPins.ModemRx, DeviceFunction.COM2_RX);
        _port = new SerialPort("COM2", BaudRate, Parity.None, 8, StopBits.One)
        {
            ReadBufferSize = BufferBytes,
            ReadTimeout = TimeoutMs,
            WriteTimeout = TimeoutMs,
        };
        _port.Open();
    }

    /// <inheritdoc/>
    public int Read(byte[] buffer, int offset, int count)
    {
        int waiting = _port.BytesToRead;
        int wanted = waiting < count ? waiting : count;
        if (wanted <= 0)
        {
            return 0;
        }

        try
        {
            // Straight into the caller's buffer: what is there already is copied before the call returns.
            return _port.Read(buffer, offset, wanted);
        }
        catch (TimeoutException)
        {
            // An overflow came between the two calls and threw them away.
            return 0;
        }
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Between two pieces it lets the queue run empty, 11 ms at this speed (20 ms by the grain of nanoCLR): behind a queue that is
    /// still half full even a short piece would be sent later. So a request of 700 bytes takes 100 ms; the native ring hears on.
    /// </remarks>
    public void Write(byte[] buffer, int offset, int count)
    {
        while (count > 0)
        {
            int piece = count < MaxWriteBytes ? count : MaxWriteBytes;
            long wait = _queueEmptyAtMs - _clock.UptimeMs;
            if (wait > 0)
            {
                _clock.Sleep((int)wait);
            }

            _port.Write(buffer, offset, piece);
            _queueEmptyAtMs = _clock.UptimeMs + (piece * 10 * 1000 / BaudRate) + 1;
            offset += piece;
            count -= piece;
        }
    }

    /// <inheritdoc/>
    public bool HardwareReset()
    {
        return _power.TryReset();
    }
}
