using JamBox.Boot;
using JamBox.Twin.Run;
using JamBox.Twin.Time;

namespace JamBox.Twin.Storage;

/// <summary>The partitions that an update and the readings live in, bytes each; multiples of a sector.</summary>
/// <param name="Image">Deploy, stage and previous, each.</param>
/// <param name="Patch">What is downloaded.</param>
/// <param name="Log">Readings.</param>
internal sealed record FlashSizes(int Image, int Patch, int Log)
{
    /// <summary>Boot records and journals: always four sectors.</summary>
    public const int Boot = 16 * 1024;

    /// <summary>The board's (docs/flash.md).</summary>
    public static FlashSizes Board { get; } = new(1280 * 1024, 1024 * 1024, 128 * 1024);

    /// <summary>As small as an update goes, so that every operation of one can be tried.</summary>
    public static FlashSizes Tiny { get; } = new(32 * 1024, 16 * 1024, 32 * 1024);
}

/// <summary>
/// The flash of a whole box, for the firmware and for the boot copies. What the update does to it takes virtual time; the log of
/// readings does not, as it is some milliseconds a minute.
/// </summary>
internal sealed class BoxFlash : IBootFlash
{
    /// <summary>The patience of the watchdog that guards the boot copies, µs.</summary>
    public const long BootWatchdogMicroseconds = 9_000_000;

    private const int MicrosecondsAMs = 1_000;

    private readonly SimulatedFlash[] _bootRegions;
    private long _pendingMicroseconds;
    private long _unfedMicroseconds;

    /// <summary>Erased.</summary>
    /// <param name="sizes">Of its partitions.</param>
    /// <param name="power">May cut an operation.</param>
    /// <param name="seed">How torn operations end.</param>
    public BoxFlash(FlashSizes sizes, PowerSwitch power, long seed)
    {
        Log = new SimulatedFlash(sizes.Log, power, SeededRandom.For(seed, "flash"));
        Deploy = New(sizes.Image, "deploy");
        Stage = New(sizes.Image, "stage");
        Previous = New(sizes.Image, "previous");
        Patch = New(sizes.Patch, "patch");
        Boot = New(FlashSizes.Boot, "boot");
        _bootRegions = [Deploy, Stage, Previous, Boot];

        SimulatedFlash New(int length, string name) => new(length, power, SeededRandom.For(seed, "flash " + name)) { Takes = Spend };
    }

    /// <summary>Readings.</summary>
    public SimulatedFlash Log { get; }

    /// <summary>What runs.</summary>
    public SimulatedFlash Deploy { get; }

    /// <summary>What is to run.</summary>
    public SimulatedFlash Stage { get; }

    /// <summary>What ran before.</summary>
    public SimulatedFlash Previous { get; }

    /// <summary>What is downloaded.</summary>
    public SimulatedFlash Patch { get; }

    /// <summary>Boot records and journals.</summary>
    public SimulatedFlash Boot { get; }

    /// <summary>All partitions.</summary>
    public IEnumerable<SimulatedFlash> All => [Log, Deploy, Stage, Previous, Patch, Boot];

    /// <summary>Whether the boot copies are at work.</summary>
    public bool IsBooting { get; private set; }

    /// <summary>Lets virtual time pass while the firmware waits for the flash, ms; <c>null</c> = it takes no time.</summary>
    public Action<int>? Sleep { get; set; }

    /// <summary>The longest that the boot copies left their watchdog alone, µs.</summary>
    public long LongestUnfedMicroseconds { get; private set; }

    /// <inheritdoc/>
    int IBootFlash.SectorBytes => SimulatedFlash.BytesASector;

    /// <summary>Runs the boot copies, before the firmware.</summary>
    /// <param name="copies">Which.</param>
    /// <param name="tookMs">How long they took, also when power went.</param>
    /// <returns>What they returned.</returns>
    public BootResult BootWith(IBootCopies copies, out int tookMs)
    {
        IsBooting = true;
        _pendingMicroseconds = 0;
        _unfedMicroseconds = 0;
        tookMs = 0;
        try
        {
            return copies.Run(this);
        }
        finally
        {
            tookMs = (int)(_pendingMicroseconds / MicrosecondsAMs);
            _pendingMicroseconds = 0;
            IsBooting = false;
        }
    }

    /// <summary>Puts an image into deploy, as the bench does over serial.</summary>
    /// <param name="image">The image.</param>
    public void Flash(ReadOnlySpan<byte> image)
    {
        var whole = new byte[Deploy.Length];
        whole.AsSpan().Fill(0xFF);
        image.CopyTo(whole);
        Deploy.Put(0, whole);
    }

    /// <inheritdoc/>
    int IBootFlash.RegionBytes(BootRegion region) => _bootRegions[(int)region].Length;

    /// <inheritdoc/>
    bool IBootFlash.Read(BootRegion region, int address, Span<byte> buffer) => _bootRegions[(int)region].Read(address, buffer);

    /// <inheritdoc/>
    bool IBootFlash.Write(BootRegion region, int address, ReadOnlySpan<byte> bytes) => Changeable(region).Write(address, bytes);

    /// <inheritdoc/>
    bool IBootFlash.Erase(BootRegion region, int address) => Changeable(region).EraseSector(address);

    /// <inheritdoc/>
    void IBootFlash.Feed() => _unfedMicroseconds = 0;

    private SimulatedFlash Changeable(BootRegion region) => region == BootRegion.Stage
        ? throw new InvalidOperationException("the boot copies change stage: it is theirs to read only")
        : _bootRegions[(int)region];

    private void Spend(int microseconds)
    {
        _pendingMicroseconds += microseconds;
        if (IsBooting)
        {
            _unfedMicroseconds += microseconds;
            LongestUnfedMicroseconds = Math.Max(LongestUnfedMicroseconds, _unfedMicroseconds);
            if (_unfedMicroseconds > BootWatchdogMicroseconds)
            {
                throw new BoxDiedException(BoxDiedException.Watchdog, "the boot copies did not feed the boot watchdog");
            }
        }
        else if (_pendingMicroseconds >= MicrosecondsAMs)
        {
            int wholeMs = (int)(_pendingMicroseconds / MicrosecondsAMs);
            _pendingMicroseconds %= MicrosecondsAMs;
            Sleep?.Invoke(wholeMs);
        }
    }
}
