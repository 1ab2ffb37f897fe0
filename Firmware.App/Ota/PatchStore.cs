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

    // No sector of this pass was erased yet, or so many boots may have gone by that nobody knows.
    private const int NoSector = int.MaxValue;

    private readonly IFlashRegion _region;
    private readonly UpdateLimits _limits;
    private readonly int _chunksASector;
    private int _erased = NoSector;

    // There from Open on.
    private byte[] _hash;
    private byte[] _piece;

    /// <summary>Nothing is read yet.</summary>
    /// <param name="region">The partition.</param>
    /// <param name="limits">Allows passes over it, and counts them.</param>
    public PatchStore(IFlashRegion region, UpdateLimits limits)
    {
        _region = region;
        _limits = limits;
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
    public int NextLength => LengthOf(Present);

    /// <summary>Gets a value indicating whether the next chunk has to wait for another day: its sector may not be erased in this one.</summary>
    public bool IsWorn => _limits.ArePassesOver && !IsComplete && Chunks > 0 && SectorOf(Present) <= _erased && !IsOurs(SectorOf(Present));

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

    /// <summary>Gives the bytes of a chunk.</summary>
    /// <param name="chunk">Its index, 0…<see cref="Chunks"/> − 1.</param>
    /// <returns>1…<see cref="ChunkSize"/>.</returns>
    public int LengthOf(int chunk)
    {
        return chunk < Chunks - 1 ? ChunkSize : Length - (chunk * ChunkSize);
    }

    /// <summary>Writes the next chunk, and then its mark.</summary>
    /// <param name="chunk">Its bytes, from index 0; those behind it up to a multiple of four are changed.</param>
    /// <param name="crc">Its CRC-16.</param>
    /// <returns><c>false</c> when the flash refused or did not keep it; then <see cref="Present"/> says where to go on.</returns>
    public bool Add(byte[] chunk, int crc)
    {
        return Put(Present, chunk) && Mark(crc);
    }

    /// <summary>
    /// Writes a chunk without its mark, which <see cref="Mark"/> makes up for once it is known to be right: until then it counts as not
    /// there.
    /// </summary>
    /// <param name="index">Which: the next one, or one behind those that were put since the last mark.</param>
    /// <param name="chunk">Its bytes, from index 0; those behind it up to a multiple of four are changed.</param>
    /// <returns><c>false</c> when the flash refused or did not keep it, or the sector may not be erased again in this day; then
    /// <see cref="Present"/> says where to go on.</returns>
    public bool Put(int index, byte[] chunk)
    {
        int sector = SectorOf(index);
        if (!IsOurs(sector) && !BeginSector(sector))
        {
            return false;
        }

        int count = LengthOf(index);
        while ((count & 3) != 0)
        {
            chunk[count++] = 0xFF;
        }

        if (!WriteChecked(AddressOf(index), chunk, count))
        {
            GiveUp(sector);
            return false;
        }

        return true;
    }

    /// <summary>Marks the next chunk as there: its bytes were put.</summary>
    /// <param name="crc">Its CRC-16.</param>
    /// <returns><c>false</c> when the flash did not keep it; then <see cref="Present"/> says where to go on.</returns>
    public bool Mark(int crc)
    {
        // A chunk that was put may have gone with its sector since: one behind it was not kept.
        if (!IsOurs(SectorOf(Present)) || !WriteMark(crc))
        {
            GiveUp(SectorOf(Present));
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

    /// <summary>Within a pass sectors are erased in their order, each once; whatever is not so, begins another pass.</summary>
    private bool BeginSector(int sector)
    {
        if (sector <= _erased && !_limits.TryPass())
        {
            return false;
        }

        _erased = sector;
        return _region.EraseSector(sector) && WriteChecked(sector, _hash, Hash.Size);
    }

    private void GiveUp(int sector)
    {
        Spoil(sector);
        if (sector == SectorOf(Present))
        {
            Present -= Present % _chunksASector;
        }
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
