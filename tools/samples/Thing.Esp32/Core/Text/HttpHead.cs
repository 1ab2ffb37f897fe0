namespace JamBox.Things.Text;

/// <summary>Reads the heads of HTTP messages.</summary>
public static class HttpHead
{
    /// <summary>Finds a header.</summary>
    /// <param name="head">Where the head is.</param>
    /// <param name="offset">First index.</param>
    /// <param name="end">Index behind its last byte.</param>
    /// <param name="name">The header's name, lower case.</param>
    /// <returns>Index of its value; −1 = not there.</returns>
    public static int Find(byte[] head, int offset, int end, string name)
    {
        for (int i = offset; i + name.Length + 2 < end; i++)
        {
            if (head[i] == '\n' && Matches(head, i + 1, name) && head[i + 1 + name.Length] == ':')
            {
                int at = i + 2 + name.Length;
                while (at < end && head[at] == ' ')
                {
                    at++;
                }

                return at;
            }
        }

        return -1;
    }

    /// <summary>Reads a header that is a number.</summary>
    /// <param name="head">Where the head is.</param>
    /// <param name="offset">First index.</param>
    /// <param name="end">Index behind its last byte.</param>
    /// <param name="name">The header's name, lower case.</param>
    /// <param name="most">What is larger counts as one more than this.</param>
    /// <returns>−1 = not there, or no number.</returns>
    public static int Number(byte[] head, int offset, int end, string name, int most)
    {
        int at = Find(head, offset, end, name);
        if (at < 0 || at == end || head[at] < '0' || head[at] > '9')
        {
            return -1;
        }

        long value = 0;
        for (; at < end && head[at] >= '0' && head[at] <= '9'; at++)
        {
            value = (value * 10) + (head[at] - '0');
            if (value > most)
            {
                return most + 1;
            }
        }

        return at < end && (head[at] == '\r' || head[at] == ' ') ? (int)value : -1;
    }

    /// <summary>Tells whether a header's value begins with a word.</summary>
    /// <param name="head">Where the head is.</param>
    /// <param name="offset">First index.</param>
    /// <param name="end">Index behind its last byte.</param>
    /// <param name="name">The header's name, lower case.</param>
    /// <param name="word">The word, lower case.</param>
    /// <returns>Whether it does.</returns>
    public static bool Says(byte[] head, int offset, int end, string name, string word)
    {
        int at = Find(head, offset, end, name);
        return at >= 0 && at + word.Length <= end && Matches(head, at, word);
    }

    private static bool Matches(byte[] bytes, int at, string lower)
    {
        for (int i = 0; i < lower.Length; i++)
        {
            int c = bytes[at + i];
            if (c >= 'A' && c <= 'Z')
            {
                c += 32;
            }

            if (c != lower[i])
            {
                return false;
            }
        }

        return true;
    }
}
