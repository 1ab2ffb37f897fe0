namespace JamBox.Things.Text;

/// <summary>Tests and small parsers of text.</summary>
public static class Words
{
    /// <summary>Tells whether a text is only printable ASCII without blanks.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">Characters that are allowed; 1 are needed.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsPrintable(string text, int maxLength)
    {
        if (text == null || text.Length == 0 || text.Length > maxLength)
        {
            return false;
        }

        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c <= ' ' || c > '~' || c == '"' || c == '\\')
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Tells whether a text is made of letters, digits and some signs.</summary>
    /// <param name="text">The text.</param>
    /// <param name="maxLength">Characters that are allowed; 1 are needed.</param>
    /// <param name="signs">The other characters that are allowed.</param>
    /// <returns>Whether it is.</returns>
    public static bool IsWord(string text, int maxLength, string signs)
    {
        if (text == null || text.Length == 0 || text.Length > maxLength)
        {
            return false;
        }

        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            bool isLetter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
            if (!isLetter && signs.IndexOf(c) < 0)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Reads a whole number without sign.</summary>
    /// <param name="text">The text.</param>
    /// <param name="most">The largest that is allowed, at most 10⁹.</param>
    /// <returns>−1 when it is none, or larger.</returns>
    public static int Number(string text, int most)
    {
        if (text == null || text.Length == 0 || text.Length > 10)
        {
            return -1;
        }

        long value = 0;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (c < '0' || c > '9')
            {
                return -1;
            }

            value = (value * 10) + (c - '0');
        }

        return value <= most ? (int)value : -1;
    }

    /// <summary>Writes bytes as lower hexadecimal digits.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <param name="count">How many, from index 0.</param>
    /// <returns>Two digits a byte.</returns>
    public static string Hex(byte[] bytes, int count)
    {
        var digits = new char[count * 2];
        for (int i = 0; i < count; i++)
        {
            digits[i * 2] = (char)ByteWriter.Hex(bytes[i] >> 4);
            digits[(i * 2) + 1] = (char)ByteWriter.Hex(bytes[i] & 15);
        }

        return new string(digits);
    }

    /// <summary>Reads base64, blanks and line ends between the digits included.</summary>
    /// <param name="text">Where it is.</param>
    /// <param name="first">First index.</param>
    /// <param name="end">Index behind the last.</param>
    /// <returns><c>null</c> when it is none.</returns>
    public static byte[] FromBase64(string text, int first, int end)
    {
        var bytes = new byte[(end - first) * 3 / 4];
        int count = 0;
        int bits = 0;
        int held = 0;
        bool isOver = false;
        for (int i = first; i < end; i++)
        {
            char c = text[i];
            if (c == ' ' || c == '\r' || c == '\n')
            {
                continue;
            }

            int value = ValueOf(c);
            isOver = isOver || c == '=';
            if (isOver ? c != '=' : value < 0)
            {
                return null;
            }

            if (!isOver)
            {
                held = ((held << 6) | value) & 0xFFF;
                bits += 6;
                if (bits >= 8)
                {
                    bits -= 8;
                    bytes[count++] = (byte)(held >> bits);
                }
            }
        }

        var whole = new byte[count];
        System.Array.Copy(bytes, whole, count);
        return bits < 6 ? whole : null;
    }

    private static int ValueOf(char c)
    {
        return c >= 'A' && c <= 'Z' ? c - 'A'
            : c >= 'a' && c <= 'z' ? c - 'a' + 26
            : c >= '0' && c <= '9' ? c - '0' + 52
            : c == '+' ? 62
            : c == '/' ? 63
            : -1;
    }
}
