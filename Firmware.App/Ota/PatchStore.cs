using System;
using JamBox.Ota.Patch;
using JamBox.Ports;

namespace JamBox.Ota;

/// <summary>
/// The patch in flash, as far as it has come: chunks in their order, each with a mark that is written after it. A loss of power costs the
/// chunk that was being written and no other.
/// </summary>
/// <remarks>
/// A sector (4,096 bytes on the board) has a head of 512 bytes and as many chunks of 512 as fit behind it: seven. In the head, from its
/// first byte: SHA-256 of the patch that the sector belongs to (32), then a mark a chunk (4): CRC-16 of the chunk and its complement,
/// little-endian. A sector with the hash of another patch, or a torn one, counts as empty and is erased before its first use; so a new
/// patch needs nothing to be cleaned up, and the same one goes on where it was, whatever the backend calls it by then.
/// <para>
/// A chunk that was torn is written over with the same bytes, which only clears bits that were to be cleared. What does not read back as it
/// was written spoils its sector: that one is begun again.
/// </para>
/// </remarks>
public sealed class PatchStore : IByteSource
{
    /// <summary>Bytes per chunk; the last one may be shorter.</summary>
    public const int ChunkSize = 512;

    private const int MarkSize = 4;
    private const int PieceSize = 64;

    private readonly IFlashRegion _region;
    private readonly int _chunksASector;

    // There from Open on.
    private byte[] _hash;
    private byte[] _piece;

    /// <summary>Nothing is read yet.</summary>
    /// <param name="region">The partition.</param>
    public PatchStore(IFlashRegion region)
    {
        _region = region;
        _chunksASector = (region.SectorSize / ChunkSize) - 1;
        Capacity = region.Length / region.SectorSize * _chunksASector * ChunkSize;
    }

    /// <summary>Gets the bytes of the largest patch that fits.</summary>
    public int Capacity { get; }

    /// <summary>Gets the chunks of the patch; 0 before <see cref="Open"/>.</summary>
    public int Chunks { get; private set; }

    /// <summary>Gets how many of them are there, from the first without a gap: the index of the next one.</summary>
    public int Present { get; private set; }

    /// <inheritdoc/>
    public int Length { get; private set; }

    /// <summary>Gets a value indicating whether the whole patch is there.</summary>
    public bool IsComplete => Chunks > 0 && Present == Chunks;

    /// <summary>Gets the bytes of the next chunk.</summary>
    public int NextLength => Present < Chunks - 1 ? ChunkSize : Length - (Present * ChunkSize);

    /// <summary>Says which patch it is about, and looks how much of it is there.</summary>
    /// <param name="bytes">Its SHA-256 lies here.</param>
    /// <param name="offset">First index of the hash.</param>
    /// <param name="length">Bytes of the patch, 1…<see cref="Capacity"/>.</param>
    public void Open(byte[] bytes, int offset, int length)
    {
        _hash ??= new byte[Hash.Size];
        _piece ??= new byte[PieceSize];
        Array.Copy(bytes, offset, _hash, 0, Hash.Size);
        Length = length;
        Chunks = (length + ChunkSize - 1) / ChunkSize;
        Present = 0;
        while (Present < Chunks && IsOurs(SectorOf(Present)))
        {
            int end = Present + _chunksASector < Chunks ? Present + _chunksASector : Chunks;
            while (Present < end && IsMarked(Present))
            {
                Present++;
            }

            if (Present < end)
            {
                return;
            }
        }
    }

    /// <summary>Writes the next chunk, and then its mark.</summary>
    /// <param name="chunk">Its bytes, from index 0; those behind it up to a multiple of four are changed.</param>
    /// <param name="crc">Its CRC-16.</param>
    /// <returns><c>false</c> when the flash refused or did not keep it; then <see cref="Present"/> says where to go on.</returns>
    public bool Add(byte[] chunk, int crc)
    {
        int sector = SectorOf(Present);
        if (!IsOurs(sector) && !BeginSector(sector))
        {
            return false;
        }

        int count = NextLength;
        while ((count & 3) != 0)
        {
            chunk[count++] = 0xFF;
        }

        if (!WriteChecked(AddressOf(Present), chunk, count) || !WriteMark(crc))
        {
            Spoil(sector);
            Present -= Present % _chunksASector;
            return false;
        }

        Present++;
        return true;
    }

