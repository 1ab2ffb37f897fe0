using JamBox.Board;
using JamBox.Ports;
using JamBox.Twin.Run;
using JamBox.Twin.Time;

namespace JamBox.Twin.Storage;

/// <summary>What an operation leaves behind in which power goes.</summary>
internal enum TearKind
{
    /// <summary>Anything from nothing to all, by seed.</summary>
    Any,

    /// <summary>Nothing: power went before it began.</summary>
    Nothing,

    /// <summary>A part, by seed.</summary>
    Half,

    /// <summary>All of it: power went before anybody could be told.</summary>
    All,

    /// <summary>
    /// The worst that flash does: of a write any of its bits, and bits of the page behind it as far as nothing was written there; of an
    /// erase a sector full of chance. A value in the store is the old or the new one all the same.
    /// </summary>
    Wild,
}

/// <summary>How long the board's flash takes: what <c>JamBox.Interop.FlashRegion</c> says of it.</summary>
internal static class FlashTimes
{
    /// <summary>A sector erased, µs.</summary>
    public const int EraseMicroseconds = 45_000;

    private const int WriteMicrosecondsAKilobyte = 2_000;
    private const int ReadMicrosecondsAKilobyte = 100;

    /// <summary>A write.</summary>
    /// <param name="bytes">How many bytes.</param>
    /// <returns>µs.</returns>
    public static int WriteMicroseconds(int bytes) => bytes * WriteMicrosecondsAKilobyte / 1_024;

    /// <summary>A read.</summary>
    /// <param name="bytes">How many bytes.</param>
    /// <returns>µs.</returns>
    public static int ReadMicroseconds(int bytes) => bytes * ReadMicrosecondsAKilobyte / 1_024;
}

/// <summary>Looks at bytes that leave the box's RAM.</summary>
/// <param name="bytes">The bytes.</param>
internal delegate void LeakProbe(ReadOnlySpan<byte> bytes);

/// <summary>
/// A partition of NOR flash in which power may go in the middle of an operation. What is asked of it against the rules of the port is an
/// error of the firmware and ends the run.
/// </summary>
internal sealed class SimulatedFlash : IFlashRegion
{
    /// <summary>Bytes that are erased together.</summary>
    public const int BytesASector = NorPartition.BytesASector;

    private const int Word = 4;
    private const int BytesAPage = 256;

    private readonly NorPartition _nor;
    private readonly PowerSwitch _power;
    private readonly SeededRandom _random;

    /// <summary>Erased.</summary>
    /// <param name="length">Bytes, a multiple of <see cref="BytesASector"/>.</param>
    /// <param name="power">May cut an operation.</param>
    /// <param name="random">How a torn operation ends.</param>
    public SimulatedFlash(int length, PowerSwitch power, SeededRandom random)
    {
        _nor = new NorPartition(length);
        _power = power;
        _random = random;
    }

    /// <summary>Told of every piece that is written.</summary>
    public LeakProbe? Written { get; set; }

    /// <summary>Paused while a piece is written.</summary>
    public FirmwareMeter? Meter { get; set; }

    /// <summary>What is told how long each operation takes, µs; <c>null</c> = it takes no time.</summary>
    public Action<int>? Takes { get; set; }

    /// <inheritdoc/>
    public int Length => _nor.Length;

    /// <inheritdoc/>
    public int SectorSize => BytesASector;

    /// <summary>Writes so far.</summary>
    public int Writes { get; private set; }

    /// <summary>Sectors erased so far.</summary>
    public int Erases => _nor.Erases;

    /// <summary>Operations that power cut short.</summary>
    public int Torn { get; private set; }

    /// <summary>How often the sector was erased that was erased most.</summary>
    public int MostErases => _nor.MostErases;

    /// <summary>The sector that was written to or erased last.</summary>
    public int LastSector { get; private set; }

