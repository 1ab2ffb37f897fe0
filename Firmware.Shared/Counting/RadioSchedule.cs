using JamBox.Ports;
using JamBox.Storage;

namespace JamBox.Counting;

/// <summary>
/// Who has the one radio: of every 30 s Wi-Fi has 29, hopping over its channels at most 3 s each, and Bluetooth LE has 1
/// (docs/counting.md). It keeps the time that Wi-Fi really listened, so that counts can be judged. A slice that Bluetooth does not take is
/// Wi-Fi's.
/// </summary>
public sealed class RadioSchedule
{
    /// <summary>Length of a cycle, ms.</summary>
    public const int CycleMs = 30000;

    /// <summary>How much of it Bluetooth LE has, ms.</summary>
    public const int BleMs = 1000;

    /// <summary>The longest stay on a channel, ms.</summary>
    public const int ChannelMs = 3000;

    private readonly IRadio _radio;
    private readonly BoxConfig _config;
    private readonly Health _health;
    private bool _hasWifiListened;
    private bool _hasBleListened;
    private long _cycleStartMs;
    private long _wifiSinceMs = -1;
    private int _channelIndex;
    private int _listenedMs;

    /// <param name="radio">The radio.</param>
    /// <param name="config">Which channels.</param>
    /// <param name="health">Counts the slices that Bluetooth left out.</param>
    public RadioSchedule(IRadio radio, BoxConfig config, Health health)
    {
        _radio = radio;
        _config = config;
        _health = health;
    }

    /// <summary>Gets how many cycles have ended since boot.</summary>
    public int EndedCycles { get; private set; }

    /// <summary>Gets a value indicating whether Wi-Fi listened in the cycle that ended last, if only for a while.</summary>
    public bool HasWifiListened { get; private set; }

    /// <summary>Gets a value indicating whether Bluetooth listened in the cycle that ended last.</summary>
    public bool HasBleListened { get; private set; }

    /// <summary>Gets the uptime at which something is to be switched next, ms.</summary>
    public long NextSwitchMs { get; private set; }

    /// <summary>Begins to listen.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    public void Start(long nowMs)
    {
        _cycleStartMs = nowMs;
        ListenWifi(nowMs);
    }

    /// <summary>Lets somebody else have the radio: nothing is switched, and no listening counted, until <see cref="Resume"/>.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    public void Stop(long nowMs)
    {
        CountListening(nowMs);
        _wifiSinceMs = -1;
        _hasWifiListened = false;
        _hasBleListened = false;
        NextSwitchMs = long.MaxValue;
    }

    /// <summary>Takes the radio back, and begins a new cycle.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    public void Resume(long nowMs)
    {
        _cycleStartMs = nowMs;
        ListenWifi(nowMs);
    }

    /// <summary>Switches what is due.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    public void Step(long nowMs)
    {
        if (nowMs < NextSwitchMs)
        {
            return;
        }

        if (nowMs - _cycleStartMs >= CycleMs)
        {
            // After a stall the cycle begins now: catching up would only switch faster than the radio can follow.
            _cycleStartMs = nowMs - _cycleStartMs < 2 * CycleMs ? _cycleStartMs + CycleMs : nowMs;
            EndCycle();
            ListenWifi(nowMs);
        }
        else if (nowMs - _cycleStartMs >= CycleMs - BleMs)
        {
            ListenBle(nowMs);
            NextSwitchMs = _cycleStartMs + CycleMs;
        }
        else
        {
            ListenWifi(nowMs);
        }
    }

    /// <summary>Gives the time that Wi-Fi listened since the last call.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns>Whole seconds; what is left over counts next time.</returns>
    public int TakeListenedSeconds(long nowMs)
    {
        CountListening(nowMs);
        int seconds = _listenedMs / 1000;
        _listenedMs -= seconds * 1000;
        return seconds;
    }

    private void ListenWifi(long nowMs)
    {
        CountListening(nowMs);
        byte[] channels = _config.WifiChannels;
        _channelIndex = (_channelIndex + 1) % channels.Length;
        bool listens = _radio.ListenWifi(channels[_channelIndex]);
        _wifiSinceMs = listens ? nowMs : -1;
        _hasWifiListened |= listens;
        long hop = nowMs + ChannelMs;
        long slice = _cycleStartMs + CycleMs - BleMs;
        NextSwitchMs = hop < slice ? hop : slice;
    }

    private void ListenBle(long nowMs)
    {
        CountListening(nowMs);
        _wifiSinceMs = -1;
        if (_radio.ListenBle())
        {
            _hasBleListened = true;
            return;
        }

        _health.Count(Health.BleSlicesSkipped);
        ListenWifi(nowMs);
    }

    private void EndCycle()
    {
        HasWifiListened = _hasWifiListened;
        HasBleListened = _hasBleListened;
        _hasWifiListened = false;
        _hasBleListened = false;
        EndedCycles++;
    }

    private void CountListening(long nowMs)
    {
        if (_wifiSinceMs >= 0)
        {
            _listenedMs += (int)(nowMs - _wifiSinceMs);
            _wifiSinceMs = nowMs;
        }
    }
}
