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
        byte[] bytes = Bytes;
        for (int i = 0; i < done; i++)
        {
            bytes[address + i] &= buffer[offset + i];
        }

        if (BadWrites > 0 && done > 0)
        {
            BadWrites--;
            bytes[address + (done / 2)] ^= 0x10;
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

    /// <summary>Puts an image at the beginning, and leaves the rest blank.</summary>
    public void Load(byte[] image)
    {
        Array.Copy(image, Bytes, image.Length);
        Blank(image.Length, Bytes.Length - image.Length);
    }

    // Twice as much with every copy: the interpreter would take 15 instructions a byte.
    private void Blank(int address, int count)
    {
        if (count == 0)
        {
            return;
        }

        Bytes[address] = 0xFF;
        for (int done = 1; done < count; done *= 2)
        {
            Array.Copy(Bytes, address, Bytes, address + done, done < count - done ? done : count - done);
        }
    }
}
