namespace JamBox.Ota;

/// <summary>SHA-256 as bytes.</summary>
public static class Hash
{
    /// <summary>Bytes a hash.</summary>
    public const int Size = 32;

    /// <summary>Tells whether two hashes are the same.</summary>
    /// <param name="a">The first lies here.</param>
    /// <param name="aOffset">Its first index.</param>
    /// <param name="b">The second lies here.</param>
    /// <param name="bOffset">Its first index.</param>
    /// <returns><c>true</c> when all 32 bytes are equal.</returns>
    public static bool AreEqual(byte[] a, int aOffset, byte[] b, int bOffset)
    {
        for (int i = 0; i < Size; i++)
        {
            if (a[aOffset + i] != b[bOffset + i])
            {
                return false;
            }
        }

        return true;
    }
}
