using System.Device.Gpio;
using System.Diagnostics;

namespace JamBox.Board;

/// <summary>The main button, from the finger's side.</summary>
public sealed class BoardButton
{
    private readonly BoardHost _board;
    private readonly object _lock = new();
    private GpioPin? _pin;
    private Timer? _debounce;
    private bool _isWaiting;
    private bool _current = true;
    private bool _expected;
    private long _edgeAt;
    private int _debounceMs;

    internal BoardButton(BoardHost board)
    {
        _board = board;
    }

    /// <summary>Gets a value indicating whether it is down.</summary>
    public bool IsPressed { get; private set; }

    /// <summary>Presses or releases it.</summary>
    /// <param name="isPressed">Whether it is down from now on.</param>
    public void Set(bool isPressed)
    {
        lock (_lock)
        {
            if (isPressed == IsPressed)
            {
                return;
            }

            // The timer of a busy PC may be late: what would have been an event by now is one.
            if (_isWaiting && Stopwatch.GetElapsedTime(_edgeAt).TotalMilliseconds >= _debounceMs)
            {
                OnDebounced();
            }

            IsPressed = isPressed;
            OnEdge();
        }
    }

    internal void Attach(GpioPin pin)
    {
        lock (_lock)
        {
            _pin = pin;
            _current = !IsPressed;
        }
    }

    /// <summary>
    /// As the ESP32 driver does it: the first edge starts the time, edges meanwhile are ignored, and at its end there is an event if
    /// the level is the other one.
    /// </summary>
    private void OnEdge()
    {
        if (_pin is null || _isWaiting)
        {
            return;
        }

        _debounceMs = (int)_pin.DebounceTimeout.TotalMilliseconds;
        if (_debounceMs == 0)
        {
            Fire();
            return;
        }

        _isWaiting = true;
        _expected = !_current;
        _edgeAt = Stopwatch.GetTimestamp();
        _debounce ??= new Timer(_ => OnDebounced());
        _debounce.Change(_debounceMs, Timeout.Infinite);
    }

    private void OnDebounced()
    {
        lock (_lock)
        {
            if (!_isWaiting)
            {
                return;
            }

            _isWaiting = false;
            if (!IsPressed == _expected)
            {
                Fire();
            }
        }
    }

    private void Fire()
    {
        _current = !IsPressed;
        PinEventTypes edge = IsPressed ? PinEventTypes.Falling : PinEventTypes.Rising;
        GpioPin pin = _pin!;
        _board.Events.Post(() => pin.OnPinChanged(edge));
    }
}
