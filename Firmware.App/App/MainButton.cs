using JamBox.Ports;

namespace JamBox.App;

/// <summary>Tells short from long presses of the main button, and either from its bounce (docs/operations.md).</summary>
public sealed class MainButton
{
    /// <summary>Shorter than this is bounce, ms.</summary>
    public const int BounceMs = 50;

    /// <summary>From here on a press is long, ms.</summary>
    public const int LongMs = 3000;

    private readonly IButtons _buttons;
    private long _downSinceMs = -1;
    private bool _longReported;

    /// <param name="buttons">The button itself.</param>
    public MainButton(IButtons buttons)
    {
        _buttons = buttons;
    }

    /// <summary>Looks at the button.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns>A press, once: the short one when it is released, the long one while it is still held.</returns>
    public ButtonPress Step(long nowMs)
    {
        if (_buttons.IsMainPressed)
        {
            if (_downSinceMs < 0)
            {
                _downSinceMs = nowMs;
                _longReported = false;
            }

            if (!_longReported && nowMs - _downSinceMs >= LongMs)
            {
                _longReported = true;
                return ButtonPress.Long;
            }

            return ButtonPress.None;
        }

        bool wasShort = _downSinceMs >= 0 && !_longReported && nowMs - _downSinceMs >= BounceMs;
        _downSinceMs = -1;
        return wasShort ? ButtonPress.Short : ButtonPress.None;
    }
}

/// <summary>How the main button was pressed.</summary>
public enum ButtonPress
{
    /// <summary>It was not, or it is still down.</summary>
    None,

    /// <summary>Released within 3 s: send now.</summary>
    Short,

    /// <summary>Held for 3 s: OTA mode.</summary>
    Long,
}
