namespace JamBox.App;

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

    /// <summary>How many counters there are.</summary>
    public const int Counters = 9;

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
