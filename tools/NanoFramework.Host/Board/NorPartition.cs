namespace JamBox.Board;

/// <summary>What is wrong with a sector of flash.</summary>
[Flags]
public enum SectorFaults
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Writes report success and change nothing.</summary>
    IgnoresWrites = 1,

    /// <summary>Erases report success and change nothing.</summary>
    IgnoresErases = 2,

    /// <summary>Writes and erases report failure and change nothing: worn out, and the driver noticed.</summary>
    RefusesChanges = 4,

    /// <summary>Reads report failure.</summary>
    RefusesReads = 8,
}

/// <summary>
/// The one model of flash, of the twin and of the board's stand-ins. NOR flash: erasing sets all bits of a sector, writing only clears
/// bits, every erase wears. Memory is taken only for sectors that were
/// written to, so that a box with megabytes of flash costs what it uses. Whole operations only: who tears them puts the remains.
/// </summary>
public sealed class NorPartition
{
    /// <summary>Bytes that are erased together.</summary>
    public const int BytesASector = 4_096;

    private readonly byte[]?[] _sectors;
    private readonly int[] _erases;
    private readonly Dictionary<int, Fault> _faults = [];

    /// <summary>Erased.</summary>
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

    /// <summary>Breaks a sector.</summary>
    /// <param name="sector">Its number, from 0.</param>
    /// <param name="faults">What is wrong with it from now on.</param>
    /// <param name="times">In so many operations; then it is well again.</param>
    public void Break(int sector, SectorFaults faults, int times = int.MaxValue)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)sector, (uint)_sectors.Length, nameof(sector));
        _faults[sector] = new Fault(faults, times);
    }

    /// <summary>Gives what is wrong with a sector.</summary>
    /// <param name="sector">Its number, from 0.</param>
    /// <returns>All of it.</returns>
    public SectorFaults FaultsOf(int sector) =>
        _faults.TryGetValue(sector, out Fault? fault) && fault.TimesLeft > 0 ? fault.Faults : SectorFaults.None;

    /// <summary>Breaks all sectors.</summary>
    /// <param name="faults">What is wrong with them from now on.</param>
    public void BreakAll(SectorFaults faults)
    {
        for (int sector = 0; sector < _sectors.Length; sector++)
        {
            Break(sector, faults);
        }
    }

    /// <summary>Makes all sectors well again; what they hold stays as it is.</summary>
    public void Mend() => _faults.Clear();

    /// <summary>Reads bytes.</summary>
    /// <param name="address">First byte.</param>
    /// <param name="buffer">Filled completely.</param>
    /// <returns><c>false</c> when a sector refused; the buffer then holds nothing of use.</returns>
    public bool Read(int address, Span<byte> buffer)
    {
        Check(address, buffer.Length);
        bool isRead = true;
        for (int sector = address / BytesASector; sector * BytesASector < address + buffer.Length; sector++)
        {
            isRead &= !Meets(sector, SectorFaults.RefusesReads);
        }

        if (isRead)
        {
            Copy(address, buffer);
        }

        return isRead;
    }

    /// <summary>Writes bytes: bits that are 0 in them become 0, the others stay.</summary>
    /// <param name="address">First byte.</param>
    /// <param name="bytes">What.</param>
    /// <returns><c>false</c> when a sector refused; those before it are written.</returns>
    public bool Write(int address, ReadOnlySpan<byte> bytes)
    {
        Check(address, bytes.Length);
        Writes++;
        for (int done = 0; done < bytes.Length;)
        {
            int index = (address + done) / BytesASector;
            int offset = (address + done) % BytesASector;
            ReadOnlySpan<byte> piece = bytes.Slice(done, Math.Min(BytesASector - offset, bytes.Length - done));
            if (Meets(index, SectorFaults.RefusesChanges))
            {
                return false;
            }

            if (!Meets(index, SectorFaults.IgnoresWrites))
            {
                Span<byte> sector = Sector(index).AsSpan(offset);
                for (int i = 0; i < piece.Length; i++)
                {
                    sector[i] &= piece[i];
                }
            }

            done += piece.Length;
        }

        return true;
    }

    /// <summary>Erases a sector.</summary>
    /// <param name="address">Its first byte.</param>
    /// <returns><c>false</c> when it refused.</returns>
    public bool Erase(int address)
    {
        CheckSector(address);
        int index = address / BytesASector;
        if (Meets(index, SectorFaults.RefusesChanges))
        {
            return false;
        }

        CountErase(address);
        if (!Meets(index, SectorFaults.IgnoresErases))
        {
            _sectors[index]?.AsSpan().Fill(0xFF);
        }

        return true;
    }

    /// <summary>
    /// Puts bytes there as they are, whatever is wrong with the sector: over serial, or what an operation left that power cut short.
    /// </summary>
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

    /// <summary>Copies the content out, for whoever looks, whatever is wrong with it.</summary>
    /// <returns>All of it.</returns>
    public byte[] ToArray()
    {
        var all = new byte[Length];
        Copy(0, all);
        return all;
    }

    /// <summary>Copies content out, for whoever looks, whatever is wrong with it.</summary>
    /// <param name="address">First byte.</param>
    /// <param name="buffer">Filled completely.</param>
    public void Copy(int address, Span<byte> buffer)
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

    // Whether the present operation meets one of these faults there; it then uses up one of its times.
    private bool Meets(int sector, SectorFaults faults)
    {
        if (_faults.Count == 0 || !_faults.TryGetValue(sector, out Fault? fault) || (fault.Faults & faults) == 0 || fault.TimesLeft == 0)
        {
            return false;
        }

        fault.TimesLeft--;
        return true;
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

    /// <summary>What is wrong with a sector, and how often still.</summary>
    private sealed class Fault(SectorFaults faults, int times)
    {
        public SectorFaults Faults { get; } = faults;

        public int TimesLeft { get; set; } = times;
    }
}
