namespace JamBox.Backend.Ota.Patching;

/// <summary>
/// Searches for the smallest stream: a round chooses pieces by what bytes are believed to cost, compresses them, and learns what they
/// did cost. The best of all rounds is then compressed with more effort.
/// </summary>
internal sealed class PatchSearch(byte[] from, byte[] to, PatchProfile profile, CancellationToken cancellation, IProgress<double>? progress)
{
    /// <summary>Images up to this size get all rounds and the highest effort; larger ones must not take minutes.</summary>
    private const int SmallImage = 3 << 19;
    private const int SmallRounds = 4;
    private const int SmallEffort = 4;
    private const int MediumImage = 3 << 20;
    private const int MediumRounds = 2;

    // Shares of the time, for the progress bar only.
    private const double ProgressOfAlignments = 0.3;
    private const double ProgressOfRounds = 0.8;

    /// <summary>Runs all rounds.</summary>
    /// <returns>The smallest stream found, compressed.</returns>
    public byte[] Run()
    {
        List<Alignment> alignments = AlignmentFinder.Find(from, to, cancellation, done => progress?.Report(done * ProgressOfAlignments));

        // Without a base there is nothing to choose.
        int rounds = alignments.Count == 0 ? 1 : to.Length <= SmallImage ? SmallRounds : to.Length <= MediumImage ? MediumRounds : 1;
        byte[] smallest = [];
        byte[] stream = [];
        PieceCosts guess = PieceCosts.Guess(profile);
        PieceCosts costs = guess;
        for (int round = 0; round < rounds; round++)
        {
            List<Piece> pieces = PieceChooser.Choose(from, to, alignments, costs, cancellation);
            var records = new PatchRecords(from, to, pieces);
            var bits = new float[records.Stream.Length];
            byte[] made = Compress(records.Stream, 1, bits);
            if (smallest.Length == 0 || made.Length < smallest.Length)
            {
                smallest = made;
                stream = records.Stream;
            }

            costs = costs.Halfway(records.Learn(bits, guess));
            progress?.Report(ProgressOfAlignments + ((ProgressOfRounds - ProgressOfAlignments) * (round + 1) / rounds));
        }

        byte[] best = profile == PatchProfile.L && to.Length <= SmallImage ? Compress(stream, SmallEffort, null) : smallest;
        progress?.Report(1);
        return best.Length < smallest.Length ? best : smallest;
    }

    private byte[] Compress(byte[] stream, int effort, float[]? bits)
    {
        if (profile == PatchProfile.L)
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
