using System.Runtime.InteropServices;

namespace JamBox.Twin.Run;

/// <summary>
/// Ctrl+C, or the system's wish that the program ends, as a token, from the first instruction on. The first signal lets a run clear away
/// what it made; the second one ends it at once.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private const int ExitCodeOfSignal = 130;

    // Whatever a run does at its end takes seconds.
    private static readonly TimeSpan s_endsWithin = TimeSpan.FromSeconds(30);

    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _signals;
    private readonly Timer _patience = new(static _ => Environment.Exit(ExitCodeOfSignal));

    /// <summary>Initializes a new instance of the <see cref="Interruption"/> class.</summary>
    public Interruption()
    {
        _signals = [PosixSignalRegistration.Create(PosixSignal.SIGINT, OnSignal), PosixSignalRegistration.Create(PosixSignal.SIGTERM, OnSignal)];
    }

    /// <summary>Gets what ends a run.</summary>
    public CancellationToken Stop => _stop.Token;

    public void Dispose()
    {
        Array.ForEach(_signals, signal => signal.Dispose());
        _patience.Dispose();
        _stop.Dispose();
    }

    private void OnSignal(PosixSignalContext signal)
    {
        signal.Cancel = !_stop.IsCancellationRequested;
        if (signal.Cancel)
        {
            _patience.Change(s_endsWithin, Timeout.InfiniteTimeSpan);
            _stop.Cancel();
        }
    }
}
