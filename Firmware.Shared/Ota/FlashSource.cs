using JamBox.Ports;

namespace JamBox.Ota;

/// <summary>The first bytes of a flash region as a source.</summary>
public sealed class FlashSource : IByteSource
{
    private readonly IFlashRegion _region;

    /// <summary>Initializes a new instance of the <see cref="FlashSource"/> class.</summary>
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
