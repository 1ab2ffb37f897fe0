using System;

using JamBox.Text;

namespace JamBox.Modem;

/// <summary>What a line means for the command that waits: the first character of a row of an <see cref="AtTable"/> of responses.</summary>
public enum AtAction
{
    /// <summary>No row matches.</summary>
    None = 0,

    /// <summary>An error in words that is as good as success; its final line may follow.</summary>
    Accept = 'a',

    /// <summary>Final error.</summary>
    Error = 'e',

    /// <summary>Final <c>OK</c>.</summary>
    Ok = 'k',

    /// <summary>The line that the command is about; with <see cref="Ok"/>, before or after it, the command has succeeded.</summary>
    Result = 'r',

    /// <summary>The command has failed; its final line may follow, and must not be taken for that of the next command.</summary>
    Refuse = 'x',
}

/// <summary>
/// A matching table: how a line begins, or all of it, and what it then means. It is written as text, because text stays in flash:
/// <c>r+CIPOPEN:0,0$;x+CIPOPEN:0,;</c> has two rows, each a character for its meaning and a pattern, ended by <c>;</c>. Rows are tried in
/// order, so what is special stands before what is general.
/// </summary>
/// <remarks>
/// A pattern matches the beginning of a line; <c>$</c> at its end says that the line ends there. <c>@</c> and <c>#</c> stand for a number:
/// a link and a count. Capital letters or small, and blanks beside a colon, a comma or a number, are the modem's own taste: patterns have
/// no such blank, lines may have any. Nothing is allocated but the table's memory.
/// </remarks>
public sealed class AtTable
{
    private const byte RowEnd = (byte)';';
    private const byte LineEnd = (byte)'$';
    private const byte LinkMark = (byte)'@';
    private const byte CountMark = (byte)'#';
    private const byte Space = (byte)' ';

    // A row: the bytes that follow, its meaning, its pattern.
    private readonly byte[] _rows;
    private int _length;

    /// <summary>Makes a table without rows.</summary>
    /// <param name="capacity">Characters of the longest text that it will hold, and 1.</param>
    public AtTable(int capacity)
    {
        _rows = new byte[capacity];
    }

    /// <summary>Gets the first index behind the pattern in the line found last, blanks skipped: its values begin there.</summary>
    public int ValueOffset { get; private set; }

    /// <summary>Gets the number at the mark for the link in the line found last; 0 when its pattern has none.</summary>
    public int Link { get; private set; }

    /// <summary>Gets the number at the mark for the count in the line found last; 0 when its pattern has none.</summary>
    public int Count { get; private set; }

    /// <summary>Reads a number of a line, and skips what separates it from the next one.</summary>
    /// <param name="line">The line's buffer.</param>
    /// <param name="at">Where it begins, or blanks or a quotation mark before it; then behind its comma. Unmoved when there is
    /// none.</param>
    /// <param name="length">The line's bytes.</param>
    /// <param name="value">The number, or 0.</param>
    /// <returns><c>false</c> when no number stands there, or one of more than 9 digits.</returns>
    public static bool TryReadNumber(byte[] line, ref int at, int length, out int value)
    {
        int next = SkipBlanks(line, at, length);
        if (next < length && line[next] == (byte)'"')
        {
            next++;
        }

        if (!Ascii.TryReadInt(line, ref next, length, out value))
        {
            return false;
        }

        next = SkipBlanks(line, next, length);
        at = next < length && line[next] == (byte)',' ? next + 1 : next;
        return true;
    }

    /// <summary>Forgets all rows.</summary>
    public void Clear()
    {
        _length = 0;
    }

    /// <summary>Adds the rows of a text behind those that are there.</summary>
    /// <param name="texts">Text that holds the table.</param>
    /// <param name="piece">Which piece of it (see <see cref="Ascii"/>).</param>
    /// <exception cref="ArgumentOutOfRangeException">They do not fit.</exception>
    public void Add(string texts, int piece)
    {
        int end = _length + 1 + (piece & 0xFF);
        if (end > _rows.Length)
        {
            throw new ArgumentOutOfRangeException(nameof(piece));
        }

        // The end of a row makes room for the length of the next one.
        Ascii.Copy(texts, piece, _rows, _length + 1);
        int row = _length;
        for (int i = row + 1; i < end; i++)
        {
            if (_rows[i] == RowEnd)
            {
                _rows[row] = (byte)(i - row - 1);
                row = i;
            }
        }

        _length = row;
    }

