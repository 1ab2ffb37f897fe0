using JamBox.Counting;
using JamBox.Ports;
using JamBox.Twin.Time;

namespace JamBox.Twin.Radio;

/// <summary>
/// The radio and the native code of the board: what is on air comes in by <see cref="HearFrame"/> and <see cref="HearAdvert"/>, what
/// passes filter and time slice waits in two rings of the board's sizes for the firmware to drain. Nothing is allocated per frame.
/// </summary>
internal sealed class TwinRadio : IRadio
{
    /// <summary>Probe records that wait at most, as on the board.</summary>
    public const int ProbeCapacity = 512;

    /// <summary>Advertisement records that wait at most, as on the board.</summary>
    public const int AdvertCapacity = 64;

    /// <summary>
    /// What a record costs the firmware, in IL instructions: the budget of a probe heard again (docs/counting.md), which it keeps
    /// even when compiled without optimisation.
    /// </summary>
    public const int IlARecord = 150;

    private readonly VirtualClock _clock;
    private readonly RecordRing _probes = new(ProbeCapacity);
    private readonly RecordRing _adverts = new(AdvertCapacity);
    private readonly byte[] _record = new byte[RadioRecord.Size];
    private int _wifiChannel;
    private bool _isScanningBle;
    private long _owedIl;
    private int _dropped;
    private bool _isAway;
    private long _listenedMs;
    private long _countedUntilMs;

    /// <param name="clock">The clock of the box.</param>
    /// <param name="mode">What it hears.</param>
    public TwinRadio(VirtualClock clock, RadioMode mode)
    {
        _clock = clock;
        Mode = mode;
    }

    /// <summary>Gets or sets what it hears.</summary>
    public RadioMode Mode { get; set; }

    /// <summary>Gets or sets the counter that is told of every frame that the firmware gets.</summary>
    public IAirWitness? Heard { get; set; }

    /// <summary>Gets or sets how many IL instructions the chip executes in a second; 0 = counting takes no time.</summary>
    public int IlASecond { get; set; }

    /// <summary>Gets or sets what lets virtual time pass, in ms, for the records that the firmware has counted.</summary>
    public Action<int>? Working { get; set; }

    /// <summary>Gets or sets who is told that the firmware is about to fetch records.</summary>
    public Action? Fetching { get; set; }

    /// <summary>Gets or sets who is told how many it got: probe requests, advertisements.</summary>
    public Action<int, int>? Fetched { get; set; }

    /// <summary>Whether the firmware that runs gets nothing of what is on air, for good.</summary>
    public bool IsDeaf { get; set; }

    /// <summary>Gets or sets what is wrong with Wi-Fi.</summary>
    public RadioTrouble WifiTrouble { get; set; }

    /// <summary>Gets or sets what is wrong with Bluetooth.</summary>
    public RadioTrouble BleTrouble { get; set; }

    /// <summary>Gets the restarts of Wi-Fi that the firmware ordered, over all boots.</summary>
    public int WifiRestarts { get; private set; }

    /// <summary>Gets the restarts of Bluetooth that the firmware ordered, over all boots.</summary>
    public int BleRestarts { get; private set; }

    /// <inheritdoc/>
    public bool HasWifi => true;

    /// <summary>Gets what the firmware was told of <see cref="DroppedRecords"/> last; 0 in a new boot.</summary>
    public int DroppedRecordsTold { get; private set; }

    /// <inheritdoc/>
    public int DroppedRecords
    {
        get
        {
            DroppedRecordsTold = _dropped;
            return _dropped;
        }
    }

    /// <summary>Gets the virtual ms for which Wi-Fi has listened so far, over all boots.</summary>
    public long WifiListenedMs
    {
        get
        {
            CountListening();
            return _listenedMs;
        }
    }

    /// <summary>Gets the Wi-Fi channel listened to, 0 when Wi-Fi does not have the radio.</summary>
    public int WifiChannel => _wifiChannel;

    /// <summary>Gets a value indicating whether Bluetooth has the radio.</summary>
    public bool IsScanningBle => _isScanningBle;

    /// <summary>
    /// Gets or sets a value indicating whether a scan of access points has the radio: then nothing is heard, and what is asked for waits.
    /// </summary>
    public bool IsAway
    {
        get => _isAway;
        set
        {
            CountListening();
            _isAway = value;
        }
    }

