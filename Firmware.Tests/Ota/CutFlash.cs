using System;
using JamBox.Ports;
using JamBox.Tests.Storage;

namespace JamBox.Tests.Ota;

/// <summary>NOR flash in RAM whose power comes from a <see cref="PowerCut"/>.</summary>
internal sealed class CutFlash : IFlashRegion
{
    private readonly PowerCut _power;

    public CutFlash(PowerCut power, int sectors, int sectorSize)
    {
        _power = power;
        SectorSize = sectorSize;
        Bytes = new byte[sectors * sectorSize];
        Blank(0, Bytes.Length);
    }

    public byte[] Bytes { get; }

    public int Length => Bytes.Length;

    public int SectorSize { get; }

    public int Erases { get; private set; }

    /// <summary>How many of the next writes keep a wrong bit.</summary>
    public int BadWrites { get; set; }

    /// <summary>Whether it refuses to erase and to write.</summary>
    public bool Refuses { get; set; }

    /// <summary>Whether power goes at every erase: more current than the supply has.</summary>
    public bool IsTooMuch { get; set; }

    public bool Read(int address, byte[] buffer, int offset, int count)
    {
        Array.Copy(Bytes, address, buffer, offset, count);
        return true;
    }

    public bool Write(int address, byte[] buffer, int offset, int count)
    {
        if ((address | count) % 4 != 0)
        {
            throw new ArgumentException("not aligned");
        }

        if (Refuses)
        {
            return false;
        }

        int done = _power.Begin(count);
        for (int i = 0; i < done; i++)
        {
            Bytes[address + i] = (byte)(Bytes[address + i] & buffer[offset + i]);
        }

        if (BadWrites > 0 && done > 0)
        {
            BadWrites--;
            Bytes[address + (done / 2)] ^= 0x10;
        }

        _power.End();
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
        if (IsTooMuch)
        {
            throw new PowerLossException();
        }

        // A torn erase leaves anything; here the end is blank and the beginning as it was: marks stay, and what they are about has gone.
        int done = _power.Begin(SectorSize);
        Blank(address + SectorSize - done, done);
        _power.End();
        return true;
    }

    private void Blank(int address, int count)
    {
        for (int i = address; i < address + count; i++)
        {
            Bytes[i] = 0xFF;
        }
    }
}
