using JamBox.Text;

namespace JamBox.Modem;

/// <summary>
/// One entry of a matching table: how a line begins, or all of it, and what it then means. Tables are searched in order, so what
/// is special stands before what is general.
/// </summary>
public sealed class AtMatch
{
    private readonly byte[] _pattern;
    private readonly bool _isWholeLine;

    private AtMatch(string pattern, bool isWholeLine, AtAction action, int report)
    {
        _pattern = Ascii.Bytes(pattern);
        _isWholeLine = isWholeLine;
        Action = action;
        Report = report;
    }

    /// <summary>Gets what the line means for the command that waits.</summary>
    public AtAction Action { get; }

    /// <summary>Gets the owner's number of the report, when <see cref="Action"/> is <see cref="AtAction.Report"/>.</summary>
    public int Report { get; }

    /// <summary>Gets the bytes of the pattern: the values of a line begin behind them.</summary>
    public int PatternLength => _pattern.Length;

    /// <summary>An entry for lines that consist of the text: <c>OK</c>, but not <c>OKLAHOMA MOBILE</c>.</summary>
    /// <param name="text">The line.</param>
    /// <param name="action">What it means.</param>
    /// <returns>The entry.</returns>
    public static AtMatch Line(string text, AtAction action)
    {
        return new AtMatch(text, true, action, 0);
    }

    /// <summary>An entry for lines that begin with the text.</summary>
    /// <param name="text">The beginning.</param>
    /// <param name="action">What it means.</param>
    /// <returns>The entry.</returns>
    public static AtMatch Prefix(string text, AtAction action)
    {
        return new AtMatch(text, false, action, 0);
    }

    /// <summary>An entry for a report that consists of the text.</summary>
    /// <param name="text">The line.</param>
    /// <param name="report">The owner's number for it.</param>
    /// <returns>The entry.</returns>
    public static AtMatch ReportLine(string text, int report)
    {
        return new AtMatch(text, true, AtAction.Report, report);
    }

    /// <summary>An entry for reports that begin with the text.</summary>
    /// <param name="text">The beginning.</param>
    /// <param name="report">The owner's number for it.</param>
    /// <returns>The entry.</returns>
    public static AtMatch ReportPrefix(string text, int report)
    {
        return new AtMatch(text, false, AtAction.Report, report);
    }

    /// <summary>Finds the first entry that a line matches.</summary>
    /// <param name="table">The table; <c>null</c> is an empty one.</param>
    /// <param name="line">The line's buffer.</param>
    /// <param name="length">The line's bytes.</param>
    /// <param name="isTruncated">Whether the line was longer than its buffer: then it is no whole line.</param>
    /// <returns>The entry, or <c>null</c>.</returns>
    public static AtMatch Find(AtMatch[] table, byte[] line, int length, bool isTruncated)
    {
        if (table == null)
        {
            return null;
        }

        for (int i = 0; i < table.Length; i++)
        {
            AtMatch match = table[i];
            bool fits = !match._isWholeLine || (length == match._pattern.Length && !isTruncated);
            if (fits && Ascii.StartsWith(line, 0, length, match._pattern))
            {
                return match;
            }
        }

        return null;
    }
}
