using JamBox.Ports;
using JamBox.Readings;
using JamBox.Storage;
using JamBox.Uplink;

namespace JamBox.App;

/// <summary>
/// What is done when nothing helped and the backend took no request for hours: the modem is reset by its reset line, and an hour later,
/// when that was of no use, the box reboots. Each time in vain the next one waits longer.
/// </summary>
/// <remarks>
/// The first reset comes after 6 h without an accepted request, the next after 12 h, and from then on after 24 h; how patient it is
/// survives the reboot, and an accepted reading makes it impatient again. A backend that is down for a week (168 h) is thus answered with
/// seven reboots, after 7, 20, 45, 70, 95, 120 and 145 hours, and then with one every 25 hours. Where the store does not keep the patience
/// every boot is as patient as can be. No reading is lost by them: readings lie in flash, and the box waits for the end of the open
/// interval (<see cref="Restart.WantBetweenReadings"/>). Without a log in flash a reboot costs what waits in RAM: there the box reboots
/// only once patience has come to its end.
/// </remarks>
public sealed class LastResort
{
    /// <summary>How long after a reset of the modem the box reboots, ms.</summary>
    public const int RebootAfterMs = 3600000;

    /// <summary>The reset reason that the next boot finds.</summary>
    public const string Reason = "no_answer";

    private const int MaxPatience = 2;
    private const int HourMs = 3600000;

    private readonly UplinkState _state;
    private readonly IModem _modem;
    private readonly Restart _restart;
    private readonly ReadingRing _ring;
    private readonly Health _health;
    private readonly HealthStore _store;
    private readonly ISystem _system;
    private long _resetAtMs = -1;
    private long _sinceMs;
    private int _acceptedReadings;
    private bool _isRebootWanted;
    private bool _isForgetful;

    /// <param name="state">Knows when a request was accepted last.</param>
    /// <param name="modem">Is reset.</param>
    /// <param name="restart">Reboots.</param>
    /// <param name="ring">Says whether readings survive that.</param>
    /// <param name="health">Counts.</param>
    /// <param name="store">Keeps counts and patience.</param>
    /// <param name="system">Log.</param>
    public LastResort(UplinkState state, IModem modem, Restart restart, ReadingRing ring, Health health, HealthStore store, ISystem system)
    {
        _state = state;
        _modem = modem;
        _restart = restart;
        _ring = ring;
        _health = health;
        _store = store;
        _system = system;
    }

    /// <summary>How long without an accepted request the modem is reset, ms.</summary>
    /// <param name="patience">0 at first, one more after each time in vain.</param>
    /// <returns>6 h, 12 h, and from then on 24 h.</returns>
    public static int PatienceMs(int patience)
    {
        return patience == 0 ? 6 * HourMs : (patience == 1 ? 12 * HourMs : 24 * HourMs);
    }

    /// <summary>Begins with the silence. For the start of the box.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    public void Start(long nowMs)
    {
        _sinceMs = nowMs;
    }

    /// <summary>Does what is due. For the main loop, never from within a wait: the modem must be nobody's at that moment.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns><c>true</c> when the modem was reset: the next try need not wait.</returns>
    public bool Step(long nowMs)
    {
        if (_state.AcceptedAtMs > _sinceMs)
        {
            _sinceMs = _state.AcceptedAtMs;
            GiveUpReboot();
        }

        if (_state.AcceptedReadings != _acceptedReadings)
        {
            _acceptedReadings = _state.AcceptedReadings;
            Relax();
        }

        long silentMs = nowMs - _sinceMs;
        int patienceMs = PatienceMs(_store.Patience);
        if (_resetAtMs < 0 && silentMs >= patienceMs)
        {
            _resetAtMs = nowMs;
            ResetModem();
            return true;
        }

        if (_resetAtMs >= 0 && !_isRebootWanted && nowMs - _resetAtMs >= RebootAfterMs
            && (!_isForgetful || silentMs >= PatienceMs(MaxPatience) + RebootAfterMs))
        {
            Reboot(nowMs);
        }

        return false;
    }

    private void GiveUpReboot()
    {
        _restart.Cancel(Reason);
        if (_resetAtMs >= 0)
        {
            // So that the counter is heard of.
            _resetAtMs = -1;
            _isRebootWanted = false;
            _state.IsHeartbeatWanted = true;
        }
    }

    // A heartbeat is accepted after each boot where nothing is wrong but that readings are refused: it proves that the box can send, and
    // not that the reboot was of use.
    private void Relax()
    {
        if (_store.Patience != 0)
        {
            _store.Patience = 0;
            _store.Save();
        }
    }

    private void ResetModem()
    {
        _system.Log("the backend took no request for " + (PatienceMs(_store.Patience) / HourMs).ToString() + " h: the modem is reset");
        _health.Count(Health.LastResortResets);
        _isForgetful = !_store.Save();
        _modem.Reset();
    }

    private void Reboot(long nowMs)
    {
        int patience = _store.Patience;
        bool isPatient = patience >= MaxPatience;
        if (!_ring.IsLogged && !isPatient)
        {
            // It would cost the readings that wait. The next reset comes when more time has passed.
            _store.Patience = patience + 1;
            _store.Save();
            _resetAtMs = -1;
            _sinceMs = nowMs;
            return;
        }

        if (_restart.WantBetweenReadings(Reason, Health.LastResortReboots))
        {
            // Stored together with the count of the reboot.
            _store.Patience = isPatient ? patience : patience + 1;
            _isRebootWanted = true;
        }
    }
}
