using JamBox.Ports;
using JamBox.Readings;

namespace JamBox.App;

/// <summary>
/// The one way to reboot by order. It is wished for in the middle of something and carried out when that has ended; on a PC the call may
/// return, and nothing must happen then until the host starts the box anew.
/// </summary>
public sealed class Restart
{
    private readonly IClock _clock;
    private readonly ISystem _system;
    private readonly Recorder _recorder;
    private readonly ReadingRing _ring;
    private string _reason;

    /// <summary>Initializes a new instance of the <see cref="Restart"/> class.</summary>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">The chip.</param>
    /// <param name="recorder">Closes the open reading.</param>
    /// <param name="ring">Keeps it.</param>
    public Restart(IClock clock, ISystem system, Recorder recorder, ReadingRing ring)
    {
        _clock = clock;
        _system = system;
        _recorder = recorder;
        _ring = ring;
    }

    /// <summary>Gets a value indicating whether the box is to reboot.</summary>
    public bool IsWanted => _reason != null;

    /// <summary>Gets a value indicating whether the reboot is under way: the loop must do nothing more.</summary>
    public bool IsUnderWay { get; private set; }

    /// <summary>Wishes for a reboot.</summary>
    /// <param name="reason">A short ASCII word that the next boot finds as the reset reason.</param>
    public void Want(string reason)
    {
        _reason = reason;
    }

    /// <summary>Reboots. With a log in flash the reading that is open is closed first, so that at most the open minute is lost.</summary>
    public void Now()
    {
        // Not at the price of the oldest reading of a full ring, which has a whole interval in it.
        if (_ring.IsLogged && _ring.Count < ReadingRing.Capacity)
        {
            _recorder.CloseNow(_clock.UptimeMs);
        }

        _system.Log("reboot: " + _reason);
        IsUnderWay = true;
        _system.Reboot(_reason);
    }
}
