using System;
using JamBox.App;
using JamBox.Interop;
using JamBox.Ota;
using JamBox.Ports;
using JamBox.Provisioning;

namespace JamBox.Atoms3.Adapters;

/// <summary>
/// The two NVS partitions as one store. Who the box is stands in <c>ident</c>, which is written over serial and only read here; everything
/// else is in <c>nvs</c>. A partition that cannot be opened counts as empty, so that a box without identity comes up and says so.
/// </summary>
internal sealed class NvsStore : IKeyValueStore
{
    /// <summary>Name of the NVS namespace, the same in both partitions and the predecessor's.</summary>
    public const string Namespace = "jambox";

    /// <summary>The partition of the settings.</summary>
    public const string SettingsPartition = "nvs";

    /// <summary>The partition of the identity.</summary>
    public const string IdentityPartition = "ident";

    private readonly NonVolatileStore _settings;
    private readonly NonVolatileStore _identity;

    /// <summary>Opens both partitions.</summary>
    public NvsStore()
    {
        _settings = Open(SettingsPartition);
        _identity = Open(IdentityPartition);
    }

    /// <summary>Gets the partition that could not be opened, the identity's before the settings'; <c>null</c> for none.</summary>
    public string BrokenPartition => _identity == null ? IdentityPartition : (_settings == null ? SettingsPartition : null);

    /// <inheritdoc/>
    public int Get(string key, byte[] buffer)
    {
        NonVolatileStore store = IsIdentity(key) ? _identity : _settings;
        return store == null ? -1 : store.Get(key, buffer);
    }

    /// <inheritdoc/>
    public bool Set(string key, byte[] buffer, int count)
    {
        return _settings != null && !IsIdentity(key) && _settings.Set(key, buffer, count) && _settings.Commit();
    }

    private static NonVolatileStore Open(string partition)
    {
        try
        {
            return new NonVolatileStore(partition, Namespace);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static bool IsIdentity(string key)
    {
        return key == BoxIdentity.DeviceIdKey
            || key == BoxIdentity.TokenKey
            || key == BoxIdentity.MacKeyKey
            || key == BoxIdentity.HostKey
            || key == BoxIdentity.PortKey
            || key == BoxIdentity.ApnKey
            || key == ProvisioningSettings.BandsKey
            || key == TrustedKeys.FirstKey
            || key == TrustedKeys.SecondKey
            || key == TrustedKeys.RecoveryKey;
    }
}
