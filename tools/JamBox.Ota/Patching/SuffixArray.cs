namespace JamBox.Ota.Patching;

/// <summary>
/// Suffix arrays by induced sorting (SA-IS, Nong, Zhang and Chan 2009): linear time. The reduced problem lives inside the result, so
/// that besides text and result only one flag a byte and the buckets are needed.
/// </summary>
internal static class SuffixArray
{
    private const int Empty = -1;

    /// <summary>Sorts all suffixes of a text.</summary>
    /// <param name="text">The text.</param>
    /// <returns>The start of each suffix, in lexicographic order; a suffix that is a prefix of another comes first.</returns>
    public static int[] Build(ReadOnlySpan<byte> text)
    {
        var symbols = new int[text.Length];
        for (int i = 0; i < symbols.Length; i++)
        {
            symbols[i] = text[i];
        }

        var result = new int[text.Length];
        Sort(symbols, result, 256);
        return result;
    }

    private static void Sort(ReadOnlySpan<int> text, Span<int> result, int alphabet)
    {
        if (text.Length <= 1)
        {
            result.Clear();
            return;
        }

        bool[] isSmall = Classify(text);
        int[] counts = Count(text, alphabet);
        int[] bucket = new int[alphabet];

        // Any order of the leftmost-S suffixes will do to sort the substrings between them.
        result.Fill(Empty);
        BucketEnds(counts, bucket);
        for (int i = 1; i < text.Length; i++)
        {
            if (IsLeftmost(isSmall, i))
            {
                result[--bucket[text[i]]] = i;
            }
        }

        Induce(text, result, isSmall, counts, bucket);
        int leftmost = SortLeftmost(text, result, isSmall);

        // Now they are in their true order: place them again, from the back so that none is overwritten, and induce the rest.
        result[leftmost..].Fill(Empty);
        BucketEnds(counts, bucket);
        for (int i = leftmost - 1; i >= 0; i--)
        {
            int suffix = result[i];
            result[i] = Empty;
            result[--bucket[text[suffix]]] = suffix;
        }

        Induce(text, result, isSmall, counts, bucket);
    }

    /// <summary>Leaves the leftmost-S suffixes in their true order at the front.</summary>
    private static int SortLeftmost(ReadOnlySpan<int> text, Span<int> result, bool[] isSmall)
    {
        int count = 0;
        for (int i = 0; i < result.Length; i++)
        {
            if (IsLeftmost(isSmall, result[i]))
            {
                result[count++] = result[i];
            }
        }

        int names = Name(text, result, isSmall, count);
        Span<int> order = result[..count];
        Span<int> reduced = result[^count..];
        if (names < count)
        {
            Sort(reduced, order, names);
        }
        else
        {
            for (int i = 0; i < count; i++)
            {
                order[reduced[i]] = i;
            }
        }

        int at = 0;
        for (int i = 1; i < text.Length; i++)
        {
            if (IsLeftmost(isSmall, i))
            {
                reduced[at++] = i;
            }
        }

        for (int i = 0; i < count; i++)
        {
            order[i] = reduced[order[i]];
        }

        return count;
    }

    /// <summary>Gives each leftmost-S substring its rank; the ranks end up in text order at the back of the result.</summary>
    private static int Name(ReadOnlySpan<int> text, Span<int> result, bool[] isSmall, int count)
    {
        // Two leftmost-S positions are at least two apart, so position / 2 is free of collisions.
        result[count..].Fill(Empty);
        int names = 0;
        int previous = -1;
        for (int i = 0; i < count; i++)
        {
            int position = result[i];
            if (previous < 0 || !SameSubstring(text, isSmall, previous, position))
            {
                names++;
            }

            previous = position;
            result[count + (position >> 1)] = names - 1;
        }

        int to = result.Length;
        for (int i = result.Length - 1; i >= count; i--)
        {
            if (result[i] != Empty)
            {
                result[--to] = result[i];
            }
        }

        return names;
    }

    private static bool SameSubstring(ReadOnlySpan<int> text, bool[] isSmall, int a, int b)
    {
        for (int i = 0; ; i++)
        {
            // The end of the text is smaller than anything and equal to nothing.
            if (a + i >= text.Length || b + i >= text.Length || text[a + i] != text[b + i] || isSmall[a + i] != isSmall[b + i])
            {
                return false;
            }

            if (i > 0 && IsLeftmost(isSmall, a + i))
            {
                return IsLeftmost(isSmall, b + i);
            }
        }
    }

    private static void Induce(ReadOnlySpan<int> text, Span<int> result, bool[] isSmall, int[] counts, int[] bucket)
    {
        BucketStarts(counts, bucket);
        int last = text.Length - 1;
        result[bucket[text[last]]++] = last;
        for (int i = 0; i < result.Length; i++)
        {
            int before = result[i] - 1;
            if (before >= 0 && !isSmall[before])
            {
                result[bucket[text[before]]++] = before;
            }
        }

        BucketEnds(counts, bucket);
        for (int i = result.Length - 1; i >= 0; i--)
        {
            int before = result[i] - 1;
            if (before >= 0 && isSmall[before])
            {
                result[--bucket[text[before]]] = before;
            }
        }
    }

    /// <summary>A suffix is small when it sorts before the one that starts a symbol later.</summary>
    private static bool[] Classify(ReadOnlySpan<int> text)
    {
        var isSmall = new bool[text.Length];
        for (int i = text.Length - 2; i >= 0; i--)
        {
            isSmall[i] = text[i] < text[i + 1] || (text[i] == text[i + 1] && isSmall[i + 1]);
        }

        return isSmall;
    }

    private static bool IsLeftmost(bool[] isSmall, int i) => i > 0 && isSmall[i] && !isSmall[i - 1];

    private static int[] Count(ReadOnlySpan<int> text, int alphabet)
    {
        var counts = new int[alphabet];
        foreach (int symbol in text)
        {
            counts[symbol]++;
        }

        return counts;
    }

    private static void BucketStarts(int[] counts, int[] bucket)
    {
        int sum = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            bucket[i] = sum;
            sum += counts[i];
        }
    }

    private static void BucketEnds(int[] counts, int[] bucket)
    {
        int sum = 0;
        for (int i = 0; i < counts.Length; i++)
        {
            sum += counts[i];
            bucket[i] = sum;
        }
    }
}
