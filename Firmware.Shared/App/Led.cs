using JamBox.Ports;

namespace JamBox.App;

/// <summary>
/// Makes the patterns of SYSTEM.md §3 on the LED. States that last until told otherwise (<see cref="Show"/>) lie beneath states that
/// end by themselves (<see cref="Flash"/>).
/// </summary>
public sealed class Led
{
    // Brightness of the predecessor's LED, out of 255: visible in a shop, no lamp.
    private const byte On = 50;
    private const byte Dim = 8;
    private const int Columns = 8;

    // A row a state: colour while on, milliseconds on, colour while off, milliseconds off. Times are the predecessor's (PREDECESSOR.md §17).
    private static readonly int[] s_patterns =
    [
        On, 0, On, 1000, On, 0, On, 0,
        On, 0, 0, 500, 0, 0, 0, 500,
        On, 0, 0, 100, 0, 0, 0, 100,
        0, On, 0, 1900, 0, Dim, 0, 100,
        0, On, On, 150, 0, 0, 0, 150,
        0, On, 0, 1000, 0, On, 0, 0,
        0, 0, On, 1000, 0, 0, 0, 1000,
        On, On, 0, 200, 0, 0, 0, 200,
        On, On, On, 1000, On, On, On, 0,
    ];

    private readonly IIndicator _indicator;
    private LedState _base = LedState.Booting;
    private LedState _flash;
    private long _flashEndMs;
    private long _phaseStartMs;
    private LedState _shown = (LedState)(-1);
    private bool _shownOn;

    /// <summary>Initializes a new instance of the <see cref="Led"/> class.</summary>
    /// <param name="indicator">The LED itself.</param>
    public Led(IIndicator indicator)
    {
        _indicator = indicator;
    }

    /// <summary>Gets the state that is visible.</summary>
    public LedState State => _shown;

    /// <summary>Gets the state that lasts.</summary>
    public LedState Base => _base;

    /// <summary>Gets the uptime at which the LED is to change by itself, ms.</summary>
    public long NextChangeMs { get; private set; }

    /// <summary>Sets the state that lasts.</summary>
    /// <param name="state">The state.</param>
    public void Show(LedState state)
    {
        if (_base != state)
        {
            _base = state;
            NextChangeMs = 0;
        }
    }

    /// <summary>Shows a state for a while, above the one that lasts.</summary>
    /// <param name="state">The state.</param>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <param name="durationMs">How long, ms.</param>
    public void Flash(LedState state, long nowMs, int durationMs)
    {
        _flash = state;
        _flashEndMs = nowMs + durationMs;
        NextChangeMs = 0;
    }

    /// <summary>Changes what is due.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    public void Step(long nowMs)
    {
        if (nowMs < NextChangeMs)
        {
            return;
        }

        LedState state = nowMs < _flashEndMs ? _flash : _base;
        int row = (int)state * Columns;
        int onMs = s_patterns[row + 3];
        int offMs = s_patterns[row + 7];
        if (state != _shown)
        {
            _shown = state;
            _phaseStartMs = nowMs;
            Light(row, true);
        }

        int period = onMs + offMs;
        int phase = (int)((nowMs - _phaseStartMs) % period);
        bool on = phase < onMs;
        if (on != _shownOn)
        {
            Light(row, on);
        }

        NextChangeMs = nowMs + (on ? onMs : period) - phase;
        if (_flashEndMs > nowMs && _flashEndMs < NextChangeMs)
        {
            NextChangeMs = _flashEndMs;
        }
    }

    private void Light(int row, bool on)
    {
        int column = row + (on ? 0 : 4);
        _shownOn = on;
        _indicator.Show((byte)s_patterns[column], (byte)s_patterns[column + 1], (byte)s_patterns[column + 2]);
    }
}
