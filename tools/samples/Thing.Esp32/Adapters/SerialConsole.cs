using System.IO.Ports;
using System.Text;
using JamBox.Things.Ports;

namespace JamBox.Things.Esp32.Adapters;

/// <summary>The first free serial port, 115200 baud: the one of the USB socket belongs to the debugger on most boards.</summary>
internal sealed class SerialConsole : ISerialLine
{
    private const int PieceBytes = 64;

    private readonly SerialPort _port;

    /// <summary>Opens it.</summary>
    public SerialConsole()
    {
        _port = new SerialPort("COM2", 115200) { ReadBufferSize = 2048 };
        _port.Open();
    }

    /// <inheritdoc/>
    public int Read(byte[] buffer)
    {
        // Read waits for all that it is asked for: it is asked for what is there.
        int count = _port.BytesToRead;
        count = count < buffer.Length ? count : buffer.Length;
        return count == 0 ? 0 : _port.Read(buffer, 0, count);
    }

    /// <inheritdoc/>
    public void WriteLine(string line)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(line + "\r\n");
        for (int at = 0; at < bytes.Length; at += PieceBytes)
        {
            // Longer writes would go on after the call, out of memory that may have moved.
            _port.Write(bytes, at, bytes.Length - at < PieceBytes ? bytes.Length - at : PieceBytes);
        }
    }
}