    /// <summary>The box loses power or restarts: rings and counter are empty, nothing is listened to.</summary>
    public void Reset()
    {
        IsAway = false;
        _probes.Clear();
        _adverts.Clear();
        _dropped = 0;
        DroppedRecordsTold = 0;
        _owedIl = 0;
        WifiTrouble = RadioTrouble.None;
        BleTrouble = RadioTrouble.None;
        _wifiChannel = 0;
        _isScanningBle = false;
    }

    /// <inheritdoc/>
    public int DrainProbes(byte[] records)
    {
        return Drain(_probes, records);
    }

    /// <inheritdoc/>
    public int DrainAdverts(byte[] records)
    {
        return Drain(_adverts, records);
    }

    /// <inheritdoc/>
    public bool ListenWifi(int channel)
    {
        CountListening();
        if (channel is < 1 or > 13)
        {
            throw new ArgumentOutOfRangeException(nameof(channel), channel, "A 2.4 GHz channel is 1…13.");
        }

        bool listens = !_isAway && WifiTrouble != RadioTrouble.Refuses;
        _wifiChannel = listens || _isAway ? channel : 0;
        _isScanningBle = false;
        return listens;
    }

    /// <inheritdoc/>
    public bool ListenBle()
    {
        CountListening();
        _wifiChannel = 0;
        _isScanningBle = BleTrouble != RadioTrouble.Refuses;
        return _isScanningBle && !_isAway;
    }

    /// <inheritdoc/>
    public void RestartBle()
    {
        BleRestarts++;
        _isScanningBle = false;
        BleTrouble = BleTrouble == RadioTrouble.DeafUntilReboot ? BleTrouble : RadioTrouble.None;
    }

    /// <inheritdoc/>
    public void RestartWifi()
    {
        CountListening();
        WifiRestarts++;
        _wifiChannel = 0;
        WifiTrouble = WifiTrouble == RadioTrouble.DeafUntilReboot ? WifiTrouble : RadioTrouble.None;
    }

    /// <summary>A frame is on air now.</summary>
    /// <param name="frame">The frame from its first header byte.</param>
    /// <param name="length">Valid bytes in it.</param>
    /// <param name="rssiDbm">Signal strength, 0 = not known.</param>
    /// <param name="channel">Its channel, 0 = not known.</param>
    /// <returns>Whether the firmware will get it.</returns>
    public bool HearFrame(byte[] frame, int length, int rssiDbm, int channel)
    {
        return HearFrameAt(frame, length, rssiDbm, channel, _clock.UptimeMs, _clock.UtcNowMs);
    }

    /// <summary>A frame is on air, at a time of its own.</summary>
    /// <param name="frame">The frame from its first header byte.</param>
    /// <param name="length">Valid bytes in it.</param>
    /// <param name="rssiDbm">Signal strength, 0 = not known.</param>
    /// <param name="channel">Its channel, 0 = not known.</param>
    /// <param name="uptimeMs">The uptime that goes into the record.</param>
    /// <param name="utcMs">The UTC that <see cref="Heard"/> is told.</param>
    /// <returns>Whether the firmware will get it.</returns>
    public bool HearFrameAt(byte[] frame, int length, int rssiDbm, int channel, long uptimeMs, long utcMs)
    {
        bool isInSlice = Mode == RadioMode.HearEverything || (!_isAway && _wifiChannel != 0 && (channel == 0 || channel == _wifiChannel));
        if (IsDeaf || !isInSlice || WifiTrouble != RadioTrouble.None || !FrameFilter.TryAccept(frame, length, _record, 0))
        {
            return false;
        }

        FinishRecord(rssiDbm, channel, uptimeMs, flags: 0);
        if (!TryPut(_probes))
        {
            return false;
        }

        Heard?.AddFrame(frame.AsSpan(0, length), rssiDbm, utcMs);
        return true;
    }

    /// <summary>An advertisement is on air now.</summary>
    /// <param name="advert">What it says.</param>
    /// <returns>Whether the firmware will get it.</returns>
    public bool HearAdvert(in BleAdvert advert)
    {
        return HearAdvertAt(advert, _clock.UptimeMs, _clock.UtcNowMs);
    }