    /// <summary>Tells whether a row has a meaning.</summary>
    /// <param name="meaning">The character.</param>
    /// <returns><c>true</c> when at least one has.</returns>
    public bool Has(int meaning)
    {
        for (int row = 0; row < _length; row += 1 + _rows[row])
        {
            if (_rows[row + 1] == meaning)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Finds the first row that a line matches.</summary>
    /// <param name="line">The line's buffer.</param>
    /// <param name="length">The line's bytes, 1 or more.</param>
    /// <param name="isTruncated">Whether the line was longer than its buffer: then it is no whole line.</param>
    /// <returns>The row's meaning, or 0.</returns>
    public int Find(byte[] line, int length, bool isTruncated)
    {
        int first = line[0] | 0x20;
        for (int row = 0; row < _length; row += 1 + _rows[row])
        {
            if ((_rows[row + 2] | 0x20) == first && Matches(row + 2, row + 1 + _rows[row], line, length, isTruncated))
            {
                return _rows[row + 1];
            }
        }

        return 0;
    }

    internal static int SkipBlanks(byte[] line, int at, int length)
    {
        while (at < length && line[at] == Space)
        {
            at++;
        }

        return at;
    }

    private static bool IsSame(byte a, byte b)
    {
        int small = a | 0x20;
        return a == b || (small == (b | 0x20) && small >= 'a' && small <= 'z');
    }

    private static bool MayHaveBlanks(byte wanted)
    {
        return wanted == (byte)':' || wanted == (byte)',' || wanted == LinkMark || wanted == CountMark;
    }

    private bool Matches(int at, int end, byte[] line, int length, bool isTruncated)
    {
        int i = 0;
        byte before = 0;
        Link = 0;
        Count = 0;
        for (; at < end; at++)
        {
            byte wanted = _rows[at];
            if (wanted == LineEnd)
            {
                ValueOffset = i;
                return i == length && !isTruncated;
            }

            if (wanted != Space && (MayHaveBlanks(before) || MayHaveBlanks(wanted)))
            {
                i = SkipBlanks(line, i, length);
            }

            if (wanted == LinkMark || wanted == CountMark)
            {
                if (!TakeNumber(wanted, line, ref i, length))
                {
                    return false;
                }
            }
            else if (i >= length || !IsSame(line[i++], wanted))
            {
                return false;
            }

            before = wanted;
        }

        ValueOffset = SkipBlanks(line, i, length);
        return true;
    }

    private bool TakeNumber(byte mark, byte[] line, ref int at, int length)
    {
        if (!Ascii.TryReadInt(line, ref at, length, out int value))
        {
            return false;
        }

        if (mark == LinkMark)
        {
            Link = value;
        }
        else
        {
            Count = value;
        }

        return true;
    }
}

/// <summary>What an <see cref="AtChat"/> must know of its modem: what it says. What it is told comes with each command.</summary>
public sealed class AtDialect
{
    /// <param name="texts">One string with all its tables and commands.</param>
    /// <param name="finals">The piece with the table of final lines, which every command may end with.</param>
    /// <param name="reports">Table of what may come at any time; the meanings are the owner's.</param>
    /// <param name="headers">Table of what announces payload; the meanings are those of <see cref="AtDataKind"/>.</param>
    public AtDialect(string texts, int finals, AtTable reports, AtTable headers)
    {
        Texts = texts;
        Finals = finals;
        Reports = reports;
        Headers = headers;
    }

    /// <summary>Gets the string that all pieces are of.</summary>
    public string Texts { get; }

    /// <summary>Gets the piece with the final lines.</summary>
    public int Finals { get; }

    /// <summary>Gets what may come at any time.</summary>
    public AtTable Reports { get; }

    /// <summary>Gets what announces payload.</summary>
    public AtTable Headers { get; }
}
