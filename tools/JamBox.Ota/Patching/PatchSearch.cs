namespace JamBox.Ota.Patching;

/// <summary>
/// Searches for the smallest stream: a round chooses pieces by what bytes are believed to cost and compresses them. Then one belief is
/// changed at a time, and what makes the patch smaller is kept. The best of all rounds is compressed with more effort.
/// </summary>
internal sealed class PatchSearch(
    byte[] from, byte[] to, PatchProfile profile, CancellationToken cancellation, IProgress<double>? progress, byte[]? before = null)
{
    /// <summary>Images up to this size get all rounds and the highest effort; larger ones must not take minutes.</summary>
    private const int SmallImage = 3 << 19;
    private const int SmallRounds = 6;
    private const int SmallEffort = 4;
    private const int MediumImage = 3 << 20;
    private const int MediumRounds = 2;

    /// <summary>
    /// Images that repeat themselves have hundreds of alignments everywhere: no more rounds then, and no more effort. Counted, not timed:
    /// equal input gives equal patches.
    /// </summary>
    private const long MostWork = 500_000_000;

    // Shares of the time, for the progress bar only.
    private const double ProgressOfAlignments = 0.3;
    private const double ProgressOfRounds = 0.8;

    private byte[] _smallest = [];
    private byte[] _stream = [];
    private PieceCosts _costs = PieceCosts.Guess(profile);
    private PieceCosts _learned = PieceCosts.Guess(profile);

    // What is tried next, relative to the best so far: the other way round when it did not help.
    private double _numberFactor = 1.6;
    private double _extraBits = -0.5;
    private long _work;

    /// <summary>Runs all rounds.</summary>
    /// <returns>The smallest stream found, compressed.</returns>
    public byte[] Run()
    {
        List<Alignment> alignments = AlignmentFinder.Find(from, to, cancellation, done => progress?.Report(done * ProgressOfAlignments));

        // Without a base there is nothing to choose.
        int rounds = alignments.Count == 0 ? 1 : to.Length <= SmallImage ? SmallRounds : to.Length <= MediumImage ? MediumRounds : 1;
        for (int round = 0; round < rounds && _work < MostWork; round++)
        {
            RunRound(round, alignments);
            progress?.Report(ProgressOfAlignments + ((ProgressOfRounds - ProgressOfAlignments) * (round + 1) / rounds));
        }

        bool isWorthMore = profile is (PatchProfile.L or PatchProfile.R) && to.Length <= SmallImage && _work < MostWork;
        byte[] best = isWorthMore ? Compress(_stream, SmallEffort, null) : _smallest;
        progress?.Report(1);
        return best.Length < _smallest.Length ? best : _smallest;
    }

    private void RunRound(int round, List<Alignment> alignments)
    {
        PieceCosts costs = Vary(round);
        List<Piece> pieces = PieceChooser.Choose(from, to, alignments, costs, ref _work, cancellation);
        var records = new PatchRecords(from, to, pieces, before);
        var bits = new float[records.Stream.Length];
        byte[] made = Compress(records.Stream, 1, bits);
        if (round == 0 || made.Length < _smallest.Length)
        {
            _smallest = made;
            _stream = records.Stream;
            _costs = costs;
            _learned = records.Learn(bits, PieceCosts.Guess(profile));
        }
        else if (round % 2 == 1)
        {
            _numberFactor = 1 / _numberFactor;
        }
        else
        {
            _extraBits = -_extraBits;
        }
    }

    private PieceCosts Vary(int round)
    {
        return round switch
        {
            0 => _costs,
            1 or 3 => _costs.With(_numberFactor, 0),
            2 or 4 => _costs.With(1, _extraBits),
            _ => _costs.Halfway(_learned),
        };
    }

    private byte[] Compress(byte[] stream, int effort, float[]? bits)
    {
        if (profile is PatchProfile.L or PatchProfile.R)
        {
            return LzmaEncoder.Encode(stream, effort, bits, cancellation);
        }

        if (profile == PatchProfile.E)
        {
            return HeatshrinkEncoder.Encode(stream, 8, 7, bits, cancellation);
        }

        // The long runs of 11/10 seldom pay for its smaller window, but when hardly anything has changed they do.
        float[]? otherBits = bits == null ? null : new float[bits.Length];
        byte[] wide = HeatshrinkEncoder.Encode(stream, 12, 8, bits, cancellation);
        byte[] longer = HeatshrinkEncoder.Encode(stream, 11, 10, otherBits, cancellation);
        if (longer.Length >= wide.Length)
        {
            return wide;
        }

        otherBits?.CopyTo(bits.AsSpan());
        return longer;
    }
}
