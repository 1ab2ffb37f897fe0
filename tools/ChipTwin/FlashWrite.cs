using System.IO.Compression;

namespace JamBox.ChipTwin;

/// <summary>
/// A write to flash that has begun. The region is erased at once. What comes packed is unpacked and written when all of it is there; a real
/// chip writes as it comes, which shows only after a write that broke off.
/// </summary>
/// <param name="flash">The flash.</param>
/// <param name="offset">Where to.</param>
/// <param name="length">Bytes that were announced, unpacked.</param>
/// <param name="blocks">Packets that were announced.</param>
/// <param name="blockLength">Bytes of a packet.</param>
/// <param name="isPacked">The packets are one stream of zlib.</param>
/// <param name="isExact">More or less than announced is an error, as for the stub; for the ROM only more is.</param>
internal sealed class FlashWrite(ChipFlash flash, uint offset, uint length, uint blocks, uint blockLength, bool isPacked, bool isExact)
{
    private readonly MemoryStream _packed = new();
    private uint _next;

    /// <summary>Gets a value indicating whether the packets come packed.</summary>
    public bool IsPacked => isPacked;

    /// <summary>Takes a packet.</summary>
    /// <param name="sequence">Its number.</param>
    /// <param name="data">Its data.</param>
    /// <param name="losesBit">One bit does not stay.</param>
    /// <returns>What is wrong.</returns>
    public LoaderError Take(uint sequence, ReadOnlySpan<byte> data, bool losesBit)
    {
        if (data.Length > blockLength || data.Length == 0)
        {
            return LoaderError.Parameter;
        }

        if (sequence != _next || sequence >= blocks)
        {
            return LoaderError.Failed;
        }

        if (!isPacked)
        {
            _next++;
            return Put(offset + (sequence * blockLength), data, losesBit);
        }

        _packed.Write(data);
        _next++;
        return _next == blocks ? Unpack(losesBit) : LoaderError.None;
    }

    private LoaderError Unpack(bool losesBit)
    {
        var bytes = new byte[length + 1];
        int count;
        try
        {
            _packed.Position = 0;
            using ZLibStream zlib = new(_packed, CompressionMode.Decompress, leaveOpen: true);
            count = zlib.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
        }
        catch (InvalidDataException)
        {
            return LoaderError.Unpacking;
        }

        if (count > length)
        {
            return LoaderError.TooMuch;
        }

        return isExact && count < length ? LoaderError.TooLittle : Put(offset, bytes.AsSpan(0, count), losesBit);
    }

    private LoaderError Put(uint at, ReadOnlySpan<byte> data, bool losesBit)
    {
        if (at >= flash.Length || data.Length == 0)
        {
            return LoaderError.Parameter;
        }

        // The last packet of a plain write is filled up with erased flash, beyond what was announced.
        ReadOnlySpan<byte> fitting = data[..(int)Math.Min((uint)data.Length, (uint)flash.Length - at)];
        byte[] written = fitting.ToArray();
        if (losesBit)
        {
            written[^1] ^= 1;
        }

        flash.Write((int)at, written);
        return LoaderError.None;
    }
}
