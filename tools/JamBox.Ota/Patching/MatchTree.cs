namespace JamBox.Ota.Patching;

/// <summary>
/// Finds, for each position in turn, the nearest earlier occurrence of every length: a binary search tree for each first three bytes
/// (as LZMA's own encoders have), and the last place of every two bytes. Unlike chains, trees do not mind that most of a patch's
/// stream is zeros.
/// </summary>
internal sealed class MatchTree
{
    private const int HashBits = 16;
    private const int None = -1;

    private readonly byte[] _data;
    private readonly int _window;
    private readonly int _mask;
    private readonly int _longest;
    private readonly int _depth;
    private readonly int[] _lastPair = new int[1 << 16];
    private readonly int[] _root = new int[1 << HashBits];

    // Two children a position: what sorts before it and what sorts after it, both older.
    private readonly int[] _children;
    private int _limit;
    private int _count;
    private int _best;

    /// <param name="data">Everything that will be compressed.</param>
    /// <param name="window">The farthest distance, a power of two.</param>
    /// <param name="longest">The longest match.</param>
    /// <param name="depth">How far down a tree is searched.</param>
    public MatchTree(byte[] data, int window, int longest, int depth)
    {
        _data = data;
        _window = window;
        _mask = (window * 2) - 1;
        _longest = longest;
        _depth = depth;
        _children = new int[(_mask + 1) * 2];
        Lengths = new int[longest + 1];
        Distances = new int[longest + 1];
        Array.Fill(_lastPair, None);
        Array.Fill(_root, None);
        Array.Fill(_children, None);
    }

    /// <summary>Gets the lengths found, growing.</summary>
    public int[] Lengths { get; }

    /// <summary>Gets the distances found (less one), growing.</summary>
    public int[] Distances { get; }

    /// <summary>The length of what two places have in common.</summary>
    public static int CommonLength(byte[] data, int a, int b, int limit) =>
        data.AsSpan(a, limit).CommonPrefixLength(data.AsSpan(b, limit));

    /// <summary>Looks up a position and remembers it.</summary>
    /// <param name="position">One more than the last time.</param>
    /// <returns>How many matches there are.</returns>
    public int Find(int position)
    {
        _limit = Math.Min(_longest, _data.Length - position);
        _count = 0;
        _best = 1;
        if (_limit >= 2)
        {
            FindPair(position);
        }

        if (_limit >= 3)
        {
            FindInTree(position);
        }

        return _count;
    }

    private void FindPair(int position)
    {
        int pair = _data[position] | (_data[position + 1] << 8);
        int candidate = _lastPair[pair];
        _lastPair[pair] = position;
        if (candidate >= 0 && position - candidate <= _window)
        {
            Note(position - candidate, CommonLength(_data, candidate, position, _limit));
        }
    }

    private void Note(int distance, int length)
    {
        _best = length;
        Lengths[_count] = length;
        Distances[_count++] = distance - 1;
    }

    /// <summary>Walks down as if to insert the position as a new root, splitting the tree into what sorts before and after it.</summary>
    private void FindInTree(int position)
    {
        int hash = Hash(position);
        int candidate = _root[hash];
        _root[hash] = position;
        int before = (position & _mask) * 2;
        int after = before + 1;
        int beforeCommon = 0;
        int afterCommon = 0;
        for (int step = 0; step < _depth && candidate >= 0 && position - candidate <= _window; step++)
        {
            int children = (candidate & _mask) * 2;
            int common = Math.Min(beforeCommon, afterCommon);
            common += CommonLength(_data, candidate + common, position + common, _limit - common);
            if (common > _best)
            {
                Note(position - candidate, common);
            }

            if (common == _limit)
            {
                _children[before] = _children[children];
                _children[after] = _children[children + 1];
                return;
            }

            if (_data[candidate + common] < _data[position + common])
            {
                _children[before] = candidate;
                before = children + 1;
                candidate = _children[before];
                beforeCommon = common;
            }
            else
            {
                _children[after] = candidate;
                after = children;
                candidate = _children[after];
                afterCommon = common;
            }
        }

        _children[before] = None;
        _children[after] = None;
    }

    private int Hash(int position)
    {
        uint key = (uint)(_data[position] | (_data[position + 1] << 8) | (_data[position + 2] << 16));
        return (int)((key * 0x9E3779B1) >> (32 - HashBits));
    }
}
