using System.Text;

namespace JamBox.Edge.ArduinoOta;

/// <summary>
/// Reads what a module sends back during a transfer: the count of bytes it wrote, in decimal, after each piece that it took, without
/// anything between two counts, and at the end <c>OK</c> or the text of an error. TCP splits and joins as it likes: <c>1024OK</c>,
/// <c>10</c> and then <c>24</c>, or <c>100024</c> for a block that came in two pieces are all the same block. A module that waited a
/// second for data says its last count once more.
/// </summary>
/// <remarks>The counts only pace the transfer, and the end alone decides; so a count too many does no harm, and waiting for one that never
/// comes would. That is why a block counts as taken as soon as the digits can be read as enough bytes.</remarks>
public sealed class AckReader
{
    /// <summary>The most that a module takes at once, bytes: its buffer.</summary>
    public const int MaxPiece = 1460;

    private const int MaxDigits = 64;
    private const int MaxTextBytes = 160;
    private const int MaxPieceDigits = 4;

    private readonly StringBuilder _digits = new();
    private readonly List<byte> _text = [];
    private bool _sawO;

    /// <summary>Whether the module has said that all is well.</summary>
    public bool IsOk { get; private set; }

    /// <summary>What the module said besides counts, printable, at most 160 characters; empty = nothing.</summary>
    public string Text => OtaAnswer.Printable([.. _text]);

    /// <summary>Takes what has come.</summary>
    /// <param name="bytes">The bytes, as many as came together.</param>
    public void Feed(ReadOnlySpan<byte> bytes)
    {
        foreach (byte value in bytes)
        {
            Feed(value);
        }
    }

    /// <summary>Whether a block has been taken; when it has, the counts are used up.</summary>
    /// <param name="blockBytes">How long the block was.</param>
    public bool TryTake(int blockBytes)
    {
        if (MostBytes() < blockBytes)
        {
            return false;
        }

        _digits.Clear();
        return true;
    }

    private void Feed(byte value)
    {
        if (_sawO && value == 'K' && _text.Count == 0)
        {
            IsOk = true;
            _sawO = false;
            return;
        }

        if (_sawO)
        {
            AddText((byte)'O');
            _sawO = false;
        }

        switch (value)
        {
            case >= (byte)'0' and <= (byte)'9' when _text.Count == 0:
                if (_digits.Length < MaxDigits)
                {
                    _digits.Append((char)value);
                }

                break;
            case (byte)'O' when _text.Count == 0 && !IsOk:
                _sawO = true;
                break;
            case (byte)'\r' or (byte)'\n' or (byte)' ' when _text.Count == 0:
                break;
            default:
                if (!IsOk)
                {
                    AddText(value);
                }

                break;
        }
    }

    private void AddText(byte value)
    {
        if (_text.Count < MaxTextBytes)
        {
            _text.Add(value);
        }
    }

    /// <summary>The most bytes that the digits can mean, when no count is above <see cref="MaxPiece"/>.</summary>
    private int MostBytes()
    {
        Span<int> best = stackalloc int[MaxDigits + 1];
        best.Clear();
        for (int end = 1; end <= _digits.Length; end++)
        {
            int most = 0;
            for (int start = Math.Max(0, end - MaxPieceDigits); start < end; start++)
            {
                int count = Count(start, end);
                if (count <= MaxPiece)
                {
                    most = Math.Max(most, best[start] + count);
                }
            }

            best[end] = most;
        }

        return best[_digits.Length];
    }

    private int Count(int start, int end)
    {
        if (_digits[start] == '0')
        {
            // No count begins with a nought: a piece of none is never answered.
            return end - start == 1 ? 0 : int.MaxValue;
        }

        int count = 0;
        for (int index = start; index < end; index++)
        {
            count = (count * 10) + (_digits[index] - '0');
        }

        return count;
    }
}
