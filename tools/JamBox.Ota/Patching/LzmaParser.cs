namespace JamBox.Ota.Patching;

/// <summary>
/// Chooses the packets: a shortest-path search over a sliding window that keeps several paths a position. Paths that differ in their
/// last distances or state are worth keeping although they cost more up to here: after a changed word in a run of zeros it decides
/// the price of the rest of the run that the right distance is still at hand.
/// </summary>
internal sealed class LzmaParser
{
    /// <summary>Positions that are searched ahead, and how many of them are settled before the prices are looked at again.</summary>
    private const int Window = 2048;
    private const int Settled = 1024;

    /// <summary>Of a long match all short lengths are tried, and the longest ones.</summary>
    private const int ShortLengths = 16;
    private const int LongLengths = 24;

    /// <summary>A path that costs so much more than the best one here is given up.</summary>
    private const int Slack = 12 * LzmaPrices.Scale;

    /// <summary>
    /// The same for one that costs so much more than the one that has come farthest: inside a run of zeros nothing is to be had.
    /// </summary>
    private const int FarSlack = 2 * LzmaPrices.Scale;

    /// <summary>How far down the trees of earlier occurrences are searched.</summary>
    private const int SearchDepth = 256;

    private readonly byte[] _data;
    private readonly LzmaPrices _prices;
    private readonly MatchTree _finder;
    private readonly int _width;
    private readonly LzmaPath[] _paths;
    private readonly int[] _counts = new int[Window + LzmaModel.MaxLength + 1];
    private readonly int[] _firstMatch = new int[Window + 1];
    private readonly List<LzmaPacket> _packets = [];
    private int[] _lengths = new int[16 * Window];
    private int[] _distances = new int[16 * Window];
    private int _found;
    private int _start;
    private int _farthest;
    private int _farthestCost;

    /// <param name="data">Everything that will be compressed.</param>
    /// <param name="prices">Kept up to date by the caller.</param>
    /// <param name="effort">Paths kept a position.</param>
    public LzmaParser(byte[] data, LzmaPrices prices, int effort)
    {
        _data = data;
        _prices = prices;
        _width = effort;
        _finder = new MatchTree(data, LzmaModel.DictionarySize, LzmaModel.MaxLength, SearchDepth);
        _paths = new LzmaPath[_counts.Length * effort];
    }

    /// <summary>Chooses the next packets.</summary>
    /// <param name="start">Where the last ones ended.</param>
    /// <param name="coder">The coder's state and distances there.</param>
    /// <returns>The packets, at least one unless the data is at its end.</returns>
    public List<LzmaPacket> Next(int start, LzmaPath coder)
    {
        int length = Math.Min(Window, _data.Length - start);
        FindMatches(start, length);
        Array.Clear(_counts);
        coder.Cost = 0;
        _paths[0] = coder;
        _counts[0] = 1;
        _start = start;
        _farthest = 0;
        _farthestCost = 0;
        for (int p = 0; p < length; p++)
        {
            Expand(p);
        }

        Trace(length);
        return _packets;
    }

    /// <summary>Keeps the matches that the last search found and did not settle, and finds those after them.</summary>
    private void FindMatches(int start, int length)
    {
        int settled = start - _start;
        int kept = Math.Max(_found - settled, 0);
        int dropped = _firstMatch[Math.Min(settled, _found)];
        int left = _firstMatch[_found] - dropped;
        Array.Copy(_lengths, dropped, _lengths, 0, left);
        Array.Copy(_distances, dropped, _distances, 0, left);
        for (int i = 0; i <= kept; i++)
        {
            _firstMatch[i] = _firstMatch[i + _found - kept] - dropped;
        }

        for (int i = _start + _found; i < start; i++)
        {
            _finder.Find(i);
        }

        for (int i = kept; i < length; i++)
        {
            int count = _finder.Find(start + i);
            int at = _firstMatch[i];
            while (at + count > _lengths.Length)
            {
                Array.Resize(ref _lengths, _lengths.Length * 2);
                Array.Resize(ref _distances, _distances.Length * 2);
            }

            Array.Copy(_finder.Lengths, 0, _lengths, at, count);
            Array.Copy(_finder.Distances, 0, _distances, at, count);
            _firstMatch[i + 1] = at + count;
        }

        _found = length;
    }

    private void Expand(int p)
    {
        int first = p * _width;
        int count = _counts[p];
        int limit = int.MaxValue;
        for (int i = first; i < first + count; i++)
        {
            limit = Math.Min(limit, _paths[i].Cost);
        }

        limit = limit == int.MaxValue ? limit : limit + Slack;
        if (_farthest > p)
        {
            limit = Math.Min(limit, _farthestCost + FarSlack);
        }

        for (int i = first; i < first + count; i++)
        {
            if (_paths[i].Cost <= limit)
            {
                ExpandPath(p, i);
            }
        }
    }

    private void ExpandPath(int p, int index)
    {
        LzmaPath path = _paths[index];
        int at = _start + p;
        int matchByte = at > path.Rep0 ? _data[at - path.Rep0 - 1] : 0;
        int value = _data[at];
        int literal = path.State < LzmaModel.FirstStateAfterMatch ? _prices.PlainLiteral[value] : _prices.MatchedLiteral(value, matchByte);
        LzmaPath next = path;
        next.Before = index;
        next.Cost = path.Cost + _prices.Literal[path.State] + literal;
        next.Back = LzmaPacket.Literal;
        next.Length = 1;
        next.State = LzmaModel.AfterLiteral(path.State);
        Arrive(p + 1, next);
        if (at > path.Rep0 && matchByte == value)
        {
            next.Cost = path.Cost + _prices.ShortRep[path.State];
            next.Back = 0;
            next.State = LzmaModel.AfterShortRep(path.State);
            Arrive(p + 1, next);
        }

        int limit = Math.Min(LzmaModel.MaxLength, _data.Length - at);
        if (limit >= LzmaModel.MinLength)
        {
            ExpandReps(p, index, limit);
            ExpandMatches(p, index);
        }
    }

