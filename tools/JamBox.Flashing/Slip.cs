namespace JamBox.Flashing;

/// <summary>Packets on a line (SLIP, RFC 1055): each begins and ends with 0xC0; 0xC0 and 0xDB in it are replaced by two bytes.</summary>
public static class Slip
{
    internal const byte End = 0xC0;
    internal const byte Escape = 0xDB;
    internal const byte EscapedEnd = 0xDC;
    internal const byte EscapedEscape = 0xDD;

    /// <summary>Makes a packet ready to be sent.</summary>
    /// <param name="packet">Its content.</param>
    /// <returns>The bytes on the line.</returns>
    public static byte[] Encode(ReadOnlySpan<byte> packet)
    {
        List<byte> bytes = new(packet.Length + 16) { End };
        foreach (byte b in packet)
        {
            if (b is End or Escape)
            {
                bytes.Add(Escape);
                bytes.Add(b == End ? EscapedEnd : EscapedEscape);
            }
            else
            {
                bytes.Add(b);
            }
        }

        bytes.Add(End);
        return [.. bytes];
    }
}

/// <summary>
/// Finds packets in what comes from a line. Whatever stands between packets (a chip's boot messages, noise) is passed over; so is a packet
/// with a wrong replacement, or one that is too long.
/// </summary>
/// <param name="maxLength">Longest packet, bytes.</param>
public sealed class SlipReader(int maxLength)
{
    private readonly byte[] _packet = new byte[maxLength];
    private int _length;
    private bool _isInside;
    private bool _isEscaped;
    private bool _isBroken;

    /// <summary>Gets how many packets were passed over because they were broken or too long.</summary>
    public int Dropped { get; private set; }

    /// <summary>Takes a byte.</summary>
    /// <param name="b">The byte.</param>
    /// <param name="packet">The packet that it ends.</param>
    /// <returns>It ends one.</returns>
    public bool TryTake(byte b, out byte[] packet)
    {
        packet = [];
        if (b == Slip.End)
        {
            return TryEnd(out packet);
        }

        if (!_isInside || _isBroken)
        {
            return false;
        }

        if (_isEscaped)
        {
            _isEscaped = false;
            Append(b switch
            {
                Slip.EscapedEnd => Slip.End,
                Slip.EscapedEscape => Slip.Escape,
                _ => null,
            });
        }
        else if (b == Slip.Escape)
        {
            _isEscaped = true;
        }
        else
        {
            Append(b);
        }

        return false;
    }

    /// <summary>Forgets a packet that has begun.</summary>
    public void Reset()
    {
        _isInside = false;
        Clear();
    }

    private bool TryEnd(out byte[] packet)
    {
        packet = [];

        // An end right behind another one begins a packet: whoever lost the first is right again with the next.
        if (!_isInside || (_length == 0 && !_isBroken))
        {
            _isInside = true;
            Clear();
            return false;
        }

        bool isWhole = !_isBroken && !_isEscaped;
        if (isWhole)
        {
            packet = _packet[.._length];
        }
        else
        {
            Dropped++;
        }

        // The end of a broken packet may be the beginning of the next one.
        _isInside = !isWhole;
        Clear();
        return isWhole;
    }

    private void Append(byte? b)
    {
        if (b is null || _length == _packet.Length)
        {
            _isBroken = true;
            return;
        }

        _packet[_length++] = b.Value;
    }

    private void Clear()
    {
        _length = 0;
        _isEscaped = false;
        _isBroken = false;
    }
}
