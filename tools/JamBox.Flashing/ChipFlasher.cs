using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace JamBox.Flashing;

/// <summary>What goes where in the flash.</summary>
/// <param name="Name">What it is, as people call it: <c>nanoCLR</c>, <c>ident</c>.</param>
/// <param name="Offset">Where it begins, a multiple of 4,096.</param>
/// <param name="Bytes">What is written.</param>
/// <param name="Length">What is filled with erased flash, from the offset on; 0 for no more than the bytes need.</param>
public sealed record FlashPart(string Name, int Offset, ReadOnlyMemory<byte> Bytes, int Length = 0)
{
    /// <summary>Gets what the flash holds afterwards: the bytes, and erased flash up to the length or a multiple of 4.</summary>
    /// <returns>At least as long as the bytes.</returns>
    public byte[] ToFlash()
    {
        var filled = new byte[Math.Max(Length, (Bytes.Length + 3) / 4 * 4)];
        Array.Fill(filled, (byte)0xFF);
        Bytes.CopyTo(filled);
        return filled;
    }
}

/// <summary>How far flashing is.</summary>
/// <param name="Part">What is being written.</param>
/// <param name="Sent">Bytes of it that were sent, compressed.</param>
/// <param name="Total">Bytes of it that are to be sent.</param>
/// <param name="State">What is being done with it.</param>
public sealed record FlashProgress(FlashPart Part, int Sent, int Total, FlashState State);

/// <summary>What is being done with a part.</summary>
public enum FlashState
{
    /// <summary>Is it there already?</summary>
    Comparing,

    /// <summary>It is being sent.</summary>
    Writing,

    /// <summary>The chip adds up what it holds.</summary>
    Verifying,

    /// <summary>It is there, verified.</summary>
    Written,

    /// <summary>It was there before, and was left as it was.</summary>
    Unchanged,
}

/// <summary>
/// Writes parts to the flash of a chip, compressed, each verified by the MD5 that the chip adds up. A part that is there already is left
/// alone, so that a flash that broke off goes on where it was.
/// </summary>
/// <param name="loader">The loader.</param>
/// <param name="chip">The chip behind it.</param>
public sealed class ChipFlasher(RomLoader loader, ChipInfo chip)
{
    /// <summary>How often a part is written before it is given up.</summary>
    public const int WriteAttempts = 3;

    // Espressif's own measure of what a chip may need, per megabyte.
    private const double EraseSecondsPerMegabyte = 30;
    private const double WriteSecondsPerMegabyte = 40;
    private const double Md5SecondsPerMegabyte = 8;
    private const int Md5HexLength = 32;

    private bool _isWriteOpen;

    /// <summary>Tells how far it is; called often.</summary>
    public Action<FlashProgress>? Progress { get; init; }

    /// <summary>Has both sides talk faster. A port that is the chip's own has no rate, and is left alone.</summary>
    /// <param name="baudRate">The new rate.</param>
    /// <returns>They do; <c>false</c> when the faster rate did not work and they talk as before.</returns>
    /// <exception cref="FlashException">The chip is not heard any more.</exception>
    public bool TrySpeedUp(int baudRate)
    {
        if (chip.IsNativeUsb || baudRate <= loader.Line.BaudRate)
        {
            return false;
        }

        int before = loader.Line.BaudRate;
        loader.Call(RomCommand.ChangeBaudRate, RomProtocol.Words((uint)baudRate, 0));
        try
        {
            loader.Line.BaudRate = baudRate;
            loader.Clock.Wait(TimeSpan.FromMilliseconds(50));
            if (loader.TrySync())
            {
                return true;
            }
        }
        catch (FlashException e) when (e.Fault == FlashFault.Port)
        {
            // The port cannot do this rate. The chip does it now: only a reset brings it back.
        }

        loader.Line.BaudRate = before;
        DownloadMode.Enter(loader.Line, loader.Clock);
        loader.Call(RomCommand.AttachFlash, RomProtocol.Words(0, 0));
        return false;
    }

    /// <summary>Writes the parts, in this order.</summary>
    /// <param name="parts">What goes where.</param>
    /// <exception cref="FlashException">A part cannot be written, does not fit, or is not what was written.</exception>
    public void Write(IReadOnlyList<FlashPart> parts)
    {
        Check(parts);
        foreach (FlashPart part in parts)
        {
            byte[] bytes = part.ToFlash();
            Report(part, 0, 0, FlashState.Comparing);
            if (Md5(part.Offset, bytes.Length) == Hash(bytes))
            {
                Report(part, 0, 0, FlashState.Unchanged);
                continue;
            }

            WriteUntilRight(part, bytes);
            Report(part, 0, 0, FlashState.Written);
        }
    }

    /// <summary>Starts the firmware.</summary>
    /// <returns>The beginning of what it says; more comes from the line.</returns>
    /// <exception cref="FlashException">The chip does not.</exception>
    public byte[] Leave() => DownloadMode.Leave(loader, _isWriteOpen);

