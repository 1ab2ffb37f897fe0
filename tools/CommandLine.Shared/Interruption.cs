using System.Runtime.InteropServices;

namespace JamBox.CommandLine;

/// <summary>
/// Ctrl+C, or the system's wish that the program ends, as a token, from the first instruction on: the library of command lines hears
/// signals only once a command waits for something for the first time. The first signal lets a run clear away what it made; another
/// one, a second later or more, ends it at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private const int ExitCodeOfSignal = 130;

    // Who ends a program and its group, or passes on what the terminal has sent already, sends one wish twice.
    private const long EchoMs = 1_000;

    // Not disposed of: a signal may be on its way when the run ends.
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly PosixSignalRegistration[] _signals;
    private readonly TimeSpan _endsWithin;
    private readonly Timer _patience = new(static _ => Environment.Exit(ExitCodeOfSignal));
    private long _firstAt;
    private bool _isOver;

    /// <summary>Hears signals from now on.</summary>
    /// <param name="endsWithin">How long a run may take to its end after the first signal.</param>
    public Interruption(TimeSpan endsWithin)
    {
        _endsWithin = endsWithin;
        _signals =
            [PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal)];
    }

    /// <summary>Gets what ends a run.</summary>
    public CancellationToken Stop => _stop.Token;

    /// <summary>Hears them no longer.</summary>
    public void Dispose()
    {
        Array.ForEach(_signals, signal => signal.Dispose());
        lock (_gate)
        {
            _isOver = true;
            _patience.Dispose();
        }
    }

    private void OnSignal(PosixSignalContext signal)
    {
        lock (_gate)
        {
            if (_isOver)
            {
                return;
            }

            if (_firstAt != 0)
            {
                signal.Cancel = Environment.TickCount64 - _firstAt < EchoMs;
                return;
            }

            _firstAt = Environment.TickCount64;
            _patience.Change(_endsWithin, Timeout.InfiniteTimeSpan);
        }

        signal.Cancel = true;
        _stop.Cancel();
    }
}
