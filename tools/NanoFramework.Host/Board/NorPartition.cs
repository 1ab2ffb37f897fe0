namespace JamBox.Board;

/// <summary>
/// NOR flash: erasing sets all bits of a sector, writing only clears bits, every erase wears. Memory is taken only for sectors that were
/// written to, so that a box with megabytes of flash costs what it uses. Whole operations only: who tears them puts the remains.
/// </summary>
public sealed class NorPartition
{
    /// <summary>Bytes that are erased together.</summary>
    public const int BytesASector = 4_096;

    private readonly byte[]?[] _sectors;
    private readonly int[] _erases;

    /// <summary>Initializes a new instance of the <see cref="NorPartition"/> class, erased.</summary>
    /// <param name="length">Bytes, a multiple of <see cref="BytesASector"/>.</param>
    public NorPartition(int length)
    {
        if (length <= 0 || length % BytesASector != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, "whole sectors only");
        }

        Length = length;
        _sectors = new byte[]?[length / BytesASector];
        _erases = new int[length / BytesASector];
    }

    /// <summary>Gets the length in bytes.</summary>
    public int Length { get; }

    /// <summary>Gets the writes so far.</summary>
    public int Writes { get; private set; }

    /// <summary>Gets the sectors erased so far.</summary>
    public int Erases { get; private set; }

    /// <summary>Gets how often the sector was erased that was erased most.</summary>
    public int MostErases => _erases.Max();

    /// <summary>Reads bytes.</summary>
    /// <param name="address">First byte.</param>
    /// <param name="buffer">Filled completely.</param>
    public void Read(int address, Span<byte> buffer)
    {
        Check(address, buffer.Length);
        for (int done = 0; done < buffer.Length;)
        {
            int offset = (address + done) % BytesASector;
            Span<byte> piece = buffer.Slice(done, Math.Min(BytesASector - offset, buffer.Length - done));
            if (_sectors[(address + done) / BytesASector] is { } sector)
            {
                sector.AsSpan(offset, piece.Length).CopyTo(piece);
            }
            else
            {
                piece.Fill(0xFF);
            }

            done += piece.Length;
        }
    }

    /// <summary>Writes bytes: bits that are 0 in them become 0, the others stay.</summary>
    /// <param name="address">First byte.</param>
    /// <param name="bytes">What.</param>
    public void Write(int address, ReadOnlySpan<byte> bytes)
    {
        Check(address, bytes.Length);
        Writes++;
        for (int i = 0; i < bytes.Length; i++)
        {
            Sector((address + i) / BytesASector)[(address + i) % BytesASector] &= bytes[i];
        }
    }

    /// <summary>Erases a sector.</summary>
    /// <param name="address">Its first byte.</param>
    public void Erase(int address)
    {
        CheckSector(address);
        CountErase(address);
        _sectors[address / BytesASector]?.AsSpan().Fill(0xFF);
    }

    /// <summary>Puts bytes there as they are: by wire, or what an operation left that power cut short.</summary>
    /// <param name="address">First byte.</param>
    /// <param name="bytes">What.</param>
    public void Put(int address, ReadOnlySpan<byte> bytes)
    {
        Check(address, bytes.Length);
        for (int i = 0; i < bytes.Length; i++)
        {
            Sector((address + i) / BytesASector)[(address + i) % BytesASector] = bytes[i];
        }
    }

    /// <summary>Counts an erase that is not done here, such as one that power cut short.</summary>
    /// <param name="address">The first byte of its sector.</param>
    public void CountErase(int address)
    {
        CheckSector(address);
        Erases++;
        _erases[address / BytesASector]++;
    }

    /// <summary>Copies the content out, for whoever looks.</summary>
    /// <returns>All of it.</returns>
    public byte[] ToArray()
    {
        var all = new byte[Length];
        Read(0, all);
        return all;
    }

    private byte[] Sector(int index)
    {
        if (_sectors[index] is not { } sector)
        {
            sector = new byte[BytesASector];
            sector.AsSpan().Fill(0xFF);
            _sectors[index] = sector;
        }

        return sector;
    }

    private void Check(int address, int count)
    {
        if (address < 0 || address > Length - count)
        {
            throw new ArgumentOutOfRangeException(nameof(address), address, $"{count} bytes there are not within {Length}");
        }
    }

    private void CheckSector(int address)
    {
        Check(address, BytesASector);
        if (address % BytesASector != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(address), address, "not the beginning of a sector");
        }
    }
}
