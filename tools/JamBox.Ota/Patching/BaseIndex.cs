namespace JamBox.Ota.Patching;

/// <summary>
/// Finds where in the base image a piece of the new one occurs: its suffix array, and where in it each first two bytes begin.
/// </summary>
internal sealed class BaseIndex
{
    private readonly byte[] _from;
    private readonly int[] _suffixes;
    private readonly int[] _firstOfPair = new int[(1 << 16) + 1];

    /// <param name="from">The base image.</param>
    public BaseIndex(byte[] from)
    {
        _from = from;
        _suffixes = SuffixArray.Build(from);
        for (int i = 0; i + 1 < from.Length; i++)
        {
            _firstOfPair[Pair(from, i)]++;
        }

        CountSingle();
    }

    /// <summary>Gets the base positions of the last search's hits, the best on either side first.</summary>
    public int[] HitPositions { get; } = new int[2 * MaxHitsASide];

    /// <summary>Gets how many bytes each hit has in common.</summary>
    public int[] HitLengths { get; } = new int[2 * MaxHitsASide];

    /// <summary>The most hits that a search gives from before, and from after the place where the text would be sorted in.</summary>
    public const int MaxHitsASide = 24;

    /// <summary>Searches for the longest occurrences of what begins at a place of the new image.</summary>
    /// <param name="to">The new image.</param>
    /// <param name="at">The place.</param>
    /// <param name="shortest">Shorter occurrences are none.</param>
    /// <param name="hitsASide">How many to give.</param>
    /// <param name="longest">The length of the longest.</param>
    /// <returns>How many hits there are.</returns>
    public int Search(byte[] to, int at, int shortest, int hitsASide, out int longest)
    {
        longest = 0;
        if (to.Length - at < Math.Max(shortest, 2))
        {
            return 0;
        }

        int pair = Pair(to, at);
        int low = _firstOfPair[pair] - 1;
        int high = _firstOfPair[pair + 1];
        Narrow(to, at, ref low, ref high);
        int first = _firstOfPair[pair];
        int last = _firstOfPair[pair + 1];
        int count = 0;
        for (int i = low, side = 0; i >= first && side < hitsASide && Hit(to, at, i, shortest, ref count, ref longest); i--)
        {
            side++;
        }

        for (int i = high, side = 0; i < last && side < hitsASide && Hit(to, at, i, shortest, ref count, ref longest); i++)
        {
            side++;
        }

        return count;
    }

    private static int Pair(byte[] data, int at) => (data[at] << 8) | data[at + 1];

    /// <summary>Turns counts into starts. The suffix of one byte has no pair of its own: it comes before all with its byte.</summary>
    private void CountSingle()
    {
        int sum = 0;
        for (int pair = 0; pair < _firstOfPair.Length; pair++)
        {
            int count = _firstOfPair[pair];
            if (_from.Length > 0 && pair == _from[^1] << 8)
            {
                sum++;
            }

            _firstOfPair[pair] = sum;
            sum += count;
        }
    }

    /// <summary>Binary search; what both ends have in common with the text need not be compared again.</summary>
    private void Narrow(byte[] to, int at, ref int low, ref int high)
    {
        int lowCommon = 0;
        int highCommon = 0;
        ReadOnlySpan<byte> text = to.AsSpan(at);
        while (high - low > 1)
        {
            int middle = (int)(((uint)low + (uint)high) >> 1);
            int common = Math.Min(lowCommon, highCommon);
            ReadOnlySpan<byte> suffix = _from.AsSpan(_suffixes[middle]);
            common += suffix[common..].CommonPrefixLength(text[common..]);
            bool isBefore = common < text.Length && (common == suffix.Length || suffix[common] < text[common]);
            if (isBefore)
            {
                low = middle;
                lowCommon = common;
            }
            else
            {
                high = middle;
                highCommon = common;
            }
        }
    }

    private bool Hit(byte[] to, int at, int index, int shortest, ref int count, ref int longest)
    {
        int position = _suffixes[index];
        int length = _from.AsSpan(position).CommonPrefixLength(to.AsSpan(at));
        if (length < shortest)
        {
            return false;
        }

        HitPositions[count] = position;
        HitLengths[count++] = length;
        longest = Math.Max(longest, length);
        return true;
    }
}