    /// <summary>Whether it is somebody outside the box who reads: no time passes then, and nothing is wrong with any sector.</summary>
    public bool IsLookedAt { get; set; }

    /// <summary>Sectors with which something is wrong.</summary>
    public int BadSectors => Enumerable.Range(0, Length / BytesASector).Count(IsBad);

    /// <summary>A copy of the content, for whoever looks.</summary>
    public byte[] Content => _nor.ToArray();

    /// <inheritdoc/>
    public bool Read(int address, byte[] buffer, int offset, int count)
    {
        return Read(address, buffer.AsSpan(offset, count));
    }

    /// <summary>Reads bytes.</summary>
    /// <param name="address">First byte.</param>
    /// <param name="buffer">Filled completely.</param>
    /// <returns><c>false</c> when the flash refused.</returns>
    public bool Read(int address, Span<byte> buffer)
    {
        if (IsLookedAt)
        {
            _nor.Copy(address, buffer);
            return true;
        }

        Takes?.Invoke(FlashTimes.ReadMicroseconds(buffer.Length));
        return _nor.Read(address, buffer);
    }

    /// <inheritdoc/>
    public bool Write(int address, byte[] buffer, int offset, int count)
    {
        bool isRunning = Meter?.Pause() ?? false;
        bool isWritten = Write(address, buffer.AsSpan(offset, count));
        if (isRunning)
        {
            Meter!.Resume();
        }

        return isWritten;
    }

    /// <summary>Writes bytes over erased ones.</summary>
    /// <param name="address">First byte, a multiple of 4.</param>
    /// <param name="wanted">What; a multiple of 4 bytes.</param>
    /// <returns><c>false</c> when the flash refused.</returns>
    public bool Write(int address, ReadOnlySpan<byte> wanted)
    {
        int count = wanted.Length;
        if (address % Word != 0 || count % Word != 0 || count <= 0)
        {
            throw new InvalidOperationException(
                $"the firmware writes {count} bytes at {address}: flash takes whole words at multiples of {Word}");
        }

        Writes++;
        LastSector = address / BytesASector;
        Written?.Invoke(wanted);
        Takes?.Invoke(FlashTimes.WriteMicroseconds(count));
        if (_power.BeginsOperation())
        {
            Torn++;
            TearWrite(address, wanted);
            throw PowerSwitch.Die($"in the middle of writing {count} bytes at {address}");
        }

        return _nor.Write(address, wanted);
    }

    /// <inheritdoc/>
    public bool EraseSector(int address)
    {
        if (address % BytesASector != 0)
        {
            throw new InvalidOperationException($"the firmware erases at {address}: not the beginning of a sector");
        }

        LastSector = address / BytesASector;
        Takes?.Invoke(FlashTimes.EraseMicroseconds);
        if (_power.BeginsOperation())
        {
            Torn++;
            TearErase(address);
            throw PowerSwitch.Die($"in the middle of erasing the sector at {address}");
        }

        return _nor.Erase(address);
    }

    /// <summary>Says whether anything is wrong with a sector.</summary>
    /// <param name="sector">Its number, from 0.</param>
    /// <returns>Whether it is.</returns>
    public bool IsBad(int sector) => _nor.FaultsOf(sector) != SectorFaults.None;

    /// <summary>Gives what is wrong with a sector.</summary>
    /// <param name="sector">Its number, from 0.</param>
    /// <returns>All of it.</returns>
    public SectorFaults FaultsOf(int sector) => _nor.FaultsOf(sector);

    /// <summary>A sector goes bad for good, in one way more.</summary>
    /// <param name="sector">Its number, from 0.</param>
    /// <param name="fault">In which way.</param>
    public void GoBad(int sector, SectorFaults fault) => _nor.Break(sector, _nor.FaultsOf(sector) | fault);

