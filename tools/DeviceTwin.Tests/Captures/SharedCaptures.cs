namespace JamBox.Twin.Tests.Captures;

/// <summary>Finds the real captures, which lie beside the repository and are not part of it.</summary>
internal static class SharedCaptures
{
    public const string Brno16 = "brno-2023-03-16.pcap";
    public const string Brno17 = "brno-2023-04-17.pcap";
    public const string Boston = "boston-ble.pcapng";

    public static string? Folder { get; } = Find();

    /// <summary>Why tests on them are skipped; <c>null</c> = they are there.</summary>
    public static string? Missing => Folder is null ? "No ../shared/captures beside the repository: real captures are not tried." : null;

    public static string[] Files =>
        Folder is null ? [] : [.. Directory.GetFiles(Folder, "*.pcap*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)];

    public static string PathOf(string file)
    {
        return Path.Combine(Folder!, file);
    }

    private static string? Find()
    {
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            string candidate = Path.Combine(at.FullName, "shared", "captures");
            if (File.Exists(Path.Combine(candidate, Boston)))
            {
                return candidate;
            }
        }

        return null;
    }
}

/// <summary>A test on the real captures: skipped, and seen to be, where they are not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CaptureFactAttribute : FactAttribute
{
    public CaptureFactAttribute()
    {
        Skip = SharedCaptures.Missing;
    }
}

/// <summary>A theory over the real captures: skipped, and seen to be, where they are not.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CaptureTheoryAttribute : TheoryAttribute
{
    public CaptureTheoryAttribute()
    {
        Skip = SharedCaptures.Missing;
    }
}
