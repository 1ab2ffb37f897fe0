using JamBox.Ota.Patch;
using JamBox.Ports;

namespace JamBox.Ota;

/// <summary>
/// Takes the new image and writes it into stage. What is hashed is what the flash gives back: when that is right, so is stage.
/// </summary>
public sealed class StageWriter : IByteSink
{
    private readonly IFlashRegion _stage;
    private readonly ICryptography _crypto;

    /// <param name="stage">Where the image goes.</param>
    /// <param name="crypto">The hash is under way from <see cref="Begin"/> to <see cref="End"/>.</param>
    public StageWriter(IFlashRegion stage, ICryptography crypto)
    {
        _stage = stage;
        _crypto = crypto;
    }

    /// <summary>Gets the bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>Begins at the first byte.</summary>
    public void Begin()
    {
        Length = 0;
        _crypto.BeginHash();
    }

    /// <inheritdoc/>
    public bool Write(byte[] buffer, int count)
    {
        int end = count;
        while ((end & 3) != 0)
        {
            buffer[end++] = 0xFF;
        }

        if (end > _stage.Length - Length || !WriteSectors(buffer, end) || !_stage.Read(Length, buffer, 0, count))
        {
            return false;
        }

        _crypto.AddToHash(buffer, 0, count);
        Length += count;
        return true;
    }

    /// <summary>Ends the hash.</summary>
    /// <param name="sha256">SHA-256 of what was written, 32 bytes.</param>
    public void End(byte[] sha256)
    {
        _crypto.EndHash(sha256);
    }

    /// <summary>Writes sector by sector, and erases each at its first byte.</summary>
    private bool WriteSectors(byte[] buffer, int count)
    {
        int sectorSize = _stage.SectorSize;
        int done = 0;
        while (done < count)
        {
            int within = (Length + done) % sectorSize;
            int piece = sectorSize - within < count - done ? sectorSize - within : count - done;
            Check.That(((Length + done) & 3) == 0 && (piece & 3) == 0, "flash is written in whole words");
            Check.That(Length + done + piece <= _stage.Length, "an image lies in its slot");
            if ((within == 0 && !_stage.EraseSector(Length + done)) || !_stage.Write(Length + done, buffer, done, piece))
            {
                return false;
            }

            done += piece;
        }

        return true;
    }
}

/// <summary>The first bytes of a flash region as a source.</summary>
public sealed class FlashSource : IByteSource
{
    private readonly IFlashRegion _region;

    /// <param name="region">The region.</param>
    /// <param name="length">How many of its bytes count.</param>
    public FlashSource(IFlashRegion region, int length)
    {
        _region = region;
        Length = length;
    }

    /// <inheritdoc/>
    public int Length { get; private set; }

    /// <inheritdoc/>
    public bool Read(int position, byte[] buffer, int offset, int count)
    {
        return _region.Read(position, buffer, offset, count);
    }
}
