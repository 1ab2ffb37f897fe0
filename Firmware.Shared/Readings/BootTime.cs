using JamBox.Ports;
using JamBox.Storage;

namespace JamBox.Readings;

/// <summary>When a boot began, kept over a reboot for the readings that were closed in it before the clock was set.</summary>
public sealed class BootTime
{
    /// <summary>Key of the record.</summary>
    public const string Key = "boot_time";

    private const int OffsetAt = 4;
    private const int Length = 12;

    private readonly StoredRecord _record;

    /// <summary>Nothing is read yet.</summary>
    /// <param name="store">Where it is kept.</param>
    public BootTime(IKeyValueStore store)
    {
        _record = new StoredRecord(store, Key, Length);
    }

    /// <summary>Gets the boot id, the 32 bits as they are.</summary>
    public int BootId { get; private set; }

    /// <summary>Gets UTC minus uptime in that boot, ms since 1970.</summary>
    public long OffsetMs { get; private set; }

    /// <summary>Reads it.</summary>
    /// <returns><c>false</c> when there is none.</returns>
    public bool Load()
    {
        if (!_record.Load())
        {
            return false;
        }

        BootId = ByteOrder.ReadInt(_record.Bytes, 0);
        OffsetMs = System.BitConverter.ToInt64(_record.Bytes, OffsetAt);
        return true;
    }

    /// <summary>Keeps it; one write a boot at most. When the store refuses, such readings go undated after a reboot.</summary>
    /// <param name="bootId">The boot id.</param>
    /// <param name="offsetMs">UTC minus uptime, ms since 1970.</param>
    public void Save(int bootId, long offsetMs)
    {
        int low = (int)offsetMs;
        int high = (int)(offsetMs >> 32);
        ByteOrder.WriteInt(_record.Bytes, 0, bootId);
        ByteOrder.WriteInt(_record.Bytes, OffsetAt, low);
        ByteOrder.WriteInt(_record.Bytes, OffsetAt + 4, high);
        _record.Save();
    }
}
