namespace JamBox.Ota.Patching;

/// <summary>
/// Compresses with heatshrink, with the fewest bits possible. All copies cost the same whatever their length, and a shorter rest never
/// costs more; so at each place the choice is between a literal and the longest copy, made from the back.
/// </summary>
internal sealed class HeatshrinkEncoder
{
    private const int LiteralBits = 9;
    private const int SearchDepth = 4096;

    private readonly byte[] _padded;
    private readonly int _window;
    private readonly int _windowBits;
    private readonly int _lookaheadBits;
    private readonly ushort[] _length;
    private readonly ushort[] _distance;

    private HeatshrinkEncoder(byte[] data, int windowBits, int lookaheadBits)
    {
        // The window starts as zeros: copies may reach back into them.
        _window = 1 << windowBits;
        _padded = new byte[_window + data.Length];
        data.CopyTo(_padded, _window);
        _windowBits = windowBits;
        _lookaheadBits = lookaheadBits;
        _length = new ushort[data.Length];
        _distance = new ushort[data.Length];
    }

    private int CopyBits => 1 + _windowBits + _lookaheadBits;

    /// <summary>Compresses.</summary>
    /// <param name="data">What to compress.</param>
    /// <param name="windowBits">Log2 of the window.</param>
    /// <param name="lookaheadBits">Log2 of the longest copy.</param>
    /// <param name="bits">When given, gets the bits that each byte cost.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <returns>The header byte and the stream.</returns>
    public static byte[] Encode(byte[] data, int windowBits, int lookaheadBits, float[]? bits, CancellationToken cancellation)
    {
        var encoder = new HeatshrinkEncoder(data, windowBits, lookaheadBits);
        encoder.FindCopies(cancellation);
        encoder.Choose();
        return encoder.Write(bits);
    }

    private void FindCopies(CancellationToken cancellation)
    {
        var tree = new MatchTree(_padded, _window, 1 << _lookaheadBits, SearchDepth);
        for (int i = 0; i < _padded.Length; i++)
        {
            int count = tree.Find(i);
            if (i >= _window && count > 0)
            {
                _length[i - _window] = (ushort)tree.Lengths[count - 1];
                _distance[i - _window] = (ushort)(tree.Distances[count - 1] + 1);
            }

            if ((i & 0xFFFF) == 0)
            {
                cancellation.ThrowIfCancellationRequested();
            }
        }
    }

    /// <summary>From the back: what the rest costs. Where a literal is no dearer the length becomes 0.</summary>
    private void Choose()
    {
        // Costs are needed only as far ahead as a copy reaches.
        int mask = (2 << _lookaheadBits) - 1;
        var rest = new long[mask + 1];
        for (int i = _length.Length - 1; i >= 0; i--)
        {
            long literal = LiteralBits + rest[(i + 1) & mask];
            long copy = _length[i] == 0 ? long.MaxValue : CopyBits + rest[(i + _length[i]) & mask];
            _length[i] = copy < literal ? _length[i] : (ushort)0;
            rest[i & mask] = Math.Min(literal, copy);
        }
    }

    private byte[] Write(float[]? bits)
    {
        var output = new BitWriter();
        output.Write(PatchFormat.HeatshrinkHeader(_windowBits, _lookaheadBits), 8);
        int i = 0;
        while (i < _length.Length)
        {
            int length = _length[i];
            if (length == 0)
            {
                output.Write(0x100 | _padded[_window + i], LiteralBits);
                bits?[i] = LiteralBits;
                i++;
                continue;
            }

            output.Write(0, 1);
            output.Write(_distance[i] - 1, _windowBits);
            output.Write(length - 1, _lookaheadBits);
            StreamBits.Account(bits, _padded.AsSpan(_window + i, length), i, CopyBits);
            i += length;
        }

        return output.Finish();
    }
}
