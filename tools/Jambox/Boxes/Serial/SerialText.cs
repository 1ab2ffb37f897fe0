using System.Text;
using JamBox.Bench.Boxes.Ports;
using JamBox.Flashing;

namespace JamBox.Bench.Boxes.Serial;

/// <summary>
/// What a box says, line by line: nothing in it can steer a terminal, and no token is in it. A port that goes away with a reset of the box
/// is waited for.
/// </summary>
/// <param name="port">Where it is.</param>
internal sealed class SerialText(BoxPort port)
{
    /// <summary>The longest line, characters; what is longer is cut into several.</summary>
    public const int MaxLineLength = 500;

    private static readonly TimeSpan s_portReturns = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_reopenPause = TimeSpan.FromMilliseconds(300);

    // What has come is looked at even when the time is over.
    private static readonly TimeSpan s_least = TimeSpan.FromMilliseconds(1);

    private readonly byte[] _buffer = new byte[1024];
    private readonly StringBuilder _line = new();
    private readonly Queue<string> _lines = new();

    /// <summary>Takes what was read already.</summary>
    /// <param name="bytes">From the port.</param>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
        {
            if (b == '\n' || _line.Length == MaxLineLength)
            {
                End();
            }

            if (b is not ((byte)'\n' or (byte)'\r'))
            {
                _line.Append(b is >= (byte)' ' and <= (byte)'~' ? (char)b : '.');
            }
        }
    }

    /// <summary>Waits for a line.</summary>
    /// <param name="timeout">How long.</param>
    /// <returns>The line, not empty; <c>null</c> when the time is over.</returns>
    /// <exception cref="FlashException">The port has gone away, and did not come back.</exception>
    public string? Read(TimeSpan timeout)
    {
        TimeSpan end = port.Clock.Now + timeout;
        while (_lines.Count == 0)
        {
            TimeSpan left = end - port.Clock.Now;
            try
            {
                int count = port.Line.Read(_buffer, left > s_least ? left : s_least);
                Feed(_buffer.AsSpan(0, count));
                if (count == 0 && left <= s_least)
                {
                    return null;
                }
            }
            catch (FlashException e) when (e.Fault == FlashFault.Port)
            {
                AwaitPort(e);
            }
        }

        return _lines.Dequeue();
    }

    private void End()
    {
        string line = SecretMask.Hide(_line.ToString().TrimEnd());
        _line.Clear();
        if (line.Length > 0)
        {
            _lines.Enqueue(line);
        }
    }

    /// <summary>The port of a chip that is the USB device itself goes away when it is reset.</summary>
    private void AwaitPort(FlashException gone)
    {
        TimeSpan end = port.Clock.Now + s_portReturns;
        while (port.Clock.Now < end)
        {
            port.Clock.Wait(s_reopenPause);
            try
            {
                port.Line.Reopen();
                return;
            }
            catch (FlashException)
            {
                // Tried again until the time is over.
            }
        }

        throw gone;
    }
}
