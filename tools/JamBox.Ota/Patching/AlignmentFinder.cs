namespace JamBox.Ota.Patching;

/// <summary>
/// Gathers alignments worth a thought: exact occurrences (several of each piece, not only the longest), stretched both ways over
/// changed bytes for as long as more agree than differ. Which of them are used is decided later, by price.
/// </summary>
internal sealed class AlignmentFinder
{
    private const int ShortestSeed = 6;
    private const int HitsASide = 12;

    /// <summary>After an occurrence this long the search goes on near its end.</summary>
    private const int LongSeed = 40;
    private const int Overlap = 16;

    /// <summary>Stretching ends when this many more bytes differed than agreed since the best end.</summary>
    private const int Drop = 48;

    /// <summary>
    /// What a stretch must be worth, and how far beyond its best ends it is offered: going on is often cheaper than a new record.
    /// </summary>
    private const int LeastScore = 7;
    private const int Margin = 96;

    /// <summary>
    /// Images that repeat themselves have alignments without end: so many bytes of stretching are enough, and one alignment for so many
    /// bytes.
    /// </summary>
    private const long StretchBase = 100_000_000;
    private const int StretchPerByte = 50;
    private const int AlignmentsBase = 1 << 16;
    private const int BytesAnAlignment = 8;

    private readonly byte[] _from;
    private readonly byte[] _to;
    private readonly Dictionary<int, int> _endOfShift = [];
    private readonly List<Alignment> _found = [];
    private readonly int _most;
    private long _stretchLeft;

    private AlignmentFinder(byte[] from, byte[] to)
    {
        _from = from;
        _to = to;
        _stretchLeft = StretchBase + ((long)StretchPerByte * to.Length);
        _most = AlignmentsBase + (to.Length / BytesAnAlignment);
    }

    /// <summary>Finds the alignments.</summary>
    /// <param name="from">The base image.</param>
    /// <param name="to">The new image.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <param name="progress">Gets told how far it is, from 0 to 1.</param>
    /// <returns>Sorted by start.</returns>
    public static List<Alignment> Find(byte[] from, byte[] to, CancellationToken cancellation, Action<double> progress)
    {
        var finder = new AlignmentFinder(from, to);
        if (from.Length > 0)
        {
            finder.Run(cancellation, progress);
        }

        // A total order, so that equal input gives equal patches.
        finder._found.Sort((a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : a.Shift.CompareTo(b.Shift));
        return finder._found;
    }

    private void Run(CancellationToken cancellation, Action<double> progress)
    {
        var index = new BaseIndex(_from);
        int nextReport = 0;
        for (int at = 0; at < _to.Length;)
        {
            if (at >= nextReport)
            {
                cancellation.ThrowIfCancellationRequested();
                progress((double)at / _to.Length);
                nextReport = at + (1 << 16);
            }

            int hits = index.Search(_to, at, ShortestSeed, _stretchLeft > 0 && _found.Count < _most ? HitsASide : 1, out int longest);
            for (int i = 0; i < hits; i++)
            {
                Stretch(index.HitPositions[i], at, index.HitLengths[i]);
            }

            at += longest >= LongSeed ? longest - Overlap : 1;
        }
    }

    private void Stretch(int position, int at, int length)
    {
        int shift = position - at;
        bool isKnown = _endOfShift.TryGetValue(shift, out int knownEnd);
        if (isKnown && knownEnd >= at + length)
        {
            return;
        }

        int start = StretchBack(shift, at, isKnown ? knownEnd : 0, out int score);
        int end = StretchOn(shift, at + length, ref score);
        if (score + length < LeastScore)
        {
            return;
        }

        start = Math.Max(start - Margin, Math.Max(0, -shift));
        end = Math.Min(end + Margin, Math.Min(_to.Length, _from.Length - shift));
        _endOfShift[shift] = end;
        _found.Add(new Alignment(shift, start, end));
    }

    private int StretchOn(int shift, int end, ref int score)
    {
        int limit = Math.Min(_to.Length, _from.Length - shift);
        int best = 0;
        int bestEnd = end;
        int sum = 0;
        int i = end;
        while (i < limit && sum > best - Drop)
        {
            sum += _to[i] == _from[i + shift] ? 1 : -1;
            i++;
            if (sum > best)
            {
                best = sum;
                bestEnd = i;
            }
        }

        _stretchLeft -= i - end;
        score += best;
        return bestEnd;
    }

    private int StretchBack(int shift, int start, int limit, out int score)
    {
        limit = Math.Max(limit, -shift);
        int best = 0;
        int bestStart = start;
        int sum = 0;
        int i = start;
        while (i > limit && sum > best - Drop)
        {
            i--;
            sum += _to[i] == _from[i + shift] ? 1 : -1;
            if (sum > best)
            {
                best = sum;
                bestStart = i;
            }
        }

        _stretchLeft -= start - i;
        score = best;
        return bestStart;
    }
}
