using JamBox.Counting;
using JamBox.Ports;
using JamBox.Storage;

namespace JamBox.App;

/// <summary>
/// Notices that a half of the radio hears nothing where it used to: restarts that half, and in the end the box. docs/counting.md has the
/// reasoning.
/// </summary>
/// <remarks>
/// <para>
/// <b>Evidence.</b> An empty shop at night sounds like a deaf radio. So a half's silence counts only in cycles of the schedule in which the
/// other half hears at least half of what it usually does when both hear something, and only if the half has heard something in ten cycles
/// of this boot. Silence of both is waited out for a day.
/// </para>
/// <para>
/// <b>Steps.</b> Restarts of the half come first: they cost a second. They come after a first run of silent cycles, twice that, and four
/// times that; the first run is at least twice the longest that ended by itself. Then the box reboots, which costs less than a minute of
/// counting. A box that hears nothing after the reboot never does so again, because evidence begins anew with each boot; and each reboot
/// doubles the patience before the next one, over all boots, until one has helped.
/// </para>
/// </remarks>
public sealed class RadioWatch
{
    /// <summary>Key of the back-off in the store.</summary>
    public const string StoreKey = "deaf";

    /// <summary>Reset reason of the reboot.</summary>
    public const string RebootReason = "deaf";

    // In cycles of 30 s. Bluetooth's thread dies for good (an advertisement that ends in a section of length 1), and phones advertise all
    // the time: ten minutes of silence are suspicious, 80 enough. Phones probe seldom: an hour, and no reboot before a whole day.
    private const int BleFirstRun = 20;
    private const int BleRebootRun = 160;
    private const int WifiFirstRun = 120;
    private const int WifiRebootRun = 2880;

    // A Wi-Fi that does not even start: one minute, and half an hour.
    private const int RefusedFirstRun = 2;
    private const int RefusedRebootRun = 60;

    // Both silent: a day, and two.
    private const int SilentRun = 2880;

    // A box that heard something within ten minutes of the reboot was helped by it.
    private const int ProbationCycles = 20;
    private const int MostBackOff = 6;

    private const int BackOffAt = 0;
    private const int RecordLength = 2;
    private const int HalfAt = 1;
    private const int NoHalf = 0;
    private const int BleHalf = 1;
    private const int WifiHalf = 2;
    private const int BothHalves = 3;

    private readonly IRadio _radio;
    private readonly RadioSchedule _schedule;
    private readonly Recorder _recorder;
    private readonly Restart _restart;
    private readonly Health _health;
    private readonly ISystem _system;
    private readonly StoredRecord _record;
    private readonly Hearing _ble = new Hearing(BleFirstRun, BleRebootRun);
    private readonly Hearing _wifi = new Hearing(WifiFirstRun, WifiRebootRun);
    private int _backOff;
    private int _probation;
    private int _cycles;
    private int _probesBefore;
    private int _advertsBefore;
    private int _refused;
    private int _silent;

    /// <summary>Reads what earlier boots found out.</summary>
    /// <param name="radio">The radio.</param>
    /// <param name="schedule">Says what listened; takes the radio back after a restart of a half.</param>
    /// <param name="recorder">Says what was heard.</param>
    /// <param name="restart">Reboots the box.</param>
    /// <param name="health">Counts the restarts.</param>
    /// <param name="store">Keeps the back-off over reboots.</param>
    /// <param name="system">Log.</param>
    public RadioWatch(
        IRadio radio, RadioSchedule schedule, Recorder recorder, Restart restart, Health health, IKeyValueStore store, ISystem system)
    {
        _radio = radio;
        _schedule = schedule;
        _recorder = recorder;
        _restart = restart;
        _health = health;
        _system = system;
        _record = new StoredRecord(store, StoreKey, RecordLength);
        if (_record.Load())
        {
            _backOff = _record.Bytes[BackOffAt] > MostBackOff ? MostBackOff : _record.Bytes[BackOffAt];
            _probation = _record.Bytes[HalfAt];
        }
    }

    /// <summary>Gets a value indicating whether the box is to reboot when the open interval has ended.</summary>
    public bool IsRebootWanted { get; private set; }

