namespace JamBox.Ota.Patching;

/// <summary>Writes pieces as the container's records, and learns from what the compressor made of them.</summary>
internal sealed class PatchRecords
{
    // What a byte of the stream is; the value of an extra or a difference is the byte itself.
    private const byte NumberKind = 0;
    private const byte ExtraKind = 1;
    private const byte DifferenceKind = 2;
    private const byte DifferenceAfterChangeKind = 3;

    private readonly MemoryStream _stream;
    private readonly MemoryStream _kinds;
    private readonly byte[] _from;
    private readonly byte[] _to;

    /// <param name="from">The base image.</param>
    /// <param name="to">The new image.</param>
    /// <param name="pieces">From <see cref="PieceChooser"/>.</param>
    /// <param name="before">What the stream begins with; null for nothing.</param>
    public PatchRecords(byte[] from, byte[] to, List<Piece> pieces, byte[]? before = null)
    {
        _from = from;
        _to = to;
        _stream = new MemoryStream(to.Length + (pieces.Count * 8) + 16);
        _kinds = new MemoryStream(to.Length + (pieces.Count * 8) + 16);
        _stream.Write(before);
        PatchVarint.Write(_stream, 0);
        Write(pieces);
        Stream = _stream.ToArray();
    }

    /// <summary>Gets the stream to compress.</summary>
    public byte[] Stream { get; }

    /// <summary>Learns what the bytes cost.</summary>
    /// <param name="bits">Bits by byte of the stream.</param>
    /// <param name="guess">What is believed of values that are rare.</param>
    public PieceCosts Learn(float[] bits, PieceCosts guess)
    {
        var sums = new double[4 * 256];
        var counts = new int[4 * 256];
        byte[] kinds = _kinds.GetBuffer();
        for (int i = 0; i < Stream.Length; i++)
        {
            int kind = kinds[i] == NumberKind ? 0 : (kinds[i] << 8) | Stream[i];
            sums[kind] += bits[i];
            counts[kind]++;
        }

        var costs = new PieceCosts { Number = (int)(PieceCosts.Scale * (sums[0] + 80) / (counts[0] + 8)) };
        Learn(sums, counts, ExtraKind << 8, costs.Extra, 0, guess.Extra);
        Learn(sums, counts, DifferenceKind << 8, costs.Difference, 0, guess.Difference);
        Learn(sums, counts, DifferenceAfterChangeKind << 8, costs.Difference, 256, guess.Difference);
        return costs;
    }

    private static void Learn(double[] sums, int[] counts, int kind, int[] costs, int first, int[] guess)
    {
        const int Weight = 4;
        double sum = 0;
        int count = 0;
        for (int value = first == 0 && costs.Length == 256 ? 0 : 1; value < 256; value++)
        {
            sum += sums[kind + value];
            count += counts[kind + value];
        }

        double usual = (sum + (64.0 * guess[first + 255] / PieceCosts.Scale)) / (count + 64);
        for (int value = 0; value < 256; value++)
        {
            double believed = value == 0 && costs.Length == 512 ? guess[first] / (double)PieceCosts.Scale : usual;
            double cost = (sums[kind + value] + (Weight * believed)) / (counts[kind + value] + Weight);
            costs[first + value] = Math.Max(0, (int)(PieceCosts.Scale * cost));
        }
    }

    private void Write(List<Piece> pieces)
    {
        int position = 0;
        for (int i = 0; i < pieces.Count;)
        {
            Piece copy = pieces[i];
            bool isCopy = copy.Shift != Piece.Extra;
            i += isCopy ? 1 : 0;
            int copied = isCopy ? copy.End - copy.Start : 0;
            Number(copied);
            WriteDifferences(copy, copied);
            position += copied;

            bool isExtra = i < pieces.Count && pieces[i].Shift == Piece.Extra;
            int extra = isExtra ? pieces[i].End - pieces[i].Start : 0;
            Number(extra);
            for (int k = 0; k < extra; k++)
            {
                Put(_to[pieces[i].Start + k], ExtraKind);
            }

            i += isExtra ? 1 : 0;
            int next = i < pieces.Count ? pieces[i].Start + pieces[i].Shift : position;
            Number(next - position);
            position = next;
        }
    }

    private void WriteDifferences(Piece piece, int length)
    {
        bool isChanged = true;
        for (int i = piece.Start; i < piece.Start + length; i++)
        {
            byte difference = (byte)(_to[i] - _from[i + piece.Shift]);
            Put(difference, isChanged ? DifferenceAfterChangeKind : DifferenceKind);
            isChanged = difference != 0;
        }
    }

    private void Number(int value) => PatchVarint.Write(_stream, value);

    private void Put(byte value, byte kind)
    {
        while (_kinds.Length < _stream.Length)
        {
            _kinds.WriteByte(NumberKind);
        }

        _stream.WriteByte(value);
        _kinds.WriteByte(kind);
    }
}