    /// <summary>Breaks a sector.</summary>
    /// <param name="sector">Its number, from 0.</param>
    /// <param name="faults">What is wrong with it from now on.</param>
    /// <param name="times">In so many operations; then it is well again.</param>
    public void Break(int sector, SectorFaults faults, int times = int.MaxValue) => _nor.Break(sector, faults, times);

    /// <summary>Makes all sectors well again; what they hold stays as it is.</summary>
    public void Mend() => _nor.Mend();

    /// <summary>Puts bytes there as they are, as the bench does over serial.</summary>
    /// <param name="address">First byte.</param>
    /// <param name="bytes">What.</param>
    public void Put(int address, ReadOnlySpan<byte> bytes) => _nor.Put(address, bytes);

    private void TearWrite(int address, ReadOnlySpan<byte> wanted)
    {
        if (_power.Tear == TearKind.Wild)
        {
            SpoilWrite(address, wanted);
        }
        else
        {
            CutWrite(address, wanted);
        }
    }

    // Behind it up to the end of the page, but not beyond what was programmed before: that keeps what it has.
    private void SpoilWrite(int address, ReadOnlySpan<byte> wanted)
    {
        int end = (address + wanted.Length + BytesAPage - 1) / BytesAPage * BytesAPage;
        var torn = new byte[Math.Min(end, Length) - address];
        _nor.Read(address, torn);
        int programmed = torn.AsSpan(wanted.Length).IndexOfAnyExcept((byte)0xFF);
        int free = wanted.Length + (programmed < 0 ? torn.Length - wanted.Length : programmed);
        for (int i = 0; i < free; i++)
        {
            torn[i] = (byte)(i < wanted.Length ? wanted[i] | Chance() : Chance() | Chance());
        }

        _nor.Write(address, torn.AsSpan(0, free));
    }

    private int Chance() => _random.Between(0, 0xFF);

    // The bytes before the tear are written, those behind it are not; at the tear some of the bits that were to be cleared are.
    private void CutWrite(int address, ReadOnlySpan<byte> wanted)
    {
        int tear = _power.Tear switch { TearKind.Nothing => 0, TearKind.All => wanted.Length, _ => _random.Between(0, wanted.Length) };
        var torn = new byte[wanted.Length];
        torn.AsSpan().Fill(0xFF);
        wanted[..tear].CopyTo(torn);
        for (int i = tear; i < Math.Min(tear + Word, wanted.Length) && _power.Tear != TearKind.Nothing; i++)
        {
            torn[i] = (byte)(wanted[i] | Chance());
        }

        _nor.Write(address, torn);
    }

    // A cell that was not erased long enough reads as anything between what it was and erased; it may also not have begun, or be done.
    private void TearErase(int address)
    {
        int kind =
            _power.Tear switch { TearKind.Nothing => 0, TearKind.All => 1, TearKind.Half => 2, TearKind.Wild => 4,
                _ => _random.Between(0, 3) };
        var sector = new byte[BytesASector];
        if (!_nor.Read(address, sector))
        {
            return;
        }

        _nor.CountErase(address);
        for (int i = 0; i < sector.Length && kind > 0; i++)
        {
            sector[i] = (byte)(kind == 1 ? 0xFF : kind == 4 ? Chance() : sector[i] | Chance());
        }

        _nor.Put(address, sector);
    }
}

/// <summary>A partition that the firmware may only read: whoever changes it is in error, and the run ends.</summary>
internal sealed class ReadOnlyRegion(SimulatedFlash flash) : IFlashRegion
{
    public int Length => flash.Length;

    public int SectorSize => flash.SectorSize;

    public bool Read(int address, byte[] buffer, int offset, int count) => flash.Read(address, buffer, offset, count);

    public bool Write(int address, byte[] buffer, int offset, int count) =>
        throw new InvalidOperationException($"the firmware writes at {address} of a region that it may only read");

    public bool EraseSector(int address) =>
        throw new InvalidOperationException($"the firmware erases at {address} of a region that it may only read");
}
