using JamBox.Backend.Builds;
using JamBox.Backend.Manufacturing;

namespace JamBox.Backend.Trust;

/// <summary>What the settings say of keys: those that boxes are provisioned with, which count until the first key-change record.</summary>
internal sealed class FleetKeys
{
    /// <summary>Makes it.</summary>
    public FleetKeys(BuildOptions builds, ManufacturingOptions manufacturing)
    {
        PublicKey? next = manufacturing.NextPublicKey is { } text ? PublicKey.Parse(text) : null;
        Recovery = manufacturing.RecoveryKey is { } recovery ? PublicKey.Parse(recovery) : null;
        Provisioned = builds.ReadKey() is { } key
            ? KeyTrust.Provisioned(next is null || next.Hex == key.Hex ? [key] : [key, next])
            : null;
    }

    /// <summary>The trust of a box that heard of no record; null when <c>Ota:PublicKey</c> does not say.</summary>
    public KeyTrust? Provisioned { get; }

    /// <summary>
    /// The public half of the recovery key, the other is never here; null when <c>Manufacturing:RecoveryKey</c> does not say.
    /// </summary>
    public PublicKey? Recovery { get; }
}
