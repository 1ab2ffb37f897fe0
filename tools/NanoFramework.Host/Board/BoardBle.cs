using nanoFramework.Device.Bluetooth;
using nanoFramework.Device.Bluetooth.Advertisement;

namespace JamBox.Board;

/// <summary>
/// Bluetooth LE, from the air's side. The host takes one advertisement at a time and stands still until the firmware's handler took it,
/// 2 s at most; meanwhile the controller keeps a few and loses the others. Stopping the scan takes everything down.
/// </summary>
public sealed class BoardBle
{
    // What the controller keeps while the host stands still.
    private const int ControllerBuffers = 20;
    private const int HostWaitMs = 2000;

    private readonly object _lock = new();
    private readonly BoardEvents _thread;
    private BluetoothLEAdvertisementWatcher? _watcher;
    private int _inFlight;
    private int _slice;

    internal BoardBle(BoardHost board)
    {
        _thread = new BoardEvents(board, "ble");
    }

    /// <summary>Gets a value indicating whether it scans.</summary>
    public bool IsScanning => _watcher is not null;

    /// <summary>Gets how often the stack was brought up.</summary>
    public int Starts { get; private set; }

    /// <summary>Gets how often the stack was taken down.</summary>
    public int TearDowns { get; private set; }

    /// <summary>Gets the advertisements that the controller lost.</summary>
    public int Lost { get; private set; }

    /// <summary>Gets or sets a value indicating whether the stack refuses to start.</summary>
    public bool Refuses { get; set; }

    /// <summary>Gets what ended the library's thread: since then it is deaf.</summary>
    public Exception? DiedOf => _thread.DiedOf;

    /// <summary>Gets the events that the library's thread has not taken.</summary>
    internal int Waiting => _thread.Waiting;

    /// <summary>An advertisement is on air.</summary>
    /// <param name="address">48 bits.</param>
    /// <param name="isRandom">Whether the address is a random one.</param>
    /// <param name="type">Its kind.</param>
    /// <param name="rssiDbm">Signal strength.</param>
    /// <param name="payload">Its sections: length, type, data.</param>
    public void Receive(ulong address, bool isRandom, BluetoothLEAdvertisementType type, short rssiDbm, byte[] payload)
    {
        int slice;
        lock (_lock)
        {
            slice = _slice;
            if (_watcher is null)
            {
                return;
            }

            if (_inFlight == ControllerBuffers)
            {
                Lost++;
                return;
            }

            _inFlight++;
        }

        _thread.Post(() =>
        {
            if (slice != _slice)
            {
                // Of a scan that is over: its bytes are gone, there is nothing to parse.
                return;
            }

            try
            {
                BluetoothLEAdvertisementReceivedEventArgs args = new(address, isRandom, type, rssiDbm, payload);
                _watcher?.OnReceived(args);
            }
            finally
            {
                Take();
            }
        });
    }

    internal void Start(BluetoothLEAdvertisementWatcher watcher)
    {
        lock (_lock)
        {
            if (Refuses)
            {
                throw new InvalidOperationException();
            }

            if (_watcher is null)
            {
                Starts++;
            }

            _watcher = watcher;
        }
    }

    internal void Stop()
    {
        lock (_lock)
        {
            if (_watcher is null)
            {
                return;
            }

            _watcher = null;
            TearDowns++;
            _slice++;

            // The host task must come to an end first; it may wait for the handler.
            long end = Environment.TickCount64 + HostWaitMs;
            while (_inFlight > 0 && _thread.DiedOf is null && Environment.TickCount64 < end)
            {
                Monitor.Wait(_lock, 10);
            }

            _inFlight = 0;
        }
    }

    internal void Revive() => _thread.Revive();

    internal void SwitchOff()
    {
        _watcher = null;
        _thread.Stop();
    }

    private void Take()
    {
        lock (_lock)
        {
            _inFlight = Math.Max(0, _inFlight - 1);
            Monitor.PulseAll(_lock);
        }
    }
}
