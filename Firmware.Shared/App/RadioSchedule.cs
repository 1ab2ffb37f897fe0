using JamBox.Ports;

namespace JamBox.App;

/// <summary>
/// Who has the one radio: of every 30 s Wi-Fi has 29, hopping over its channels at most 3 s each, and Bluetooth LE has 1
/// (SYSTEM.md §1). It keeps the time that Wi-Fi really listened, so that counts can be judged.
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
    private long _cycleStartMs;
    private long _wifiSinceMs = -1;
    private int _channelIndex;
    private int _listenedMs;

    /// <summary>Initializes a new instance of the <see cref="RadioSchedule"/> class.</summary>
    /// <param name="radio">The radio.</param>
    /// <param name="config">Which channels.</param>
    public RadioSchedule(IRadio radio, BoxConfig config)
    {
        _radio = radio;
        _config = config;
    }

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
            ListenWifi(nowMs);
        }
        else if (nowMs - _cycleStartMs >= CycleMs - BleMs)
        {
            CountListening(nowMs);
            _wifiSinceMs = -1;
            _radio.ListenBle();
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
        _radio.ListenWifi(channels[_channelIndex]);
        _wifiSinceMs = nowMs;
        long hop = nowMs + ChannelMs;
        long slice = _cycleStartMs + CycleMs - BleMs;
        NextSwitchMs = hop < slice ? hop : slice;
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
