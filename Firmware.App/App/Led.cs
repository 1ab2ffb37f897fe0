using JamBox.Ports;

namespace JamBox.App;

/// <summary>
/// Makes the patterns of docs/operations.md on the LED. States that last until told otherwise (<see cref="Show"/>) lie beneath states that
/// end by themselves (<see cref="Flash"/>).
/// </summary>
public sealed class Led
{
    // Brightness of the predecessor's LED, out of 255: visible in a shop, no lamp.
    private const byte On = 50;
    private const byte Dim = 8;

    // Colours: a hexadecimal digit each for red, green and blue; 0 is off, 1 dim, 2 on.
    private const int Dark = 0x000;
    private const int Red = 0x200;
    private const int Green = 0x020;
    private const int DimGreen = 0x010;
    private const int Blue = 0x002;
    private const int Purple = 0x202;
    private const int Cyan = 0x022;
    private const int Yellow = 0x220;
    private const int White = 0x222;

    private readonly IIndicator _indicator;
    private LedState _base = LedState.Booting;
    private LedState _flash;
    private long _flashEndMs;
    private long _phaseStartMs;
    private LedState _shown = (LedState)(-1);
    private bool _shownOn;

    // The pattern of the state that is shown.
    private int _onColour;
    private int _onMs;
    private int _offColour;
    private int _offMs;

    /// <param name="indicator">The LED itself.</param>
    public Led(IIndicator indicator)
    {
        _indicator = indicator;
    }

    /// <summary>Gets the state that is visible.</summary>
    public LedState State => _shown;

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
        if (state != _shown)
        {
            _shown = state;
            _phaseStartMs = nowMs;
            SetPattern(state);
            Light(true);
        }

        int period = _onMs + _offMs;
        int phase = (int)((nowMs - _phaseStartMs) % period);
        bool on = phase < _onMs;
        if (on != _shownOn)
        {
            Light(on);
        }

        NextChangeMs = nowMs + (on ? _onMs : period) - phase;
        if (_flashEndMs > nowMs && _flashEndMs < NextChangeMs)
        {
            NextChangeMs = _flashEndMs;
        }
    }

    /// <summary>Times are the predecessor's.</summary>
    private void SetPattern(LedState state)
    {
        switch (state)
        {
            case LedState.Booting:
                SetPattern(Purple, 1000, Purple, 0);
                break;
            case LedState.Searching:
                SetPattern(Red, 500, Dark, 500);
                break;
            case LedState.Fatal:
                SetPattern(Red, 100, Dark, 100);
                break;
            case LedState.Counting:
                SetPattern(Green, 1900, DimGreen, 100);
                break;
            case LedState.Sending:
                SetPattern(Cyan, 150, Dark, 150);
                break;
            case LedState.Sent:
                SetPattern(Green, 1000, Green, 0);
                break;
            case LedState.SendFailed:
                SetPattern(Blue, 1000, Dark, 1000);
                break;
            case LedState.Ota:
                SetPattern(Yellow, 200, Dark, 200);
                break;
            default:
                SetPattern(White, 1000, White, 0);
                break;
        }
    }

    private void SetPattern(int onColour, int onMs, int offColour, int offMs)
    {
        _onColour = onColour;
        _onMs = onMs;
        _offColour = offColour;
        _offMs = offMs;
    }

    private void Light(bool on)
    {
        int colour = on ? _onColour : _offColour;
        _shownOn = on;
        _indicator.Show(Brightness(colour >> 8), Brightness((colour >> 4) & 15), Brightness(colour & 15));
    }

    private static byte Brightness(int digit)
    {
        return digit == 0 ? (byte)0 : digit == 1 ? Dim : On;
    }
}

/// <summary>What the LED says (docs/operations.md).</summary>
public enum LedState
{
    /// <summary>Purple: booting.</summary>
    Booting,

    /// <summary>Red, slow: looking for the network.</summary>
    Searching,

    /// <summary>Red, fast: cannot go on by itself.</summary>
    Fatal,

    /// <summary>Green with a short dim every 2 s: connected and counting.</summary>
    Counting,

    /// <summary>Cyan, pulsing: sending.</summary>
    Sending,

    /// <summary>Green for 3 s: sent.</summary>
    Sent,

    /// <summary>Blue, slow: the last send failed.</summary>
    SendFailed,

    /// <summary>Yellow, pulsing: update.</summary>
    Ota,

    /// <summary>White, a flash: the button was pressed.</summary>
    Button,
}
