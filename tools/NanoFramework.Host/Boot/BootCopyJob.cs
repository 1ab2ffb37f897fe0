namespace JamBox.Boot;

/// <summary>One copy from region to region, sector by sector, with its journal. Part of the model of <c>jb_boot.c</c>.</summary>
internal readonly record struct BootCopyJob(
    IBootFlash Flash, BootRegion From, BootRegion To, int Length, int Sectors, int Journal, bool HasJournal, bool SkipsRight)
{
    /// <summary>Bytes that one read or write moves at most.</summary>
    public const int ChunkBytes = 256;

    /// <summary>Bytes per mark in the journal.</summary>
    public const int MarkBytes = 4;

    private const int Tries = 3;

    /// <summary>Copies what has no mark yet.</summary>
    /// <returns><see cref="BootResult.Ok"/> or <see cref="BootResult.Flash"/>.</returns>
    public BootResult Run()
    {
        // The first sector without a mark may have been torn. Once a mark is damaged too, any sector after it may have been.
        bool isSuspect = true;
        bool isDamaged = false;
        Span<byte> done = stackalloc byte[MarkBytes];
        Span<byte> mark = stackalloc byte[MarkBytes];
        for (int sector = 0; sector < Sectors; sector++)
        {
            done[0] = (byte)'J';
            done[1] = (byte)'B';
            done[2] = (byte)sector;
            done[3] = (byte)(sector >> 8);
            int markAddress = Journal + (sector * MarkBytes);
            bool isRead = HasJournal && Flash.Read(BootRegion.Boot, markAddress, mark);
            if (isRead && mark.SequenceEqual(done))
            {
                continue;
            }

            isDamaged = isDamaged || !isRead || !IsBlank(mark);
            if (!CopySector(sector * Flash.SectorBytes, isSuspect || isDamaged))
            {
                return BootResult.Flash;
            }

            isSuspect = false;

            // A mark that is not kept costs no more than this sector's copy again.
            if (HasJournal)
            {
                _ = Flash.Write(BootRegion.Boot, markAddress, done);
            }
        }

        return BootResult.Ok;
    }

    /// <summary>Whether all bytes are 0xFF.</summary>
    /// <param name="bytes">The bytes.</param>
    /// <returns>Whether they are.</returns>
    public static bool IsBlank(ReadOnlySpan<byte> bytes) => bytes.IndexOfAnyExcept((byte)0xFF) < 0;

    private bool CopySector(int address, bool isSuspect)
    {
        if (SkipsRight && !isSuspect && IsRight(address))
        {
            return true;
        }

        for (int i = 0; i < Tries; i++)
        {
            if (Program(address) && IsRight(address))
            {
                return true;
            }
        }

        return false;
    }

    // What follows the image must be blank: nanoCLR looks for assemblies up to the end of deploy.
    private bool ReadWanted(int address, Span<byte> bytes)
    {
        bytes.Fill(0xFF);
        return address >= Length || Flash.Read(From, address, bytes[..Math.Min(Length - address, ChunkBytes)]);
    }

    private bool IsRight(int address)
    {
        Span<byte> wanted = stackalloc byte[ChunkBytes];
        Span<byte> there = stackalloc byte[ChunkBytes];
        for (int i = 0; i < Flash.SectorBytes; i += ChunkBytes)
        {
            Flash.Feed();
            if (!ReadWanted(address + i, wanted) || !Flash.Read(To, address + i, there) || !wanted.SequenceEqual(there))
            {
                return false;
            }
        }

        return true;
    }

    private bool Program(int address)
    {
        Span<byte> wanted = stackalloc byte[ChunkBytes];
        Flash.Feed();
        if (!Flash.Erase(To, address))
        {
            return false;
        }

        for (int i = 0; i < Flash.SectorBytes; i += ChunkBytes)
        {
            Flash.Feed();
            if (!ReadWanted(address + i, wanted) || (!IsBlank(wanted) && !Flash.Write(To, address + i, wanted)))
            {
                return false;
            }
        }

        return true;
    }
}
