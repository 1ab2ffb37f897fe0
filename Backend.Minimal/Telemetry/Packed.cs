using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace JamBox.Backend.Telemetry;

/// <summary>
/// Writes what rows of telemetry hold as bytes: numbers in as many bytes as they have digits, keys and texts with their length. The storage
/// keeps thousands of them a second, and for years.
/// </summary>
internal sealed class PackedWriter
{
    /// <summary>A decimal of at most so many places is kept as a whole number: 21.57 takes three bytes instead of eight.</summary>
    public const int MaxPlaces = 4;

    /// <summary>Whole numbers beyond are not exact as numbers of JSON.</summary>
    private const double MaxWhole = 9007199254740992;

    private byte[] _buffer = new byte[256];
    private int _length;

    /// <summary>What was written.</summary>
    public byte[] ToArray() => _buffer.AsSpan(0, _length).ToArray();

    /// <summary>Begins anew.</summary>
    public void Clear() => _length = 0;

    /// <summary>Writes a byte.</summary>
    public void Byte(byte value)
    {
        Reserve(1);
        _buffer[_length++] = value;
    }

    /// <summary>Writes a whole number: seven bits a byte, small ones of either sign first.</summary>
    public void Whole(long value)
    {
        Reserve(10);
        ulong left = (ulong)((value << 1) ^ (value >> 63));
        while (left >= 0x80)
        {
            _buffer[_length++] = (byte)(left | 0x80);
            left >>= 7;
        }

        _buffer[_length++] = (byte)left;
    }

    /// <summary>Writes a key, ASCII.</summary>
    public void Key(string key)
    {
        Reserve(key.Length + 1);
        _buffer[_length++] = (byte)key.Length;
        _length += Encoding.ASCII.GetBytes(key, _buffer.AsSpan(_length));
    }

    /// <summary>Writes a text.</summary>
    public void Text(string text)
    {
        int bytes = Encoding.UTF8.GetByteCount(text);
        Whole(bytes);
        Reserve(bytes);
        _length += Encoding.UTF8.GetBytes(text, _buffer.AsSpan(_length));
    }

    /// <summary>Writes a finite number, exactly.</summary>
    public void Number(double number)
    {
        double scale = 1;
        for (byte places = 0; places <= MaxPlaces; places++, scale *= 10)
        {
            // Rounded by the multiplication, so that it must be tried the way that it will be read.
            double whole = Math.Round(number * scale);
            if (Math.Abs(whole) < MaxWhole && whole / scale == number)
            {
                Byte((byte)((byte)PackedForm.Whole + places));
                Whole((long)whole);
                return;
            }
        }

        Byte((byte)PackedForm.Double);
        Reserve(sizeof(double));
        BinaryPrimitives.WriteDoubleLittleEndian(_buffer.AsSpan(_length), number);
        _length += sizeof(double);
    }

    /// <summary>Writes a value.</summary>
    public void Value(TelemetryValue value)
    {
        switch (value.Kind)
        {
            case TelemetryKind.Number:
                Number(value.Number);
                break;
            case TelemetryKind.Text:
                Byte((byte)PackedForm.Text);
                Text(value.Text!);
                break;
            case TelemetryKind.Boolean:
                Byte((byte)(value.Number != 0 ? PackedForm.True : PackedForm.False));
                break;
            default:
                Byte((byte)PackedForm.Null);
                break;
        }
    }

    private void Reserve(int bytes)
    {
        if (_length + bytes > _buffer.Length)
        {
            Array.Resize(ref _buffer, (int)BitOperations.RoundUpToPowerOf2((uint)(_length + bytes)));
        }
    }
}

/// <summary>How a value stands in the bytes; stored, so that a number is never given again.</summary>
internal enum PackedForm : byte
{
    /// <summary>None.</summary>
    Null = 0,

    /// <summary>No.</summary>
    False = 1,

    /// <summary>Yes.</summary>
    True = 2,

    /// <summary>Eight bytes.</summary>
    Double = 3,

    /// <summary>Length, UTF-8.</summary>
    Text = 4,

    /// <summary>A whole number; the next ones up to <see cref="PackedWriter.MaxPlaces"/> more: one with so many places.</summary>
    Whole = 8,
}

/// <summary>Reads what <see cref="PackedWriter"/> wrote.</summary>
internal ref struct PackedReader(ReadOnlySpan<byte> bytes)
{
    private static readonly double[] s_scales = [1, 10, 100, 1000, 10_000];

    private ReadOnlySpan<byte> _left = bytes;

    /// <summary>Whether all was read.</summary>
    public readonly bool IsAtEnd => _left.IsEmpty;

    /// <summary>Reads a byte.</summary>
    public byte Byte()
    {
        byte value = _left[0];
        _left = _left[1..];
        return value;
    }

    /// <summary>Reads a whole number.</summary>
    public long Whole()
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = Byte();
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return (long)(value >> 1) ^ -(long)(value & 1);
            }
        }
    }

    /// <summary>Reads a key.</summary>
    public string Key() => KeyNames.Of(KeyBytes());

    /// <summary>Reads a key, without making a string of it.</summary>
    public ReadOnlySpan<byte> KeyBytes() => Take(Byte());

    /// <summary>Reads a text.</summary>
    public string Text() => Encoding.UTF8.GetString(Take((int)Whole()));

    /// <summary>Reads a value.</summary>
    public TelemetryValue Value()
    {
        PackedForm form = (PackedForm)Byte();
        return form switch
        {
            PackedForm.Null => default,
            PackedForm.False => TelemetryValue.Of(false),
            PackedForm.True => TelemetryValue.Of(true),
            PackedForm.Text => TelemetryValue.Of(Text()),
            PackedForm.Double => TelemetryValue.Of(BinaryPrimitives.ReadDoubleLittleEndian(Take(sizeof(double)))),
            >= PackedForm.Whole and <= PackedForm.Whole + PackedWriter.MaxPlaces =>
                TelemetryValue.Of(Whole() / s_scales[form - PackedForm.Whole]),
            _ => throw new InvalidDataException($"A row of telemetry holds a value of form {(int)form}, which this version does not know."),
        };
    }

    /// <summary>Reads a number.</summary>
    public double Number() => Value().Number;

    private ReadOnlySpan<byte> Take(int bytes)
    {
        ReadOnlySpan<byte> taken = _left[..bytes];
        _left = _left[bytes..];
        return taken;
    }
}
