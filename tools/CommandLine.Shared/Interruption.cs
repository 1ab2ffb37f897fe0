using System.Runtime.InteropServices;

namespace JamBox.CommandLine;

/// <summary>
/// Ctrl+C, or the system's wish that the program ends, as a token, from the first instruction on: the library of command lines hears
/// signals only once a command waits for something for the first time. The first signal lets a run clear away what it made; the second one
/// ends it at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private const int ExitCodeOfSignal = 130;

    // Not disposed of: a signal may be on its way when the run ends.
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private readonly PosixSignalRegistration[] _signals;
    private readonly TimeSpan _endsWithin;
    private readonly Timer _patience = new(static _ => Environment.Exit(ExitCodeOfSignal));
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
            if (_isOver || _stop.IsCancellationRequested)
            {
                return;
            }

            _patience.Change(_endsWithin, Timeout.InfiniteTimeSpan);
        }

        signal.Cancel = true;
        _stop.Cancel();
    }
}
