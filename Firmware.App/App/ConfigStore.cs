using System;
using JamBox.Counting;
using JamBox.Ports;
using JamBox.Storage;

namespace JamBox.App;

/// <summary>
/// Keeps the configuration over a reboot, as one record with a CRC-32: after any loss of power it is the old one or the new one. One
/// that is damaged, or that this firmware would refuse, counts as none: the defaults are in force then, and version 0 makes the
/// backend send it again.
/// </summary>
public sealed class ConfigStore
{
    /// <summary>Key of the record.</summary>
    public const string Key = "config";

    // Layout, numbers little-endian. A change of it needs a new number.
    private const int Layout = 1;
    private const int VersionAt = 4;
    private const int ReportIntervalAt = 8;
    private const int HeartbeatIntervalAt = 12;
    private const int RssiAt = 16;
    private const int DwellAt = 28;
    private const int GeolocationAt = 40;
    private const int ChannelCountAt = 41;
    private const int ChannelsAt = 42;
    private const int Length = ChannelsAt + BoxConfig.MaxChannels + 1;

    private readonly IKeyValueStore _store;

    /// <param name="store">Where it is kept.</param>
    public ConfigStore(IKeyValueStore store)
    {
        _store = store;
    }

    /// <summary>Gets a value indicating whether what was stored could not be used.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Reads the configuration.</summary>
    /// <param name="config">Where to; untouched when there is none.</param>
    /// <returns><c>false</c> when there is none that can be used.</returns>
    public bool Load(BoxConfig config)
    {
        // Once a boot, and once a change: not worth a buffer that is kept.
        var record = new StoredRecord(_store, Key, Length);
        bool isThere = record.Load();
        var stored = new BoxConfig();
        bool isUsable = isThere && TryRead(record.Bytes, stored) && stored.InvalidField() == null;
        IsDamaged = record.IsDamaged || (isThere && !isUsable);
        if (isUsable)
        {
            config.CopyFrom(stored);
        }

        return isUsable;
    }

    /// <summary>Stores a configuration.</summary>
    /// <param name="config">A valid one.</param>
    /// <returns><c>false</c> when the store refused: the old one is still there.</returns>
    public bool Save(BoxConfig config)
    {
        var record = new StoredRecord(_store, Key, Length);
        byte[] bytes = record.Bytes;
        ByteOrder.WriteInt(bytes, 0, Layout);
        ByteOrder.WriteInt(bytes, VersionAt, config.Version);
        ByteOrder.WriteInt(bytes, ReportIntervalAt, config.ReportIntervalMs);
        ByteOrder.WriteInt(bytes, HeartbeatIntervalAt, config.HeartbeatIntervalMs);
        Thresholds thresholds = config.Thresholds;
        ByteOrder.WriteInt(bytes, RssiAt, thresholds.ImmediateDbm);
        ByteOrder.WriteInt(bytes, RssiAt + 4, thresholds.NearDbm);
        ByteOrder.WriteInt(bytes, RssiAt + 8, thresholds.FarDbm);
        ByteOrder.WriteInt(bytes, DwellAt, thresholds.ShortMinutes);
        ByteOrder.WriteInt(bytes, DwellAt + 4, thresholds.MediumMinutes);
        ByteOrder.WriteInt(bytes, DwellAt + 8, thresholds.LongMinutes);
        bytes[GeolocationAt] = (byte)(config.GeolocationOnBoot ? 1 : 0);
        bytes[ChannelCountAt] = (byte)config.WifiChannels.Length;
        Array.Copy(config.WifiChannels, 0, bytes, ChannelsAt, config.WifiChannels.Length);
        return record.Save();
    }

    private static bool TryRead(byte[] bytes, BoxConfig config)
    {
        int channels = bytes[ChannelCountAt];
        if (ByteOrder.ReadInt(bytes, 0) != Layout || channels > BoxConfig.MaxChannels)
        {
            return false;
        }

        config.Version = ByteOrder.ReadInt(bytes, VersionAt);
        config.ReportIntervalMs = ByteOrder.ReadInt(bytes, ReportIntervalAt);
        config.HeartbeatIntervalMs = ByteOrder.ReadInt(bytes, HeartbeatIntervalAt);
        Thresholds thresholds = config.Thresholds;
        thresholds.ImmediateDbm = ByteOrder.ReadInt(bytes, RssiAt);
        thresholds.NearDbm = ByteOrder.ReadInt(bytes, RssiAt + 4);
        thresholds.FarDbm = ByteOrder.ReadInt(bytes, RssiAt + 8);
        thresholds.ShortMinutes = ByteOrder.ReadInt(bytes, DwellAt);
        thresholds.MediumMinutes = ByteOrder.ReadInt(bytes, DwellAt + 4);
        thresholds.LongMinutes = ByteOrder.ReadInt(bytes, DwellAt + 8);
        config.GeolocationOnBoot = bytes[GeolocationAt] != 0;
        config.WifiChannels = new byte[channels];
        Array.Copy(bytes, ChannelsAt, config.WifiChannels, 0, channels);
        return true;
    }
}
