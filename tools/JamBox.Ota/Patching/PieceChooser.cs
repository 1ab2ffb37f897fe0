namespace JamBox.Ota.Patching;

/// <summary>
/// Chooses what each byte of the new image is made from, as the cheapest way through all alignments (Viterbi): going on with the
/// same alignment costs what its differences cost, a change costs a record.
/// </summary>
internal sealed class PieceChooser
{
    private const int MostActive = 512;
    private const long Never = long.MaxValue / 4;

    private readonly byte[] _from;
    private readonly byte[] _to;
    private readonly List<Alignment> _alignments;
    private readonly PieceCosts _costs;

    // The alignments that hold at the present position, with the cheapest way to be on each.
    private readonly int[] _shift = new int[MostActive];
    private readonly int[] _end = new int[MostActive];
    private readonly int[] _since = new int[MostActive];
    private readonly long[] _cost = new long[MostActive];
    private int _active;

    // The cheapest way to any position ends with this piece.
    private readonly int[] _bestShift;
    private readonly int[] _bestSince;
    private long _bestCost;
    private long _extraCost = Never;
    private int _extraSince;
    private int _lastShift;
    private long _work;

    private PieceChooser(byte[] from, byte[] to, List<Alignment> alignments, PieceCosts costs)
    {
        _from = from;
        _to = to;
        _alignments = alignments;
        _costs = costs;
        _bestShift = new int[to.Length + 1];
        _bestSince = new int[to.Length + 1];
    }

    /// <summary>Chooses.</summary>
    /// <param name="from">The base image.</param>
    /// <param name="to">The new image.</param>
    /// <param name="alignments">Sorted by start.</param>
    /// <param name="costs">What bytes cost.</param>
    /// <param name="work">Grows by how many alignments were looked at, once for each byte: what it takes, on any machine.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>Pieces that follow on each other. The first is extra, or not shifted: a record that makes nothing would be
    /// refused.</returns>
    public static List<Piece> Choose(
        byte[] from, byte[] to, List<Alignment> alignments, PieceCosts costs, ref long work, CancellationToken cancellation)
    {
        var chooser = new PieceChooser(from, to, alignments, costs);
        chooser.Run(cancellation);
        work += chooser._work;
        return chooser.Trace();
    }

    private void Run(CancellationToken cancellation)
    {
        int next = 0;
        for (int i = 0; i < _to.Length; i++)
        {
            if ((i & 0xFFFF) == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }

            for (int slot = _active - 1; slot >= 0; slot--)
            {
                if (_end[slot] <= i)
                {
                    Remove(slot);
                }
            }

            for (; next < _alignments.Count && _alignments[next].Start <= i; next++)
            {
                Add(_alignments[next], i);
            }

            _work += _active;
            Step(i);
        }
    }

    private void Add(Alignment alignment, int i)
    {
        for (int slot = 0; slot < _active; slot++)
        {
            if (_shift[slot] == alignment.Shift)
            {
                _end[slot] = Math.Max(_end[slot], alignment.End);
                return;
            }
        }

        long enter = _bestCost + EnterCost(i, _bestShift[i], alignment.Shift);
        if (_active == MostActive)
        {
            int dearest = Dearest();
            if (enter > _cost[dearest])
            {
                return;
            }

            Remove(dearest);
        }

        _shift[_active] = alignment.Shift;
        _end[_active] = alignment.End;
        _since[_active] = i;
        _cost[_active++] = enter;
    }

    private int Dearest()
    {
        int dearest = 0;
        for (int slot = 1; slot < _active; slot++)
        {
            bool isDearer = _cost[slot] > _cost[dearest] || (_cost[slot] == _cost[dearest] && _end[slot] < _end[dearest]);
            dearest = isDearer ? slot : dearest;
        }

        return dearest;
    }

    private void Remove(int slot)
    {
        _active--;
        _shift[slot] = _shift[_active];
        _end[slot] = _end[_active];
        _since[slot] = _since[_active];
        _cost[slot] = _cost[_active];
    }

    private void Step(int i)
    {
        int from = _bestShift[i];
        long best = _bestCost;
        int value = _to[i];
        StepExtra(i, from, best);
        _bestCost = _extraCost + _costs.Extra[value];
        _extraCost = _bestCost;
        int bestShift = Piece.Extra;
        int bestSince = _extraSince;
        for (int slot = 0; slot < _active; slot++)
        {
            int shift = _shift[slot];
            long enter = best + EnterCost(i, from, shift);
            if (enter < _cost[slot])
            {
                _cost[slot] = enter;
                _since[slot] = i;
            }

            int difference = (value - _from[i + shift]) & 0xFF;
            bool isChanged = i != _since[slot] && _to[i - 1] != _from[i - 1 + shift];
            _cost[slot] += _costs.Difference[isChanged ? PieceCosts.AfterChange + difference : difference];
            if (_cost[slot] < _bestCost)
            {
                _bestCost = _cost[slot];
                bestShift = shift;
                bestSince = _since[slot];
            }
        }

        _lastShift = from == Piece.Extra ? _lastShift : from;
        _bestShift[i + 1] = bestShift;
        _bestSince[i + 1] = bestSince;
    }

    private void StepExtra(int i, int from, long best)
    {
        // An extra of no bytes has a length, too: one of some costs at most a byte more.
        long enter = best + (from == Piece.Extra ? 0 : _costs.Number / 2);
        if (enter < _extraCost)
        {
            _extraCost = enter;
            _extraSince = i;
        }
    }

    private long EnterCost(int i, int from, int shift)
    {
        if (i == 0)
        {
            return shift == 0 ? 0 : Never;
        }

        int last = from == Piece.Extra ? _lastShift : from;
        int numbers = PatchVarint.Size((long)shift - last) + 2;
        return ((long)numbers * _costs.Number) + _costs.Difference[PieceCosts.AfterChange];
    }

    private List<Piece> Trace()
    {
        var pieces = new List<Piece>();
        for (int end = _to.Length; end > 0; end = _bestSince[end])
        {
            pieces.Add(new Piece(_bestShift[end], _bestSince[end], end));
        }

        pieces.Reverse();
        return pieces;
    }
}
