using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace JamBox.Twin.Modem;

/// <summary>
/// Writes every byte between box and modem with its virtual time, a line a chunk: <c>&gt;</c> to the modem, <c>»</c> the payload of a
/// send, <c>x</c> to the modem but not heard, <c>&lt;</c> from it. What follows <c>Bearer</c> and every longer piece of a known secret is
/// masked, wherever the bytes were cut.
/// </summary>
internal sealed class Transcript
{
    private const string Mask = "***";

    private readonly TextWriter _writer;
    private readonly SecretMask _mask;
    private readonly BearerMask[] _bearers = [.. Enum.GetValues<TranscriptKind>().Select(_ => new BearerMask())];
    private readonly StringBuilder _line = new();

    /// <param name="writer">Where to.</param>
    /// <param name="secrets">What must not be seen, the token first of all.</param>
    public Transcript(TextWriter writer, params string[] secrets)
    {
        _writer = writer;
        _mask = new SecretMask(secrets);
    }

    /// <summary>Writes a chunk.</summary>
    /// <param name="timeMs">World time.</param>
    /// <param name="kind">Whose bytes.</param>
    /// <param name="bytes">The bytes.</param>
    public void Write(long timeMs, TranscriptKind kind, ReadOnlySpan<byte> bytes)
    {
        bool[] isMasked = new bool[bytes.Length];
        _bearers[(int)kind].Apply(bytes, isMasked);
        _mask.Apply(bytes, isMasked);
        Begin(timeMs, kind);
        for (int i = 0; i < bytes.Length; i++)
        {
            if (!isMasked[i])
            {
                Append(bytes[i]);
            }
            else if (i == 0 || !isMasked[i - 1])
            {
                _line.Append(Mask);
            }
        }

        _line.Append('\n');
        _writer.Write(_line);
    }

    private void Begin(long timeMs, TranscriptKind kind)
    {
        long seconds = timeMs / 1_000;
        char direction = kind switch
        {
            TranscriptKind.Command => '>',
            TranscriptKind.Payload => '»',
            TranscriptKind.Lost => 'x',
            _ => '<',
        };
        _line.Clear();
        _line.Append(
            CultureInfo.InvariantCulture, $"{seconds / 3600:00}:{seconds / 60 % 60:00}:{seconds % 60:00}.{timeMs % 1000:000} {direction} ");
    }

    private void Append(byte octet)
    {
        switch (octet)
        {
            case (byte)'\r':
                _line.Append("\\r");
                break;
            case (byte)'\n':
                _line.Append("\\n");
                break;
            case (byte)'\\':
                _line.Append("\\\\");
                break;
            case >= 0x20 and < 0x7F:
                _line.Append((char)octet);
                break;
            default:
                _line.Append(CultureInfo.InvariantCulture, $"\\x{octet:X2}");
                break;
        }
    }
}

/// <summary>Whose bytes a line of the transcript shows.</summary>
internal enum TranscriptKind
{
    /// <summary>A command to the modem.</summary>
    Command,

    /// <summary>The payload of <c>AT+CIPSEND</c>.</summary>
    Payload,

    /// <summary>Bytes to the modem that it did not hear.</summary>
    Lost,

    /// <summary>What the modem said.</summary>
    Answer,
}

/// <summary>Finds known secrets, and pieces of them of eight bytes and more.</summary>
internal sealed class SecretMask
{
    private const int PieceLength = 8;

    private readonly HashSet<ulong> _pieces = [];

    /// <param name="secrets">The secrets; those shorter than eight bytes cannot be told from anything else and are ignored.</param>
    public SecretMask(IEnumerable<string> secrets)
    {
        foreach (string secret in secrets)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(secret);
            for (int i = 0; i + PieceLength <= bytes.Length; i++)
            {
                _pieces.Add(BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(i)));
            }
        }
    }

    /// <summary>Looks at a piece of text.</summary>
    /// <param name="bytes">The text.</param>
    /// <param name="isMasked">Set where a byte must not be shown.</param>
    public void Apply(ReadOnlySpan<byte> bytes, bool[] isMasked)
    {
        for (int i = 0; _pieces.Count > 0 && i + PieceLength <= bytes.Length; i++)
        {
            if (_pieces.Contains(BinaryPrimitives.ReadUInt64LittleEndian(bytes[i..])))
            {
                Array.Fill(isMasked, true, i, PieceLength);
            }
        }
    }
}

/// <summary>Finds what follows <c>Bearer</c> and a blank in a stream of bytes, however it is cut into pieces.</summary>
internal sealed class BearerMask
{
    private static readonly byte[] s_lead = [.. "bearer "u8];

    private int _matched;

    /// <summary>Looks at the next piece.</summary>
    /// <param name="bytes">The piece.</param>
    /// <param name="isMasked">Set where a byte must not be shown.</param>
    public void Apply(ReadOnlySpan<byte> bytes, bool[] isMasked)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            byte octet = bytes[i];
            if (_matched == s_lead.Length)
            {
                if (octet > ' ')
                {
                    isMasked[i] = true;
                    continue;
                }

                // More blanks may go before the token; anything else ends it.
                _matched = octet == ' ' ? _matched : 0;
                continue;
            }

            byte lower = octet is >= (byte)'A' and <= (byte)'Z' ? (byte)(octet | 0x20) : octet;

            // No proper beginning of "bearer " is also an end of one but a single b.
            _matched = lower == s_lead[_matched] ? _matched + 1 : lower == s_lead[0] ? 1 : 0;
        }
    }
}
