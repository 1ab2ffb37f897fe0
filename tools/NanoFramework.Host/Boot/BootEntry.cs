using JamBox.Interop;

namespace JamBox.Boot;

/// <summary>A record of the boot partition: <c>jb_boot_record</c> of <c>jb_boot.h</c>.</summary>
public sealed record BootEntry
{
    /// <summary>Bytes per SHA-256.</summary>
    public const int HashSize = 32;

    /// <summary>Gets its number, which grows by one with every record.</summary>
    public uint Sequence { get; init; }

    /// <summary>Gets the length of the image that is or was installed, bytes.</summary>
    public uint NewLength { get; init; }

    /// <summary>Gets the length of the image before it, bytes.</summary>
    public uint OldLength { get; init; }

    /// <summary>Gets where the installation stands.</summary>
    public BootState State { get; init; }

    /// <summary>Gets why.</summary>
    public BootReason Reason { get; init; }

    /// <summary>Gets the boots of the trial so far.</summary>
    public byte TrialBoots { get; init; }

    /// <summary>Gets the SHA-256 of the image that is or was installed. Not to be changed.</summary>
    public byte[] NewHash { get; init; } = new byte[HashSize];

    /// <summary>Gets the SHA-256 of the image before it. Not to be changed.</summary>
    public byte[] OldHash { get; init; } = new byte[HashSize];
}