    private void ExpandReps(int p, int index, int limit)
    {
        LzmaPath path = _paths[index];
        int at = _start + p;
        LzmaPath next = path;
        next.Before = index;
        next.State = LzmaModel.AfterRep(path.State);
        for (int rep = 0; rep < 4; rep++)
        {
            int distance = rep == 0 ? path.Rep0 : rep == 1 ? path.Rep1 : rep == 2 ? path.Rep2 : path.Rep3;
            if (at <= distance || _data[at - distance - 1] != _data[at])
            {
                continue;
            }

            int longest = MatchTree.CommonLength(_data, at - distance - 1, at, limit);
            next.Back = rep;
            next.Rep0 = distance;
            next.Rep1 = rep == 0 ? path.Rep1 : path.Rep0;
            next.Rep2 = rep <= 1 ? path.Rep2 : path.Rep1;
            next.Rep3 = rep <= 2 ? path.Rep3 : path.Rep2;
            int price = path.Cost + _prices.Rep[(path.State * 4) + rep];
            for (int length = LzmaModel.MinLength; length <= longest; length++)
            {
                length = length == ShortLengths ? Math.Max(length, longest - LongLengths) : length;
                next.Length = length;
                next.Cost = price + _prices.RepLength[length];
                Arrive(p + length, next);
            }
        }
    }

    private void ExpandMatches(int p, int index)
    {
        LzmaPath path = _paths[index];
        LzmaPath next = path;
        next.Before = index;
        next.State = LzmaModel.AfterMatch(path.State);
        next.Rep1 = path.Rep0;
        next.Rep2 = path.Rep1;
        next.Rep3 = path.Rep2;
        int price = path.Cost + _prices.Match[path.State];
        int last = _firstMatch[p + 1] - 1;
        int length = LzmaModel.MinLength;
        for (int match = _firstMatch[p]; match <= last; match++)
        {
            int distance = _distances[match];
            int longest = _lengths[match];
            next.Rep0 = distance;
            next.Back = LzmaPacket.FirstDistance + distance;
            int farPrice = price + _prices.Distance(LzmaModel.LengthClasses - 1, distance);
            for (; length <= longest; length++)
            {
                length = length == ShortLengths ? Math.Max(length, longest - LongLengths) : length;
                next.Length = length;
                int lengthClass = LzmaModel.LengthClass(length);
                int start = lengthClass == LzmaModel.LengthClasses - 1 ? farPrice : price + _prices.Distance(lengthClass, distance);
                next.Cost = start + _prices.MatchLength[length];
                Arrive(p + length, next);
            }
        }
    }

    /// <summary>Keeps a path when it is one of the best at its end.</summary>
    private void Arrive(int p, in LzmaPath path)
    {
        int first = p * _width;
        int count = _counts[p];
        int worst = first;
        for (int i = first; i < first + count; i++)
        {
            ref LzmaPath other = ref _paths[i];
            if (other.Rep0 == path.Rep0
                && other.Rep1 == path.Rep1
                && other.State == path.State
                && other.Rep2 == path.Rep2
                && other.Rep3 == path.Rep3)
            {
                if (path.Cost < other.Cost)
                {
                    other = path;
                    NoteFarthest(p, path.Cost);
                }

                return;
            }

            worst = other.Cost > _paths[worst].Cost ? i : worst;
        }

        if (count < _width)
        {
            worst = first + count;
            _counts[p] = count + 1;
        }
        else if (path.Cost >= _paths[worst].Cost)
        {
            return;
        }

        _paths[worst] = path;
        NoteFarthest(p, path.Cost);
    }

    private void NoteFarthest(int p, int cost)
    {
        if (p > _farthest || (p == _farthest && cost < _farthestCost))
        {
            _farthest = p;
            _farthestCost = cost;
        }
    }

    private void Trace(int length)
    {
        bool isEnd = _start + length == _data.Length;
        int best = Best(length, isEnd ? length : length + LzmaModel.MaxLength);
        _packets.Clear();
        int end = best / _width;
        for (int i = best; end > 0; i = _paths[i].Before)
        {
            _packets.Add(new LzmaPacket(_paths[i].Back, _paths[i].Length));
            end -= _paths[i].Length;
        }

        _packets.Reverse();
        if (isEnd)
        {
            return;
        }

        // What lies near the end of the window was chosen without knowing what follows: it is chosen again next time.
        int at = 0;
        int keep = 0;
        while (keep < _packets.Count && at < Settled)
        {
            at += _packets[keep++].Length;
        }

        _packets.RemoveRange(keep, _packets.Count - keep);
    }

    private int Best(int from, int to)
    {
        int best = -1;
        for (int p = from; p <= to; p++)
        {
            for (int i = p * _width; i < (p * _width) + _counts[p]; i++)
            {
                best = best < 0 || _paths[i].Cost <= _paths[best].Cost ? i : best;
            }
        }

        return best;
    }
}
