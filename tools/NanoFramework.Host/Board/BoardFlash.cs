namespace JamBox.Board;

/// <summary>The raw partitions of OTA.md: NOR flash, whose bits only an erase sets.</summary>
public sealed class BoardFlash
{
    private static readonly Dictionary<string, int> s_kilobytes = new(StringComparer.Ordinal)
    {
        ["deploy"] = 1280,
        ["stage"] = 1280,
        ["previous"] = 1280,
        ["patch"] = 1024,
        ["log"] = 128,
        ["ident"] = 24,
    };

    private readonly Dictionary<string, byte[]> _regions = new(StringComparer.Ordinal);

    /// <summary>Gets how often a sector was erased.</summary>
    public int Erases { get; internal set; }

    /// <summary>Gets how often something was written.</summary>
    public int Writes { get; internal set; }

    /// <summary>Finds a partition; it is erased when nothing was written to it yet.</summary>
    /// <param name="name">Its name.</param>
    /// <returns>Its bytes, or <c>null</c> when there is none of this name.</returns>
    public byte[]? Find(string name)
    {
        lock (_regions)
        {
            if (!_regions.TryGetValue(name, out byte[]? region) && s_kilobytes.TryGetValue(name, out int kilobytes))
            {
                region = new byte[kilobytes * 1024];
                Array.Fill(region, (byte)0xFF);
                _regions.Add(name, region);
            }

            return region;
        }
    }
}
