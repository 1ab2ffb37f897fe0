using System;
using JamBox.Ports;
using nanoFramework.Hardware.Esp32.Rmt;

namespace JamBox.Atoms3.Adapters;

/// <summary>
/// The RGB LED, a WS2812: 24 bits in the order green, red, blue, most significant first, 800 kHz, made by the RMT peripheral. It is
/// written only when the colour changes, from one buffer; the transfer takes 30 µs and is waited for.
/// </summary>
internal sealed class Ws2812Indicator : IIndicator
{
    private const int Bits = 24;
    private const int BytesABit = 4;

    // The peripheral counts 80 MHz / 2: 25 ns a tick.
    private const byte ClockDivider = 2;

    // 300 ns high and 950 ns low are a 0, 650 and 600 a 1: in the middle of what all revisions of the WS2812 accept.
    private const byte ZeroHighTicks = 12;
    private const byte ZeroLowTicks = 38;
    private const byte OneHighTicks = 26;
    private const byte OneLowTicks = 24;

    // In the high byte of a duration: the level while it lasts.
    private const byte LevelHigh = 0x80;

    private readonly IFaultReport _faults;
    private readonly byte[] _items = new byte[Bits * BytesABit];
    private TransmitterChannel _channel;
    private int _shown = -1;

    /// <summary>The LED stays as it is until the first <see cref="Show"/>.</summary>
    /// <param name="faults">Is told when the peripheral refuses; the box then goes on in the dark.</param>
    public Ws2812Indicator(IFaultReport faults)
    {
        _faults = faults;
        try
        {
            // A carrier, which is on by default, is for infrared.
            var settings = new TransmitChannelSettings(BoardPins.Led)
            {
                ClockDivider = ClockDivider,
                EnableCarrierWave = false,
                IdleLevel = false,
            };
            _channel = new TransmitterChannel(settings);
        }
        catch (Exception e)
        {
            GiveUp(e);
        }

        for (int i = 0; i < _items.Length; i += BytesABit)
        {
            _items[i + 1] = LevelHigh;
        }
    }

    /// <inheritdoc/>
    public void Show(byte red, byte green, byte blue)
    {
        int colour = (green << 16) | (red << 8) | blue;
        if (colour == _shown || _channel == null)
        {
            return;
        }

        _shown = colour;
        for (int i = 0; i < Bits; i++)
        {
            bool isOne = ((colour >> (Bits - 1 - i)) & 1) != 0;
            int at = i * BytesABit;
            _items[at] = isOne ? OneHighTicks : ZeroHighTicks;
            _items[at + 2] = isOne ? OneLowTicks : ZeroLowTicks;
        }

        try
        {
            _channel.SendData(_items, true);
        }
        catch (Exception e)
        {
            GiveUp(e);
        }
    }

    private void GiveUp(Exception exception)
    {
        _channel = null;
        _faults.Report("led", exception);
    }
}