    private void WriteUntilRight(FlashPart part, byte[] bytes)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                WriteOnce(part, bytes);
                Report(part, 0, 0, FlashState.Verifying);
                if (Md5(part.Offset, bytes.Length) == Hash(bytes))
                {
                    return;
                }

                throw new FlashException(
                    FlashFault.Damaged,
                    $"'{part.Name}' does not stay in the flash at 0x{part.Offset:X} as it was written: the flash is worn out. "
                    + "Take another box.");
            }
            catch (FlashException e) when (attempt < WriteAttempts && e.Fault is not FlashFault.Port)
            {
                // Whatever was lost on the way: both sides begin anew.
                if (!loader.TrySync() && !loader.TrySync())
                {
                    throw;
                }
            }
        }
    }

    private void WriteOnce(FlashPart part, byte[] bytes)
    {
        byte[] packed = Compress(bytes);
        int blocks = (packed.Length + RomProtocol.FlashBlock - 1) / RomProtocol.FlashBlock;
        int unpacked = (bytes.Length + RomProtocol.FlashBlock - 1) / RomProtocol.FlashBlock * RomProtocol.FlashBlock;
        Report(part, 0, packed.Length, FlashState.Writing);
        loader.Call(
            RomCommand.DeflateBegin,
            RomProtocol.Words((uint)unpacked, (uint)blocks, RomProtocol.FlashBlock, (uint)part.Offset, 0),
            timeout: Time(EraseSecondsPerMegabyte, unpacked));
        _isWriteOpen = true;
        for (int sequence = 0; sequence < blocks; sequence++)
        {
            int at = sequence * RomProtocol.FlashBlock;
            ReadOnlySpan<byte> data = packed.AsSpan(at, Math.Min(RomProtocol.FlashBlock, packed.Length - at));

            // One packet may unpack to all that is left.
            loader.Call(
                RomCommand.DeflateData,
                [.. RomProtocol.Words((uint)data.Length, (uint)sequence, 0, 0), .. data],
                checksum: RomProtocol.Checksum(data),
                timeout: Time(WriteSecondsPerMegabyte, unpacked));
            Report(part, at + data.Length, packed.Length, FlashState.Writing);
        }
    }

    private string Md5(int offset, int length)
    {
        byte[] region = RomProtocol.Words((uint)offset, (uint)length, 0, 0);
        RomAnswer answer = loader.Call(RomCommand.Md5, region, Md5HexLength, timeout: Time(Md5SecondsPerMegabyte, length));
        return Encoding.ASCII.GetString(answer.Data).ToLowerInvariant();
    }

    private void Check(IReadOnlyList<FlashPart> parts)
    {
        long end = 0;
        foreach (FlashPart part in parts.OrderBy(part => part.Offset))
        {
            int length = Math.Max(part.Bytes.Length, part.Length);
            bool isInside = part.Length == 0 || part.Bytes.Length <= part.Length;
            if (part.Offset < 0 || part.Offset % Esp32S3.SectorLength != 0 || length == 0 || !isInside)
            {
                throw new FlashException(
                    FlashFault.Input,
                    $"'{part.Name}' cannot be written: {part.Bytes.Length} bytes at 0x{part.Offset:X} "
                    + $"of a partition of {part.Length} bytes.");
            }

            if (part.Offset < end)
            {
                throw new FlashException(
                    FlashFault.Input, $"'{part.Name}' at 0x{part.Offset:X} lies on the part before it, which ends at 0x{end:X}.");
            }

            end = (long)part.Offset + length;
            if (chip.FlashBytes > 0 && end > chip.FlashBytes)
            {
                throw new FlashException(
                    FlashFault.WrongChip,
                    $"'{part.Name}' ends at 0x{end:X}, and the flash of this chip has {chip.FlashBytes / 1024 / 1024} MB: "
                    + "it is not the board for this firmware.");
            }
        }
    }

    private void Report(FlashPart part, int sent, int total, FlashState state)
    {
        Progress?.Invoke(new FlashProgress(part, sent, total, state));
    }

    private static byte[] Compress(byte[] bytes)
    {
        using MemoryStream packed = new();
        using (ZLibStream zlib = new(packed, CompressionLevel.SmallestSize))
        {
            zlib.Write(bytes);
        }

        return packed.ToArray();
    }

    // MD5 is what the ROM can add up; it guards against a bad line, not against an enemy.
#pragma warning disable CA5351
    private static string Hash(byte[] bytes) => Convert.ToHexStringLower(MD5.HashData(bytes));
#pragma warning restore CA5351

    private static TimeSpan Time(double secondsPerMegabyte, int bytes)
    {
        TimeSpan time = TimeSpan.FromSeconds(secondsPerMegabyte * bytes / 1_000_000);
        return time > RomLoader.CommandTime ? time : RomLoader.CommandTime;
    }
}
