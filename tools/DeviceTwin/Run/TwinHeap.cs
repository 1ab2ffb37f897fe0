using JamBox.Ports;

namespace JamBox.Twin.Run;

/// <summary>A heap in which a large block may not be had, as on a board whose heap has gone to pieces: until the next boot, which finds it whole.</summary>
internal sealed class TwinHeap : IHeap
{
    private int _left = int.MaxValue;

    /// <summary>Blocks that were not to be had, in all boots.</summary>
    public int Refusals { get; private set; }

    /// <summary>From now on there is room for so many more blocks.</summary>
    /// <param name="blocks">0 or more.</param>
    public void Fill(int blocks) => _left = blocks;

    /// <summary>A boot.</summary>
    public void Reset() => _left = int.MaxValue;

    /// <inheritdoc/>
    public void Reserve(int bytes)
    {
        if (_left == 0)
        {
            Refusals++;
            throw new OutOfMemoryException($"no block of {bytes} bytes");
        }

        if (_left != int.MaxValue)
        {
            _left--;
        }
    }
}
