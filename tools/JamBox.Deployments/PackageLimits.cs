namespace JamBox.Deployments;

/// <summary>How large a package may be, packed and unpacked.</summary>
public sealed record PackageLimits
{
    /// <summary>The limits that server, bench and agent have in common.</summary>
    public static PackageLimits Default { get; } = new();

    /// <summary>Bytes of the zip at most: 2 GiB.</summary>
    public long PackageBytes { get; init; } = 2L * 1024 * 1024 * 1024;

    /// <summary>Entries at most, folders counted too: 20,000.</summary>
    public int Entries { get; init; } = 20_000;

    /// <summary>Bytes of all files together at most: 4 GiB. Counted while they are unpacked.</summary>
    public long UnpackedBytes { get; init; } = 4L * 1024 * 1024 * 1024;

    /// <summary>Bytes that a byte of a compressed file may become: 200, when it becomes more than <see cref="RatioFromBytes"/>.</summary>
    public int Ratio { get; init; } = 200;

    /// <summary>Files of up to so many bytes are not held to <see cref="Ratio"/>: 1 MiB.</summary>
    public long RatioFromBytes { get; init; } = 1024 * 1024;

    /// <summary>Bytes of the list of the zip's entries at most: 16 MiB. It is held in memory.</summary>
    public int DirectoryBytes { get; init; } = 16 * 1024 * 1024;
}
