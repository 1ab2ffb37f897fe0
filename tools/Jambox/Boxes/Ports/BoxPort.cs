using JamBox.Bench.Boxes.Flashing;
using JamBox.Flashing;

namespace JamBox.Bench.Boxes.Ports;

/// <summary>The way to a box at the bench: a serial port, or a simulated chip.</summary>
/// <param name="line">The line.</param>
/// <param name="clock">What waits on it are measured with.</param>
internal sealed class BoxPort(ISerialLine line, IFlashClock clock) : IDisposable
{
    /// <summary>The line.</summary>
    public ISerialLine Line => line;

    /// <summary>What waits on it are measured with.</summary>
    public IFlashClock Clock => clock;

    /// <summary>What flashes in the place of our own client; <c>null</c> = that.</summary>
    public FlashTools? Tools { get; set; }

    /// <summary>Opens a port of this machine.</summary>
    /// <param name="name">Such as <c>COM5</c> or <c>/dev/ttyACM0</c>.</param>
    /// <returns>The port.</returns>
    /// <exception cref="FlashException">It is not there, is in use, or may not be used.</exception>
    public static BoxPort OpenSerial(string name) => new(SerialPortLine.Open(name), new FlashClock());

    /// <inheritdoc/>
    public void Dispose() => line.Dispose();
}