    /// <summary>Makes all of it worthless, so that it is fetched anew.</summary>
    public void Forget()
    {
        for (int chunk = 0; chunk < Chunks; chunk += _chunksASector)
        {
            int sector = SectorOf(chunk);
            if (IsOurs(sector))
            {
                Spoil(sector);
            }
        }

        Present = 0;
    }

    /// <summary>Gives the memory back; a patch that is wanted again is opened again.</summary>
    public void Release()
    {
        _hash = null;
        _piece = null;
        Chunks = 0;
        Present = 0;
        Length = 0;
    }

    /// <inheritdoc/>
    public bool Read(int position, byte[] buffer, int offset, int count)
    {
        while (count > 0)
        {
            int within = position % ChunkSize;
            int length = ChunkSize - within < count ? ChunkSize - within : count;
            if (!_region.Read(AddressOf(position / ChunkSize) + within, buffer, offset, length))
            {
                return false;
            }

            position += length;
            offset += length;
            count -= length;
        }

        return true;
    }

    private int SectorOf(int chunk)
    {
        return chunk / _chunksASector * _region.SectorSize;
    }

    private int AddressOf(int chunk)
    {
        return SectorOf(chunk) + (((chunk % _chunksASector) + 1) * ChunkSize);
    }

    private int MarkOf(int chunk)
    {
        return SectorOf(chunk) + Hash.Size + (chunk % _chunksASector * MarkSize);
    }

    private bool IsOurs(int sector)
    {
        return _region.Read(sector, _piece, 0, Hash.Size) && Hash.AreEqual(_piece, 0, _hash, 0);
    }

    private bool IsMarked(int chunk)
    {
        return _region.Read(MarkOf(chunk), _piece, 0, MarkSize)
            && (_piece[0] ^ _piece[2]) == 0xFF && (_piece[1] ^ _piece[3]) == 0xFF;
    }

    private bool BeginSector(int sector)
    {
        return _region.EraseSector(sector) && WriteChecked(sector, _hash, Hash.Size);
    }

    private bool WriteMark(int crc)
    {
        byte[] mark = _piece;
        mark[0] = (byte)crc;
        mark[1] = (byte)(crc >> 8);
        mark[2] = (byte)~mark[0];
        mark[3] = (byte)~mark[1];
        return _region.Write(MarkOf(Present), mark, 0, MarkSize)
            && IsMarked(Present)
            && mark[0] == (byte)crc
            && mark[1] == (byte)(crc >> 8);
    }

    private bool WriteChecked(int address, byte[] bytes, int count)
    {
        Check.That((address & 3) == 0 && (count & 3) == 0, "flash is written in whole words");
        Check.That(address >= 0 && address + count <= _region.Length, "a chunk lies in its partition");
        if (!_region.Write(address, bytes, 0, count))
        {
            return false;
        }

        for (int done = 0; done < count; done += PieceSize)
        {
            int length = count - done < PieceSize ? count - done : PieceSize;
            if (!_region.Read(address + done, _piece, 0, length) || !AreEqual(bytes, done, length))
            {
                return false;
            }
        }

        return true;
    }

    private bool AreEqual(byte[] bytes, int offset, int count)
    {
        int i = 0;
        for (; i + 8 <= count; i += 8)
        {
            if (BitConverter.ToInt64(bytes, offset + i) != BitConverter.ToInt64(_piece, i))
            {
                return false;
            }
        }

        for (; i < count; i++)
        {
            if (bytes[offset + i] != _piece[i])
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// Clears the hash in a sector's head. It is not erased here: a torn erase might leave hash and marks and take the chunks.
    /// </summary>
    private void Spoil(int sector)
    {
        Array.Clear(_piece, 0, Hash.Size);
        _region.Write(sector, _piece, 0, Hash.Size);
    }
}
