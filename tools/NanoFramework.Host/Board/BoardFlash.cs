using JamBox.Boot;

namespace JamBox.Board;

/// <summary>The raw partitions of docs/flash.md, and the boot copies over them. It outlives boots.</summary>
public sealed class BoardFlash : IBootFlash
{
    private static readonly Dictionary<string, int> s_kilobytes = new(StringComparer.Ordinal)
    {
        ["deploy"] = 1280,
        ["stage"] = 1280,
        ["previous"] = 1280,
        ["patch"] = 1024,
        ["log"] = 128,
        ["boot"] = 16,
        ["ident"] = 24,
    };

    private static readonly string[] s_bootRegions = ["deploy", "stage", "previous", "boot"];

    private readonly Dictionary<string, NorPartition> _regions = new(StringComparer.Ordinal);

    /// <summary>Gets or sets the boot copies that it starts with, and that keep its record.</summary>
    public IBootCopies BootCopies { get; set; } = Boot.BootCopies.Best;

    /// <summary>Gets how often a sector was erased.</summary>
    public int Erases => Sum(region => region.Erases);

    /// <summary>Gets how often something was written.</summary>
    public int Writes => Sum(region => region.Writes);

    /// <inheritdoc/>
    int IBootFlash.SectorBytes => NorPartition.BytesASector;

    /// <summary>Finds a partition; it is erased when nothing was written to it yet.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>The partition, or <c>null</c> when there is none of this name.</returns>
    public NorPartition? Find(string name)
    {
        lock (_regions)
        {
            if (!_regions.TryGetValue(name, out NorPartition? region) && s_kilobytes.TryGetValue(name, out int kilobytes))
            {
                region = new NorPartition(kilobytes * 1024);
                _regions.Add(name, region);
            }

            return region;
        }
    }

    /// <summary>Breaks all sectors that the boot copies change: they report failure at every write and erase.</summary>
    public void WearOut()
    {
        foreach (BootRegion region in Enum.GetValues<BootRegion>())
        {
            Of(region).BreakAll(SectorFaults.RefusesChanges);
        }
    }

    /// <summary>Puts an image into deploy, as over serial: what was there is gone, and what follows is erased.</summary>
    /// <param name="image">The image.</param>
    public void Deploy(ReadOnlySpan<byte> image)
    {
        NorPartition deploy = Find("deploy")!;
        for (int address = 0; address < deploy.Length; address += NorPartition.BytesASector)
        {
            deploy.Erase(address);
        }

        deploy.Put(0, image);
    }

    /// <inheritdoc/>
    int IBootFlash.RegionBytes(BootRegion region) => Of(region).Length;

    /// <inheritdoc/>
    bool IBootFlash.Read(BootRegion region, int address, Span<byte> buffer) => Of(region).Read(address, buffer);

    /// <inheritdoc/>
    bool IBootFlash.Write(BootRegion region, int address, ReadOnlySpan<byte> bytes) => Of(region).Write(address, bytes);

    /// <inheritdoc/>
    bool IBootFlash.Erase(BootRegion region, int address) => Of(region).Erase(address);

    /// <inheritdoc/>
    void IBootFlash.Feed()
    {
        // Real time, and far faster than flash: the boot watchdog never gets near.
    }

    private NorPartition Of(BootRegion region) => Find(s_bootRegions[(int)region])!;

    private int Sum(Func<NorPartition, int> count)
    {
        lock (_regions)
        {
            return _regions.Values.Sum(count);
        }
    }
}
