using JamBox.ChipTwin;
using JamBox.Flashing;
using JamBox.Ota.Nvs;
using JamBox.Twin.Storage;

namespace JamBox.Twin.Chip;

/// <summary>
/// The key-value store of a box in the flash of a simulated chip: identity and settings are read from their partitions, and what the
/// firmware stores is in the flash at the next boot.
/// </summary>
/// <param name="boot">The boot whose partitions they are.</param>
/// <param name="write">Told of the settings as a partition whenever one changes.</param>
internal sealed class StoredMemory(ChipBoot boot, Action<byte[]> write)
{
    /// <summary>The partition of the identity, which the firmware only reads.</summary>
    public const string IdentityPartition = "ident";

    /// <summary>The partition of everything else that the firmware stores.</summary>
    public const string SettingsPartition = "nvs";

    private readonly Dictionary<string, byte[]> _identity = ValuesOf(boot, IdentityPartition);
    private readonly Dictionary<string, byte[]> _settings = ValuesOf(boot, SettingsPartition);
    private readonly int _length = boot.Table.Find(SettingsPartition)?.Length ?? 0;

    /// <summary>Gets the identity: keys and values; empty when there is none.</summary>
    public IReadOnlyDictionary<string, byte[]> Identity => _identity;

    /// <summary>Gives a store what is in flash, and writes back what changes in it.</summary>
    /// <param name="store">The store.</param>
    public void Load(TwinStore store)
    {
        foreach ((string key, byte[] value) in _settings.Concat(_identity))
        {
            store.Provision(key, value);
        }

        store.Written = (key, value) => Keep(key, value.ToArray());
    }

    private void Keep(string key, byte[] value)
    {
        if (_length == 0 || _identity.ContainsKey(key))
        {
            return;
        }

        _settings[key] = value;
        NvsWriter image = new NvsWriter(_length).Namespace(IdentityImage.Namespace);
        foreach ((string name, byte[] bytes) in _settings.Where(static setting => setting.Value.Length > 0))
        {
            image.Blob(name, bytes);
        }

        write(image.ToImage());
    }

    private static Dictionary<string, byte[]> ValuesOf(ChipBoot boot, string partition)
    {
        FlashPartition? found = boot.Table.Find(partition);
        bool isNvs = found is { Length: > 0 } && found.Length % ChipFlash.SectorLength == 0;
        return (isNvs ? boot.ReadNvs(partition)!.Entries : [])
            .Where(static entry => entry.Namespace == IdentityImage.Namespace)
            .ToDictionary(static entry => entry.Key, static entry => entry.Bytes, StringComparer.Ordinal);
    }
}
