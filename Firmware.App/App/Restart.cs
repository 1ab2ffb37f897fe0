using JamBox.Counting;
using JamBox.Ports;
using JamBox.Readings;
using JamBox.Storage;

namespace JamBox.App;

/// <summary>
/// The one way to reboot by order. It is wished for in the middle of something and carried out when that has ended; on a PC the call may
/// return, and nothing must happen then until the host starts the box anew.
/// </summary>
public sealed class Restart : IRestart
{
    /// <summary>Uptime before which nothing reboots the box that nobody waits for, ms: whatever goes wrong, it is no reboot loop.</summary>
    public const int MinUptimeMs = 21600000;

    /// <summary>The longest wait for the end of the open interval, ms: an interval has an hour at most.</summary>
    public const int MaxWaitMs = 3660000;

    private readonly IClock _clock;
    private readonly ISystem _system;
    private readonly Recorder _recorder;
    private readonly ReadingRing _ring;
    private readonly Health _health;
    private readonly HealthStore _store;
    private string _reason;
    private string _waitingReason;
    private int _waitingCounter;
    private int _closedBefore;
    private long _waitEndMs;

    /// <param name="clock">Uptime.</param>
    /// <param name="system">The chip.</param>
    /// <param name="recorder">Closes the open reading.</param>
    /// <param name="ring">Keeps it.</param>
    /// <param name="health">Counts reboots of the box's own.</param>
    /// <param name="store">Keeps that count.</param>
    public Restart(IClock clock, ISystem system, Recorder recorder, ReadingRing ring, Health health, HealthStore store)
    {
        _clock = clock;
        _system = system;
        _recorder = recorder;
        _ring = ring;
        _health = health;
        _store = store;
    }

    /// <inheritdoc/>
    public bool IsWanted => _reason != null;

    /// <summary>
    /// Gets or sets a value indicating whether the image is on trial. It goes back by itself when a day brought no accepted reading; a
    /// reboot would begin that day anew, and use up one of its boots.
    /// </summary>
    public bool IsOnTrial { get; set; }

    /// <summary>Gets a value indicating whether the reboot is under way: the loop must do nothing more.</summary>
    public bool IsUnderWay { get; private set; }

    /// <inheritdoc/>
    public void Want(string reason)
    {
        _reason = reason;
    }

    /// <summary>Wishes for a reboot that is counted over all boots.</summary>
    /// <param name="reason">A short ASCII word that the next boot finds as the reset reason.</param>
    /// <param name="counter">One of <see cref="Health"/>, such as <see cref="Health.MemoryReboots"/>.</param>
    public void Want(string reason, int counter)
    {
        if (!IsWanted)
        {
            _health.Count(counter);
            _store.Save();
            Want(reason);
        }
    }

    /// <inheritdoc/>
    public void WantForMemory()
    {
        Want("memory", Health.MemoryReboots);
    }

    /// <summary>
    /// Wishes for a reboot that nobody waits for, and that is counted over all boots: it is made when an interval has just ended, so that
    /// it costs no reading, not even when the log is full. Wishing again changes nothing.
    /// </summary>
    /// <param name="reason">A short ASCII word that the next boot finds as the reset reason.</param>
    /// <param name="counter">One of <see cref="Health"/>, such as <see cref="Health.LastResortReboots"/>.</param>
    /// <returns>
    /// <c>false</c> in the first hours of a boot (<see cref="MinUptimeMs"/>), while the image is on trial, and while a reboot for another
    /// reason waits: nothing will happen, ask again later.
    /// </returns>
    public bool WantBetweenReadings(string reason, int counter)
    {
        long now = _clock.UptimeMs;
        if (now < MinUptimeMs || IsOnTrial)
        {
            return false;
        }

        if (_waitingReason == null)
        {
            _waitingReason = reason;
            _waitingCounter = counter;
            _closedBefore = _recorder.ClosedReadings;
            _waitEndMs = now + MaxWaitMs;
        }

        return _waitingReason == reason;
    }

    /// <summary>Gives up a reboot that waits for the end of an interval: its cause is gone. One for another reason stays.</summary>
    /// <param name="reason">The reason that it was wished for.</param>
    public void Cancel(string reason)
    {
        if (_waitingReason == reason)
        {
            _waitingReason = null;
        }
    }

    /// <summary>Looks whether a reboot that waits is due. For the main loop.</summary>
    public void Step()
    {
        if (_waitingReason != null && (_recorder.ClosedReadings != _closedBefore || _clock.UptimeMs >= _waitEndMs))
        {
            Want(_waitingReason, _waitingCounter);
            _waitingReason = null;
        }
    }

    /// <summary>Reboots. With a log in flash the reading that is open is closed first, so that at most the open minute is lost.</summary>
    public void Now()
    {
        // Not at the price of the oldest reading of a full ring, which has a whole interval in it.
        if (_ring.IsLogged && !_ring.IsFull)
        {
            _recorder.CloseNow(_clock.UptimeMs);
        }

        _system.Log("the box reboots: " + _reason);
        IsUnderWay = true;
        _system.Reboot(_reason);
    }
}