    /// <summary>An advertisement is on air, at a time of its own.</summary>
    /// <param name="advert">What it says.</param>
    /// <param name="uptimeMs">The uptime that goes into the record.</param>
    /// <param name="utcMs">The UTC that <see cref="Heard"/> is told.</param>
    /// <returns>Whether the firmware will get it.</returns>
    public bool HearAdvertAt(in BleAdvert advert, long uptimeMs, long utcMs)
    {
        if (IsDeaf || BleTrouble != RadioTrouble.None || (Mode != RadioMode.HearEverything && (!_isScanningBle || _isAway)))
        {
            return false;
        }

        for (int i = 0; i < 6; i++)
        {
            _record[RadioRecord.Address + i] = (byte)(advert.Address >> (40 - (8 * i)));
        }

        _record[RadioRecord.Sequence] = 0;
        _record[RadioRecord.Sequence + 1] = 0;
        int flags = (advert.IsRandom ? RadioRecord.FlagRandomAddress : 0)
            | (advert.IsScanResponse ? RadioRecord.FlagScanResponse : 0)
            | (advert.IsApple ? RadioRecord.FlagApple : 0)
            | (advert.IsApple && ContinuityType.IsInUse(advert.MessageType) ? RadioRecord.FlagAppleInUse : 0);
        FinishRecord(advert.RssiDbm, advert.Channel, uptimeMs, flags);
        if (!TryPut(_adverts))
        {
            return false;
        }

        Heard?.AddAdvert(advert, utcMs);
        return true;
    }

    // What the firmware did with the records of the drain before takes its time now, so that everything is counted when others look.
    private int Drain(RecordRing ring, byte[] records)
    {
        Fetching?.Invoke();
        int ms = IlASecond == 0 ? 0 : (int)(_owedIl * 1_000 / IlASecond);
        if (ms > 0)
        {
            _owedIl -= ms * (long)IlASecond / 1_000;
            Working?.Invoke(ms);
        }

        int count = ring.IsEmpty ? 0 : ring.Drain(records);
        _owedIl += count * IlARecord;
        if (count > 0)
        {
            Fetched?.Invoke(ring == _probes ? count : 0, ring == _adverts ? count : 0);
        }

        return count;
    }

    private void CountListening()
    {
        long now = _clock.NowMs;
        _listenedMs += _wifiChannel != 0 && !_isAway ? now - _countedUntilMs : 0;
        _countedUntilMs = now;
    }

    private void FinishRecord(int rssiDbm, int channel, long uptimeMs, int flags)
    {
        // A record has −127…−1 for what is known and 0 for what is not; a receiver that reports more than 0 dBm does not know.
        _record[RadioRecord.RssiDbm] = rssiDbm >= 0 ? (byte)0 : (byte)Math.Max(rssiDbm, -127);
        _record[RadioRecord.Channel] = (byte)channel;
        _record[RadioRecord.TimeMs] = (byte)uptimeMs;
        _record[RadioRecord.TimeMs + 1] = (byte)(uptimeMs >> 8);
        _record[RadioRecord.TimeMs + 2] = (byte)(uptimeMs >> 16);
        _record[RadioRecord.TimeMs + 3] = (byte)(uptimeMs >> 24);
        _record[RadioRecord.Flags] = (byte)flags;
    }

    private bool TryPut(RecordRing ring)
    {
        if (ring.TryPut(_record))
        {
            return true;
        }

        _dropped = (_dropped + 1) & int.MaxValue;
        return false;
    }
}

/// <summary>What <see cref="TwinRadio"/> hears.</summary>
internal enum RadioMode
{
    /// <summary>Every frame, whatever the radio is tuned to: captures are replayed so, because they were made by another radio.</summary>
    HearEverything,

    /// <summary>As the board: frames of the channel listened to, advertisements only while Bluetooth has the radio.</summary>
    Real,
}

/// <summary>What is wrong with one half of the radio.</summary>
internal enum RadioTrouble
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It says that it listens, and hears nothing, until the firmware restarts it.</summary>
    DeafUntilRestart,

    /// <summary>The same, until the box reboots.</summary>
    DeafUntilReboot,

    /// <summary>It refuses to listen until the firmware restarts it.</summary>
    Refuses,
}
