using JamBox.Text;

namespace JamBox.Uplink;

/// <summary>
/// The answer of the compact wire (docs/wire.md, "The answer"), read where it lies. Whoever sent it: nothing is read beyond its end, and
/// what is not as it should be counts as not there.
/// </summary>
public sealed class CompactAnswer
{
    /// <summary>A record is stored.</summary>
    public const int Stored = 0;

    /// <summary>The same reading was there already.</summary>
    public const int Known = 1;

    /// <summary>The answer says nothing of this record, or to send it again later.</summary>
    public const int Later = 2;

    private const int TimeAt = 0;
    private const int ConfigVersionAt = 1;
    private const int ResultsAt = 2;
    private const int CommandAt = 3;
    private const int CommandIdAt = 4;
    private const int ArgumentAt = 5;
    private const int Least = 3;

    private byte[] _buffer;
    private int _first;
    private int _end;
    private int _count;

    /// <summary>Gets the server's time, s since 1970; 0 when it is not told.</summary>
    public long TimeSeconds => TryGet(TimeAt, out long value) && value > 0 ? value : 0;

    /// <summary>Gets the results that there are; 0 when there is no answer.</summary>
    public int Results { get; private set; }

    /// <summary>Tells whether a record need not be sent again.</summary>
    /// <param name="result">What <see cref="Result"/> gave.</param>
    /// <returns><c>true</c> when the backend has it.</returns>
    public static bool IsTaken(int result)
    {
        return result == Stored || result == Known;
    }

    /// <summary>Finds the MAC: the last element, of <see cref="AnswerMac.Size"/> bytes. Its head is the byte before it.</summary>
    /// <param name="buffer">Where the answer is, from index 0.</param>
    /// <param name="length">Its bytes.</param>
    /// <returns>Its first index; −1 when there is none.</returns>
    public static int MacAt(byte[] buffer, int length)
    {
        int at = length - AnswerMac.Size;
        return at > 1 && buffer[at - 1] == (Cbor.Bytes << 5) + AnswerMac.Size ? at : -1;
    }

    /// <summary>Takes an answer.</summary>
    /// <param name="buffer">Where it is; it must stay there as long as it is asked for.</param>
    /// <param name="length">Its bytes, from index 0.</param>
    /// <returns><c>false</c> when it is none: then it says nothing.</returns>
    public bool Set(byte[] buffer, int length)
    {
        _buffer = buffer;
        _end = length;
        _count = 0;
        Results = 0;
        int at = 0;
        if (Cbor.ReadHead(buffer, ref at, length, out long count) != Cbor.Array || count < Least || count > length)
        {
            return false;
        }

        _first = at;
        for (int i = 0; i < count; i++)
        {
            if (!Cbor.TrySkip(buffer, ref at, length))
            {
                return false;
            }
        }

        if (at != length)
        {
            return false;
        }

        _count = (int)count;
        int results = Find(ResultsAt);
        bool isArray = Cbor.ReadHead(buffer, ref results, length, out long elements) == Cbor.Array;
        Results = isArray ? (int)elements : 0;
        if (!isArray || !TryGet(TimeAt, out _))
        {
            Results = 0;
            _count = 0;
        }

        return _count > 0;
    }

    /// <summary>Gives what became of a record.</summary>
    /// <param name="record">Which one of the request, from 0.</param>
    /// <returns><see cref="Stored"/>, <see cref="Known"/>, <see cref="Later"/>; below 0 it is refused for good, and says why.</returns>
    public int Result(int record)
    {
        if (record >= Results)
        {
            return Later;
        }

        int at = Find(ResultsAt);
        Cbor.ReadHead(_buffer, ref at, _end, out _);
        for (int i = 0; i < record; i++)
        {
            Cbor.TrySkip(_buffer, ref at, _end);
        }

        return Cbor.TryReadNumber(_buffer, ref at, _end, out long result) && result <= Known ? (int)result : Later;
    }

    /// <summary>Gives the version of the configuration that the backend has.</summary>
    /// <param name="version">The version, or 0.</param>
    /// <returns><c>false</c> when it is not told.</returns>
    public bool TryGetConfigVersion(out int version)
    {
        return TryGetInt(ConfigVersionAt, out version);
    }

    /// <summary>Gives the command.</summary>
    /// <param name="code">Its number (docs/wire.md), or 0.</param>
    /// <returns><c>false</c> when there is none.</returns>
    public bool TryGetCommand(out int code)
    {
        return TryGetInt(CommandAt, out code);
    }

    /// <summary>Gives the id of the command.</summary>
    /// <param name="id">The id, or 0.</param>
    /// <returns><c>false</c> when there is none.</returns>
    public bool TryGetCommandId(out int id)
    {
        return TryGetInt(CommandIdAt, out id);
    }

    /// <summary>Gives the argument of the command.</summary>
    /// <param name="argument">The argument, or 0.</param>
    /// <returns><c>false</c> when there is none.</returns>
    public bool TryGetArgument(out int argument)
    {
        return TryGetInt(ArgumentAt, out argument);
    }

    private bool TryGetInt(int position, out int value)
    {
        bool isThere = TryGet(position, out long number) && number >= 0 && number <= int.MaxValue;
        value = isThere ? (int)number : 0;
        return isThere;
    }

    private bool TryGet(int position, out long value)
    {
        value = 0;
        int at = Find(position);
        return at < _end && Cbor.TryReadNumber(_buffer, ref at, _end, out value);
    }

    /// <summary>Where an element begins; the end when there is none. All were passed over once without a fault.</summary>
    private int Find(int position)
    {
        if (position >= _count)
        {
            return _end;
        }

        int at = _first;
        for (int i = 0; i < position; i++)
        {
            Cbor.TrySkip(_buffer, ref at, _end);
        }

        return at;
    }
}
