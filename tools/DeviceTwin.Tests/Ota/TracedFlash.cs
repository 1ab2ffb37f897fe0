using System.Globalization;
using JamBox.Boot;
using JamBox.Twin.Storage;
using JamBox.Twin.Time;

namespace JamBox.Twin.Tests.Ota;

/// <summary>A box's flash that writes down every operation and refuses some by seed.</summary>
internal sealed class TracedFlash(BoxFlash chip, SeededRandom random) : IBootFlash
{
    /// <summary>Every operation.</summary>
    public List<string> Trace { get; } = [];

    /// <summary>How often an operation is refused, 0…1.</summary>
    public double Refusals { get; set; }

    public int SectorBytes { get; set; } = SimulatedFlash.BytesASector;

    /// <summary>The length of a region when it is not the chip's.</summary>
    public Dictionary<BootRegion, int> Lengths { get; } = [];

    private IBootFlash Chip => chip;

    public int RegionBytes(BootRegion region) => Lengths.TryGetValue(region, out int length) ? length : Chip.RegionBytes(region);

    public bool Read(BootRegion region, int address, Span<byte> buffer)
    {
        Note($"read {region} {address} {buffer.Length}");
        return !random.Chance(Refusals) && Chip.Read(region, address, buffer);
    }

    public bool Write(BootRegion region, int address, ReadOnlySpan<byte> bytes)
    {
        Note($"write {region} {address} {Convert.ToHexString(bytes)}");
        return !random.Chance(Refusals) && Chip.Write(region, address, bytes);
    }

    public bool Erase(BootRegion region, int address)
    {
        Note($"erase {region} {address}");
        return !random.Chance(Refusals) && Chip.Erase(region, address);
    }

    public void Feed()
    {
        Note($"feed");
        Chip.Feed();
    }

    private void Note(FormattableString operation) => Trace.Add(operation.ToString(CultureInfo.InvariantCulture));
}
