using System.Globalization;

namespace JamBox.Ota.Images;

/// <summary>
/// The native checksums of an image's assemblies as one text, <c>name=1a2b3c4d</c> separated by blanks: so that two images can be
/// compared without their bytes.
/// </summary>
public static class NativeChecksums
{
    /// <summary>Writes them.</summary>
    /// <param name="image">The image.</param>
    /// <returns>The text.</returns>
    public static string Text(DeploymentImage image) =>
        string.Join(
            ' ', image.Assemblies.Select(static a => string.Create(CultureInfo.InvariantCulture, $"{a.Name}={a.NativeChecksum:x8}")));

    /// <summary>
    /// Whether a box can go from one image to another over the air. An assembly that is in both with different native checksums needs
    /// another nanoCLR, and that comes over serial only.
    /// </summary>
    /// <param name="from">The checksums of the image that it runs.</param>
    /// <param name="to">Those of the other.</param>
    /// <returns>The first assembly that forbids it, or <c>null</c>.</returns>
    public static string? FindConflict(string from, string to)
    {
        Dictionary<string, string> known = Pairs(from).ToDictionary(static pair => pair.Name, static pair => pair.Checksum);
        return Pairs(to).Where(pair => known.TryGetValue(pair.Name, out string? checksum) && checksum != pair.Checksum)
            .Select(static pair => pair.Name).FirstOrDefault();
    }

    private static IEnumerable<(string Name, string Checksum)> Pairs(string text) =>
        text.Split(' ').Select(static pair => pair.Split('=')).Select(static pair => (NameOf(pair[0]), pair[1]));

    /// <summary>Texts of earlier servers have <c>#813</c> where nanoCLR's own table has the name.</summary>
    private static string NameOf(string stored) =>
        stored.StartsWith('#') && int.TryParse(stored.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out int place)
            ? AssemblyHeader.NameInClr(place)
            : stored;
}
