using System.Text;

namespace JamBox.Edge.Demo;

/// <summary>What a simulated image does once a simulated module runs it.</summary>
public enum ImageBehaviour
{
    /// <summary>Says its version once it runs.</summary>
    Good,

    /// <summary>Says its version and starts again, for ever.</summary>
    RebootLoop,

    /// <summary>Never says anything: it hangs before it reaches the broker. Updates are still taken.</summary>
    Silent,

    /// <summary>Hangs so early that it takes no updates either.</summary>
    Dead,
}

/// <summary>An image for simulated modules: the length and the first byte of a real one, its version in clear, the rest noise.</summary>
public static class SimulatedImage
{
    /// <summary>The first byte of images for these chips.</summary>
    public const byte Magic = 0xE9;

    private const int TextOffset = 16;
    private const int TextBytes = 96;
    private const int MinBytes = TextOffset + TextBytes;

    /// <summary>Makes one.</summary>
    /// <param name="version">Its version, at most 60 characters.</param>
    /// <param name="bytes">Its length, at least 112.</param>
    /// <param name="behaviour">What it does.</param>
    public static byte[] Build(string version, int bytes, ImageBehaviour behaviour = ImageBehaviour.Good)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bytes, MinBytes);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(version.Length, 60);
        byte[] image = new byte[bytes];
        new Random(bytes).NextBytes(image);
        image[0] = Magic;
        image.AsSpan(TextOffset, TextBytes).Clear();
        Encoding.ASCII.GetBytes($"{behaviour} {version}").CopyTo(image, TextOffset);
        return image;
    }

    /// <summary>Reads one.</summary>
    /// <param name="image">Its bytes.</param>
    /// <returns>Its version and what it does; null when it is none.</returns>
    public static (string Version, ImageBehaviour Behaviour)? Read(ReadOnlySpan<byte> image)
    {
        if (image.Length < MinBytes || image[0] != Magic)
        {
            return null;
        }

        string[] parts = Encoding.ASCII.GetString(image.Slice(TextOffset, TextBytes)).TrimEnd('\0').Split(' ', 2);
        return parts.Length == 2 && Enum.TryParse(parts[0], out ImageBehaviour behaviour) ? (parts[1], behaviour) : null;
    }
}
