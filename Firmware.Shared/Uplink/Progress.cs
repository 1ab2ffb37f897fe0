using JamBox.Ports;

namespace JamBox.Uplink;

/// <summary>
/// Decides whether the loop may say that it is alive. The watchdog is fed by progress and not by waiting: whoever begins something says
/// how long it may last, and once that time is over nothing feeds the watchdog any more, however often the loop is pumped.
/// </summary>
/// <remarks>
/// Bounds are the sums of the bounds of what is waited for, if every single wait lasts as long as it can; in the field each of them lasts
/// seconds. Nothing begins anything from within a wait, so that no hang can prolong itself.
/// </remarks>
public sealed class Progress
{
    /// <summary>
    /// The longest that a pass of the main loop may last beside what is begun in it, ms: a reset of the modem, and as much again.
    /// </summary>
    public const int PassMs = 2 * ModemLimits.ResetMs;

    /// <summary>
    /// The longest that one request may last, ms: the signal, and twice a link with request and answer, the second on a fresh one.
    /// </summary>
    public const int ExchangeMs = ModemLimits.SignalMs
        + (2 * (ModemLimits.CommandMs + ModemLimits.OpenMs + ModemLimits.SendMs + HttpExchange.AnswerMs + ModemLimits.ReceiveExtraMs));

    /// <summary>The longest that it may take to get a connection, ms.</summary>
    public const int BringUpMs = ModemLimits.WakeMs
        + (ModemLimits.RecoverMs > ModemLimits.BringUpMs ? ModemLimits.RecoverMs : ModemLimits.BringUpMs);

    private readonly IClock _clock;
    private readonly IWatchdog _watchdog;
    private long _deadlineMs;

    /// <param name="clock">Uptime.</param>
    /// <param name="watchdog">Is fed while there is progress.</param>
    public Progress(IClock clock, IWatchdog watchdog)
    {
        _clock = clock;
        _watchdog = watchdog;
        Begin(PassMs);
    }

    /// <summary>Starts the watchdog, with the first pass of the loop.</summary>
    /// <param name="patienceMs">The watchdog's patience, ms.</param>
    public void Start(int patienceMs)
    {
        _watchdog.Start(patienceMs);
        Begin(PassMs);
    }

    /// <summary>Says that something begins, which is progress.</summary>
    /// <param name="maxMs">How long it may last, ms.</param>
    public void Begin(int maxMs)
    {
        _deadlineMs = _clock.UptimeMs + maxMs;
    }

    /// <summary>Feeds the watchdog, unless what was begun lasts longer than it may.</summary>
    /// <returns><c>false</c> when it does: the box hangs, and must be restarted.</returns>
    public bool Feed()
    {
        if (_clock.UptimeMs >= _deadlineMs)
        {
            return false;
        }

        _watchdog.Feed();
        return true;
    }
}
