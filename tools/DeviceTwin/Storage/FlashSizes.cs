namespace JamBox.Twin.Storage;

/// <summary>The partitions that an update and the readings live in, bytes each; multiples of a sector.</summary>
/// <param name="Image">Deploy, stage and previous, each.</param>
/// <param name="Patch">What is downloaded.</param>
/// <param name="Log">Readings.</param>
internal sealed record FlashSizes(int Image, int Patch, int Log)
{
    /// <summary>Boot records and journals: always four sectors.</summary>
    public const int Boot = 16 * 1024;

    /// <summary>The board's (OTA.md).</summary>
    public static FlashSizes Board { get; } = new(1280 * 1024, 1024 * 1024, 128 * 1024);

    /// <summary>As small as an update goes, so that every operation of one can be tried.</summary>
    public static FlashSizes Tiny { get; } = new(32 * 1024, 16 * 1024, 32 * 1024);
}
