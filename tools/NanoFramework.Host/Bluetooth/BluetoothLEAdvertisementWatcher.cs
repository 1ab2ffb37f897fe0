using System.Collections;
using JamBox.Board;
using nanoFramework.Device.Bluetooth.Advertisement;
using nanoFramework.Runtime.Events;

namespace nanoFramework.Device.Bluetooth;

/// <summary>Stand-in of nanoFramework's BluetoothLEAdvertisementWatcher.</summary>
public class BluetoothLEAdvertisementWatcher
{
    public delegate void BluetoothLEAdvertisementReceivedHandler(
        BluetoothLEAdvertisementWatcher sender, BluetoothLEAdvertisementReceivedEventArgs args);

    public event BluetoothLEAdvertisementReceivedHandler? Received;

    public BluetoothLEScanningMode ScanningMode { get; set; }

    public void Start()
    {
        if (ScanningMode != BluetoothLEScanningMode.Passive)
        {
            throw new NotSupportedException("BluetoothLEAdvertisementWatcher: the stand-in scans passively");
        }

        BoardHost board = BoardHost.Current;
        board.Ble.Start(this);
        board.CheckRadio();
    }

    public void Stop() => BoardHost.Current.Ble.Stop();

    internal void OnReceived(BluetoothLEAdvertisementReceivedEventArgs args) => Received?.Invoke(this, args);
}

/// <summary>Stand-in of what is internal there: the listener whose registration starts the thread of the advertisements.</summary>
internal sealed class BluetoothEventListener : IEventListener
{
    private static readonly Queue _watcherQueue = new WaitingEvents();

    public void InitializeForEventSource() => BoardHost.Current.Ble.Revive();

    public bool OnEvent(BaseEvent ev) => throw new NotSupportedException();

    /// <summary>The events of the board of the calling firmware; the original has one board only.</summary>
    private sealed class WaitingEvents : Queue
    {
        public override int Count => BoardHost.Current.Ble.Waiting;
    }
}

/// <summary>Stand-in of nanoFramework's BluetoothLEServer: only what it hides, which the firmware reaches by reflection.</summary>
public class BluetoothLEServer
{
    internal static readonly BluetoothEventListener _bluetoothEventManager = new();

    private BluetoothLEServer()
    {
    }
}

/// <summary>Stand-in. Its array is hidden, under the name by which the firmware reaches it.</summary>
public class Buffer
{
    private readonly byte[] _buffer;

    internal Buffer(byte[] bytes)
    {
        _buffer = bytes;
    }

    public uint Length => (uint)_buffer.Length;

    internal byte[] Data => _buffer;
}

/// <summary>Stand-in.</summary>
public class DataReader
{
    private readonly Buffer _buffer;
    private int _at;

    private DataReader(Buffer buffer)
    {
        _buffer = buffer;
    }

    public static DataReader FromBuffer(Buffer buffer) => new(buffer);

    public byte ReadByte() => _buffer.Data[_at++];
}

/// <summary>Stand-in.</summary>
public enum BluetoothAddressType
{
    Public = 0,
    Random = 1,
    Unspecified = 2,
}
