using JamBox.Board;

namespace System.IO.Ports;

/// <summary>Stand-in of nanoFramework's SerialPort: <see cref="BoardUart"/> from the firmware's end.</summary>
public sealed class SerialPort : IDisposable
{
    private readonly BoardHost _board = BoardHost.Current;
    private readonly int _portIndex;
    private readonly int _baudRate;
    private int _bufferSize = 256;
    private int _readTimeout = Timeout.Infinite;
    private int _writeTimeout = Timeout.Infinite;
    private bool _isOpen;

    /// <summary>The port is closed.</summary>
    public SerialPort(string portName, int baudRate = 9600, Parity parity = Parity.None, int dataBits = 8, StopBits stopBits = StopBits.One)
    {
        if (parity != Parity.None || dataBits != 8 || stopBits != StopBits.One)
        {
            throw new NotSupportedException("SerialPort: the stand-in's modem speaks 8N1");
        }

        // As the original: the fourth character is the number.
        _portIndex = portName[3] - '0';
        _baudRate = baudRate;
    }

    public int BytesToRead => Board.Uart.BytesToRead;

    public int ReadTimeout
    {
        get => _readTimeout;
        set => _readTimeout = value is >= 0 or Timeout.Infinite ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    public int WriteTimeout
    {
        get => _writeTimeout;
        set => _writeTimeout = value is >= 0 or Timeout.Infinite ? value : throw new ArgumentOutOfRangeException(nameof(value));
    }

    public int ReadBufferSize
    {
        get => _bufferSize;
        set => _bufferSize =
            value <= 0 ? throw new ArgumentOutOfRangeException(nameof(value)) : _isOpen ? throw new InvalidOperationException() : value;
    }

    // Every call goes by way of the board of the calling thread, so that it stops when the board is off.
    private BoardHost Board => BoardHost.Current == _board ? _board : throw new InvalidOperationException("a port of another board");

    public void Open()
    {
        if (_isOpen)
        {
            throw new InvalidOperationException();
        }

        Board.Uart.Open(_portIndex, _bufferSize, _baudRate);
        _isOpen = true;
    }

    public int Read(byte[] buffer, int offset, int count)
    {
        Check(buffer, offset, count);
        return Board.Uart.Read(buffer, offset, count, _readTimeout);
    }

    public void Write(byte[] buffer, int offset, int count)
    {
        Check(buffer, offset, count);
        Board.Uart.Write(buffer, offset, count);
    }

    public void Dispose()
    {
        _isOpen = false;
        Board.Uart.Close();
    }

    private static void Check(byte[] buffer, int offset, int count)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        if (offset > buffer.Length || count > buffer.Length)
        {
            throw new InvalidOperationException();
        }

        if (offset + count > buffer.Length)
        {
            throw new ArgumentException("beyond the buffer");
        }
    }
}

/// <summary>Stand-in.</summary>
public enum Parity
{
    None = 0,
    Odd = 1,
    Even = 2,
}

/// <summary>Stand-in.</summary>
public enum StopBits
{
    One = 1,
    Two = 2,
    OnePointFive = 3,
}
