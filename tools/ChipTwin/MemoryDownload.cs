namespace JamBox.ChipTwin;

/// <summary>What is sent to the chip's RAM, to be started there. Where it lies is kept, what it is not.</summary>
internal sealed class MemoryDownload
{
    private const uint MaxBlock = 0x4000;
    private const int MaxPrograms = 16;

    // RAM for data and for code, and the two that outlive deep sleep.
    private static readonly (uint From, uint To)[] s_ram =
    [
        (0x3FC8_8000, 0x3FD0_0000), (0x4037_0000, 0x403E_0000), (0x600F_E000, 0x6010_0000), (0x5000_0000, 0x5000_2000),
    ];

    private readonly List<(uint From, uint To)> _programs = [];
    private uint _blocks;
    private uint _blockLength;
    private uint _next;
    private uint _left;

    /// <summary>Begins a piece.</summary>
    /// <param name="length">Its bytes.</param>
    /// <param name="blocks">Its packets.</param>
    /// <param name="blockLength">Bytes of a packet.</param>
    /// <param name="address">Where it goes.</param>
    /// <returns>What is wrong.</returns>
    public LoaderError Begin(uint length, uint blocks, uint blockLength, uint address)
    {
        (_blocks, _next) = (0, 0);
        if (length == 0 || blockLength is 0 or > MaxBlock || (ulong)blocks * blockLength < length)
        {
            return LoaderError.Parameter;
        }

        if (!Array.Exists(s_ram, ram => address >= ram.From && (ulong)address + length <= ram.To))
        {
            return LoaderError.MemoryAddress;
        }

        (_blocks, _blockLength, _left) = (blocks, blockLength, length);
        if (_programs.Count == MaxPrograms)
        {
            _programs.RemoveAt(0);
        }

        _programs.Add((address, address + length));
        return LoaderError.None;
    }

    /// <summary>Takes a packet.</summary>
    /// <param name="sequence">Its number.</param>
    /// <param name="data">Its data.</param>
    /// <returns>What is wrong.</returns>
    public LoaderError Take(uint sequence, byte[] data)
    {
        if (sequence != _next || sequence >= _blocks || data.Length > _blockLength || data.Length > _left)
        {
            return LoaderError.Failed;
        }

        _next++;
        _left -= (uint)data.Length;
        return LoaderError.None;
    }

    /// <summary>Tells whether a program can be started at an address: everything has come, and it lies in it.</summary>
    /// <param name="entry">The address.</param>
    /// <returns>It can.</returns>
    public bool Holds(uint entry) => _left == 0 && _programs.Exists(program => entry >= program.From && entry < program.To);
}