    /// <summary>Judges the cycle of the schedule that has ended, if one has.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    public void Step(long nowMs)
    {
        if (_schedule.EndedCycles == _cycles)
        {
            return;
        }

        _cycles = _schedule.EndedCycles;
        int probes = _recorder.HeardProbes - _probesBefore;
        int adverts = _recorder.HeardAdverts - _advertsBefore;
        _probesBefore += probes;
        _advertsBefore += adverts;
        EndProbation(probes, adverts);
        if (probes > 0 && adverts > 0)
        {
            // What one half hears when the other is surely not deaf.
            _ble.LearnOther(probes);
            _wifi.LearnOther(adverts);
        }

        JudgeRefusals(nowMs);
        if (_schedule.HasBleListened)
        {
            Judge(_ble, BleHalf, adverts, probes, nowMs);
        }

        if (_schedule.HasWifiListened)
        {
            Judge(_wifi, WifiHalf, probes, adverts, nowMs);
        }

        JudgeSilence(probes + adverts, nowMs);
    }

    private void Judge(Hearing hearing, int half, int own, int other, long nowMs)
    {
        switch (hearing.Judge(own, other, _backOff))
        {
            case Hearing.Restart:
                RestartHalf(half, "heard nothing in " + hearing.Run.ToString() + " cycles in which the other half did", nowMs);
                break;
            case Hearing.Reboot:
                Reboot(half);
                break;
            default:
                break;
        }
    }

    private void JudgeRefusals(long nowMs)
    {
        if (!_radio.HasWifi)
        {
            return;
        }

        _refused = _schedule.HasWifiListened ? 0 : _refused + 1;
        if (_refused >= RefusedRebootRun << _backOff)
        {
            Reboot(WifiHalf);
        }
        else if (IsStep(_refused, RefusedFirstRun))
        {
            RestartHalf(WifiHalf, "did not start in " + _refused.ToString() + " cycles", nowMs);
        }
    }

    private void JudgeSilence(int heard, long nowMs)
    {
        if (heard > 0 || !(_ble.IsUsed || _wifi.IsUsed))
        {
            _silent = 0;
            return;
        }

        _silent++;
        if (_silent == SilentRun)
        {
            RestartHalf(BleHalf, "heard nothing for a day, nor did Wi-Fi", nowMs);
            if (_radio.HasWifi)
            {
                RestartHalf(WifiHalf, "heard nothing for a day, nor did Bluetooth", nowMs);
            }
        }
        else if (_silent >= (2 * SilentRun) << _backOff)
        {
            Reboot(BothHalves);
        }
    }

    // At first, first × 2, first × 4 … cycles.
    private static bool IsStep(int run, int first)
    {
        while (first < run)
        {
            first <<= 1;
        }

        return first == run;
    }

    private void RestartHalf(int half, string why, long nowMs)
    {
        _system.Log("radio: " + (half == BleHalf ? "Bluetooth " : "Wi-Fi ") + why + ": it is restarted");
        if (half == BleHalf)
        {
            _health.Count(Health.BleRestarts);
            _radio.RestartBle();
        }
        else
        {
            _health.Count(Health.WifiRestarts);
            _radio.RestartWifi();
        }

        _schedule.Resume(nowMs);
    }

    private void Reboot(int half)
    {
        // Refused in the first hours of a boot: then it is asked for again after the next cycle.
        if (!IsRebootWanted && _restart.WantBetweenReadings(RebootReason, Health.LastResortReboots))
        {
            IsRebootWanted = true;
            if (!Save(_backOff < MostBackOff ? _backOff + 1 : _backOff, half) && _backOff < MostBackOff)
            {
                // The next boot would know nothing of it, and reboot as soon: so no boot does before its patience is the longest.
                _restart.Cancel(RebootReason);
                IsRebootWanted = false;
                _backOff = MostBackOff;
            }
        }
    }

    private void EndProbation(int probes, int adverts)
    {
        if (_probation == NoHalf)
        {
            return;
        }

        bool isHelped = ((_probation & BleHalf) != 0 && adverts > 0) || ((_probation & WifiHalf) != 0 && probes > 0);
        if (isHelped)
        {
            _backOff = 0;
        }

        if (isHelped || _cycles >= ProbationCycles)
        {
            _probation = NoHalf;
            Save(_backOff, NoHalf);
        }
    }

    private bool Save(int backOff, int half)
    {
        _record.Bytes[BackOffAt] = (byte)backOff;
        _record.Bytes[HalfAt] = (byte)half;
        bool isSaved = _record.Save();
        if (!isSaved)
        {
            _system.Log("radio: the back-off of reboots was not stored");
        }

        return isSaved;
    }
}
