using System.Globalization;

namespace JamBox.Backend.Ota;

/// <summary>
/// The native checksums of an image's assemblies as one text, <c>name=1a2b3c4d</c> separated by blanks: so that two images can be
/// compared without their bytes.
/// </summary>
internal static class NativeChecksums
{
    /// <summary>Writes them.</summary>
    public static string Text(DeploymentImage image) =>
        string.Join(' ', image.Assemblies.Select(static a => string.Create(CultureInfo.InvariantCulture, $"{a.Name}={a.NativeChecksum:x8}")));

    /// <summary>
    /// Whether a box can go from one image to another over the air. An assembly that is in both with different native checksums needs
    /// another nanoCLR, and that comes by wire only.
    /// </summary>
    /// <returns>The first assembly that forbids it, or null.</returns>
    public static string? FindConflict(string from, string to)
    {
        Dictionary<string, string> known = from.Split(' ').Select(static pair => pair.Split('=')).ToDictionary(static pair => pair[0], static pair => pair[1]);
        foreach (string[] pair in to.Split(' ').Select(static pair => pair.Split('=')))
        {
            if (known.TryGetValue(pair[0], out string? checksum) && checksum != pair[1])
            {
                return pair[0];
            }
        }

        return null;
    }
}
