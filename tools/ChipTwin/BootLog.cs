using System.Text;

namespace JamBox.ChipTwin;

/// <summary>Shows the lines of text among what a chip sends: its answers to a flasher are none.</summary>
/// <param name="output">Where to.</param>
internal sealed class BootLog(TextWriter output)
{
    private const byte PacketEnd = 0xC0;

    private readonly StringBuilder _line = new();

    /// <summary>Takes what the chip sent.</summary>
    /// <param name="bytes">A line, or a packet.</param>
    public void Take(ReadOnlyMemory<byte> bytes)
    {
        if (bytes.Span[0] == PacketEnd)
        {
            return;
        }

        _line.Append(Encoding.ASCII.GetString(bytes.Span));
        if (_line[^1] == '\n')
        {
            output.WriteLine($"chip: {_line.ToString().TrimEnd()}");
            output.Flush();
            _line.Clear();
        }
    }
}
