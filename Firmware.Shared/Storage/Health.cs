using JamBox.Ports;

namespace JamBox.Storage;

/// <summary>
/// Counts what the box had to do to stay alive, so that a fault that mends itself is still seen by whoever looks after the fleet: the
/// heartbeat carries every counter that is not 0. Counters are those of this boot, unless said otherwise, and saturate at
/// <see cref="Limit"/>.
/// </summary>
public sealed class Health
{
    /// <summary>Restarts of the Bluetooth stack because it heard nothing where it used to.</summary>
    public const int BleRestarts = 0;

    /// <summary>Bluetooth slices left out because native memory had no room for the stack.</summary>
    public const int BleSlicesSkipped = 1;

    /// <summary>Restarts of Wi-Fi reception because it heard nothing where it used to, or did not start.</summary>
    public const int WifiRestarts = 2;

    /// <summary>Hardware resets of the modem because no request was accepted for hours.</summary>
    public const int LastResortResets = 3;

    /// <summary>Reboots because no request was accepted for hours, or the radio stayed deaf; counted over all boots.</summary>
    public const int LastResortReboots = 4;

    /// <summary>Reboots because no block of memory was left for an update; counted over all boots.</summary>
    public const int MemoryReboots = 5;

    /// <summary>Sectors or records of the reading log that could not be read and were passed over.</summary>
    public const int LogRecordsSkipped = 6;

    /// <summary>Values that the key-value store did not keep: after the next boot the old ones are there.</summary>
    public const int StoreRefusals = 7;

    /// <summary>Readings that flash refused to keep or to mark: a loss of power may lose or repeat them.</summary>
    public const int LogRefusals = 8;

    /// <summary>Answers that did not prove that the backend wrote them, in a box that has a key for that.</summary>
    public const int AnswersNotAuthentic = 9;

    /// <summary>KB that updates fetched in this day; over all boots.</summary>
    public const int UpdateKilobytes = 10;

    /// <summary>Images that updates began to make in this day; over all boots.</summary>
    public const int UpdateApplies = 11;

    /// <summary>Erases by updates in this day, of the sector that they erase most; over all boots.</summary>
    public const int UpdateErases = 12;

    /// <summary>The same over the life of the box.</summary>
    public const int UpdateLifeErases = 13;

    /// <summary>How many counters there are.</summary>
    public const int Counters = 14;

    /// <summary>The greatest value of a counter.</summary>
    public const int Limit = 1000000;

    private readonly int[] _values = new int[Counters];

    /// <summary>Gives a counter's value.</summary>
    /// <param name="counter">Which, such as <see cref="BleRestarts"/>.</param>
    /// <returns>0…<see cref="Limit"/>.</returns>
    public int Value(int counter)
    {
        return _values[counter];
    }

    /// <summary>Adds one to a counter.</summary>
    /// <param name="counter">Which, such as <see cref="BleRestarts"/>.</param>
    public void Count(int counter)
    {
        if (_values[counter] < Limit)
        {
            _values[counter]++;
        }
    }

    /// <summary>Sets a counter to what was stored over a reboot, or is counted elsewhere.</summary>
    /// <param name="counter">Which, such as <see cref="LastResortReboots"/>.</param>
    /// <param name="value">Its value; out of range is taken as the nearer bound.</param>
    public void Restore(int counter, int value)
    {
        _values[counter] = value < 0 ? 0 : (value > Limit ? Limit : value);
    }
}

/// <summary>
/// Keeps over a reboot what must not begin anew with it: the counters of <see cref="Health"/> that are counted over all boots, and how
/// patient the last resort is.
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

    /// <summary>Restores the counters.</summary>
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
