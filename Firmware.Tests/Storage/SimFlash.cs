using System;
using JamBox.Ports;

namespace JamBox.Tests.Storage;

/// <summary>NOR flash in RAM; power can be cut in the middle of a chosen operation.</summary>
internal sealed class SimFlash : IFlashRegion
{
    private readonly byte[] _bytes;

    public SimFlash(int sectors, int sectorSize)
    {
        SectorSize = sectorSize;
        _bytes = new byte[sectors * sectorSize];
        for (int i = 0; i < _bytes.Length; i++)
        {
            _bytes[i] = 0xFF;
        }
    }

    public int Length => _bytes.Length;

    public int SectorSize { get; }

    /// <summary>Erases and writes until now.</summary>
    public int Operations { get; private set; }

    /// <summary>The operation, counted from 1, in the middle of which power fails; 0 = never.</summary>
    public int FailAt { get; set; }

    /// <summary>How many bytes of that operation are still done.</summary>
    public int FailAfterBytes { get; set; }

    public int Erases { get; private set; }

    /// <summary>Whether it refuses to erase and to write.</summary>
    public bool Refuses { get; set; }

    /// <summary>Whether it says that it wrote and erased, and did nothing.</summary>
    public bool IsWornOut { get; set; }

    /// <summary>A sector that says that it wrote and did nothing, counted from 0; −1 = none.</summary>
    public int WornOutSector { get; set; } = -1;

    /// <summary>Reads until now.</summary>
    public int Reads { get; private set; }

    /// <summary>The bytes as they are, for tests that damage them.</summary>
    public byte[] Content => _bytes;

    /// <summary>Address of a slot that cannot be read, or −1.</summary>
    public int UnreadableAt { get; set; } = -1;

    public bool Read(int address, byte[] buffer, int offset, int count)
    {
        Reads++;
        if (UnreadableAt >= 0 && address == UnreadableAt)
        {
            return false;
        }

        Array.Copy(_bytes, address, buffer, offset, count);
        return true;
    }

    public bool Write(int address, byte[] buffer, int offset, int count)
    {
        if (address % 4 != 0 || count % 4 != 0)
        {
            throw new ArgumentException("not aligned");
        }

        if (Refuses)
        {
            return false;
        }

        int done = Begin(count);
        bool isKept = !IsWornOut && address / SectorSize != WornOutSector;
        for (int i = 0; i < done && isKept; i++)
        {
            _bytes[address + i] = (byte)(_bytes[address + i] & buffer[offset + i]);
        }

        End(done, count);
        return true;
    }

    public bool EraseSector(int address)
    {
        if (address % SectorSize != 0)
        {
            throw new ArgumentException("not a sector");
        }

        if (Refuses)
        {
            return false;
        }

        Erases++;
        int done = Begin(SectorSize);
        for (int i = 0; i < done && !IsWornOut; i++)
        {
            _bytes[address + i] = 0xFF;
        }

        End(done, SectorSize);
        return true;
    }

    private int Begin(int count)
    {
        Operations++;
        return Operations == FailAt && FailAfterBytes < count ? FailAfterBytes : count;
    }

    private void End(int done, int count)
    {
        if (Operations == FailAt)
        {
            FailAt = 0;
            throw new PowerLossException();
        }
    }
}
