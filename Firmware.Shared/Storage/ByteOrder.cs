namespace JamBox.Storage;

/// <summary>Numbers in byte arrays, little-endian, without the arrays that <c>BitConverter.GetBytes</c> allocates.</summary>
public static class ByteOrder
{
    /// <summary>Writes a number.</summary>
    /// <param name="buffer">Where to.</param>
    /// <param name="offset">Index of its lowest byte.</param>
    /// <param name="value">The number.</param>
    public static void WriteInt(byte[] buffer, int offset, int value)
    {
        buffer[offset] = (byte)value;
        buffer[offset + 1] = (byte)(value >> 8);
        buffer[offset + 2] = (byte)(value >> 16);
        buffer[offset + 3] = (byte)(value >> 24);
    }

    /// <summary>Reads a number.</summary>
    /// <param name="buffer">Where from.</param>
    /// <param name="offset">Index of its lowest byte.</param>
    /// <returns>The number.</returns>
    public static int ReadInt(byte[] buffer, int offset)
    {
        return System.BitConverter.ToInt32(buffer, offset);
    }
}
