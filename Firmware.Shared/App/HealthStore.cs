using JamBox.Ports;
using JamBox.Storage;

namespace JamBox.App;

/// <summary>
/// Keeps over a reboot what must not begin anew with it: the counters of <see cref="Health"/> that are counted over all boots, and how
/// patient
/// the last resort is (<see cref="LastResort"/>).
/// </summary>
/// <remarks>
/// Written with a modem reset and with a reboot of the box's own, and once when the backend answers again after one: three times in
/// seven hours at most, and twice a day while an outage lasts. One that is damaged counts as none: counters begin at 0, and patience with
/// it.
/// </remarks>
public sealed class HealthStore
{
    /// <summary>Key of the record.</summary>
    public const string Key = "health";

    // Layout, numbers little-endian. A change of it needs a new number.
    private const int Layout = 1;
    private const int PatienceAt = 1;
    private const int ResetsAt = 4;
    private const int RebootsAt = 8;
    private const int MemoryRebootsAt = 12;
    private const int Length = 16;

    private readonly IKeyValueStore _store;
    private readonly Health _health;

    /// <summary>Initializes a new instance of the <see cref="HealthStore"/> class, and restores the counters.</summary>
    /// <param name="store">Where it is kept.</param>
    /// <param name="health">The counters.</param>
    public HealthStore(IKeyValueStore store, Health health)
    {
        _store = store;
        _health = health;
        StoredRecord record = NewRecord();
        if (record.Load() && record.Bytes[0] == Layout)
        {
            Patience = record.Bytes[PatienceAt];
            health.Restore(Health.LastResortResets, ByteOrder.ReadInt(record.Bytes, ResetsAt));
            health.Restore(Health.LastResortReboots, ByteOrder.ReadInt(record.Bytes, RebootsAt));
            health.Restore(Health.MemoryReboots, ByteOrder.ReadInt(record.Bytes, MemoryRebootsAt));
        }
    }

    /// <summary>Gets or sets the step of the last resort's patience, 0…255; stored with the next <see cref="Save"/>.</summary>
    public int Patience { get; set; }

    /// <summary>Stores counters and patience.</summary>
    /// <returns><c>false</c> when the store refused: after a reboot the old ones are there.</returns>
    public bool Save()
    {
        StoredRecord record = NewRecord();
        record.Bytes[0] = Layout;
        record.Bytes[PatienceAt] = (byte)Patience;
        ByteOrder.WriteInt(record.Bytes, ResetsAt, _health.Value(Health.LastResortResets));
        ByteOrder.WriteInt(record.Bytes, RebootsAt, _health.Value(Health.LastResortReboots));
        ByteOrder.WriteInt(record.Bytes, MemoryRebootsAt, _health.Value(Health.MemoryReboots));
        return record.Save();
    }

    // Twice a day at most: not worth a buffer that is kept.
    private StoredRecord NewRecord()
    {
        return new StoredRecord(_store, Key, Length);
    }
}
