using JamBox.Ports;
using JamBox.Twin.Run;
using JamBox.Twin.Time;

namespace JamBox.Twin.Storage;

/// <summary>
/// A partition of NOR flash: erasing sets all bits of a sector, writing only clears bits, every operation wears, and power may go in the
/// middle of one. What is asked of it against the rules of the port is an error of the firmware and ends the run.
/// </summary>
internal sealed class SimulatedFlash : IFlashRegion
{
    /// <summary>Bytes that are erased together.</summary>
    public const int BytesASector = 4_096;

    private const int Word = 4;

    private readonly byte[] _bytes;
    private readonly int[] _erases;
    private readonly PowerSwitch _power;
    private readonly SeededRandom _random;

    /// <summary>Initializes a new instance of the <see cref="SimulatedFlash"/> class, erased.</summary>
    /// <param name="length">Bytes, a multiple of <see cref="BytesASector"/>.</param>
    /// <param name="power">May cut an operation.</param>
    /// <param name="random">How a torn operation ends.</param>
    public SimulatedFlash(int length, PowerSwitch power, SeededRandom random)
    {
        if (length <= 0 || length % BytesASector != 0)
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, "whole sectors only");
        }

        _bytes = new byte[length];
        _bytes.AsSpan().Fill(0xFF);
        _erases = new int[length / BytesASector];
        _power = power;
        _random = random;
    }

    /// <summary>Told of every piece that is written.</summary>
    public LeakProbe? Written { get; set; }

    /// <inheritdoc/>
    public int Length => _bytes.Length;

    /// <inheritdoc/>
    public int SectorSize => BytesASector;

    /// <summary>Writes so far.</summary>
    public int Writes { get; private set; }

    /// <summary>Sectors erased so far.</summary>
    public int Erases { get; private set; }

    /// <summary>Operations that power cut short.</summary>
    public int Torn { get; private set; }

    /// <summary>How often the sector was erased that was erased most.</summary>
    public int MostErases => _erases.Max();

    /// <summary>The content, for whoever looks.</summary>
    public ReadOnlySpan<byte> Content => _bytes;

    /// <inheritdoc/>
    public bool Read(int address, byte[] buffer, int offset, int count)
    {
        _bytes.AsSpan(address, count).CopyTo(buffer.AsSpan(offset, count));
        return true;
    }

    /// <inheritdoc/>
    public bool Write(int address, byte[] buffer, int offset, int count)
    {
        if (address % Word != 0 || count % Word != 0 || count <= 0)
        {
            throw new InvalidOperationException($"the firmware writes {count} bytes at {address}: flash takes whole words at multiples of {Word}");
        }

        ReadOnlySpan<byte> wanted = buffer.AsSpan(offset, count);
        Span<byte> target = _bytes.AsSpan(address, count);
        Writes++;
        Written?.Invoke(wanted);
        if (_power.BeginsOperation())
        {
            Torn++;
            TearWrite(target, wanted);
            throw PowerSwitch.Die($"in the middle of writing {count} bytes at {address}");
        }

        for (int i = 0; i < count; i++)
        {
            target[i] &= wanted[i];
        }

        return true;
    }

    /// <inheritdoc/>
    public bool EraseSector(int address)
    {
        if (address % BytesASector != 0)
        {
            throw new InvalidOperationException($"the firmware erases at {address}: not the beginning of a sector");
        }

        Span<byte> sector = _bytes.AsSpan(address, BytesASector);
        Erases++;
        _erases[address / BytesASector]++;
        if (_power.BeginsOperation())
        {
            Torn++;
            TearErase(sector);
            throw PowerSwitch.Die($"in the middle of erasing the sector at {address}");
        }

        sector.Fill(0xFF);
        return true;
    }

    // The bytes before the tear are written, those behind it are not; at the tear some of the bits that were to be cleared are.
    private void TearWrite(Span<byte> target, ReadOnlySpan<byte> wanted)
    {
        int tear = _random.Between(0, wanted.Length);
        for (int i = 0; i < tear; i++)
        {
            target[i] &= wanted[i];
        }

        for (int i = tear; i < Math.Min(tear + Word, wanted.Length); i++)
        {
            target[i] &= (byte)(wanted[i] | _random.Between(0, 0xFF));
        }
    }

    // A cell that was not erased long enough reads as anything between what it was and erased; it may also not have begun, or be done.
    private void TearErase(Span<byte> sector)
    {
        int kind = _random.Between(0, 3);
        for (int i = 0; i < sector.Length && kind > 0; i++)
        {
            sector[i] |= kind == 1 ? (byte)0xFF : (byte)_random.Between(0, 0xFF);
        }
    }
}
