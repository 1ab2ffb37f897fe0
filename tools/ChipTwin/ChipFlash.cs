namespace JamBox.ChipTwin;

/// <summary>NOR flash: erasing sets bits, writing only clears them.</summary>
public sealed class ChipFlash
{
    /// <summary>Erased at a time, bytes.</summary>
    public const int SectorLength = 4096;

    private readonly byte[] _bytes;

    /// <summary>Makes erased flash.</summary>
    /// <param name="length">Bytes.</param>
    public ChipFlash(int length)
    {
        _bytes = new byte[length];
        Array.Fill(_bytes, (byte)0xFF);
    }

    /// <summary>Gets its size, bytes.</summary>
    public int Length => _bytes.Length;

    /// <summary>Gets how many sectors were erased.</summary>
    public int Erases { get; private set; }

    /// <summary>Reads.</summary>
    /// <param name="offset">From where.</param>
    /// <param name="length">How much.</param>
    /// <returns>What is there.</returns>
    public ReadOnlySpan<byte> Read(int offset, int length) => _bytes.AsSpan(offset, length);

    /// <summary>Erases all sectors that a region touches.</summary>
    /// <param name="offset">Its beginning.</param>
    /// <param name="length">Its length.</param>
    public void Erase(int offset, int length)
    {
        int from = offset / SectorLength * SectorLength;
        int to = (int)Math.Min(_bytes.Length, ((long)offset + length + SectorLength - 1) / SectorLength * SectorLength);
        if (length > 0)
        {
            _bytes.AsSpan(from, to - from).Fill(0xFF);
            Erases += (to - from) / SectorLength;
        }
    }

    /// <summary>Writes.</summary>
    /// <param name="offset">Where to.</param>
    /// <param name="bytes">What; bits that are set stay as they are.</param>
    public void Write(int offset, ReadOnlySpan<byte> bytes)
    {
        for (int i = 0; i < bytes.Length; i++)
        {
            _bytes[offset + i] &= bytes[i];
        }
    }

    /// <summary>Tells whether a region lies in it.</summary>
    /// <param name="offset">Its beginning.</param>
    /// <param name="length">Its length.</param>
    /// <returns>It does.</returns>
    public bool Holds(uint offset, uint length) => (ulong)offset + length <= (ulong)_bytes.Length;
}
