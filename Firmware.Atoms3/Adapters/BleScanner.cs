using System;
using System.Collections;
using System.Reflection;
using JamBox.App;
using JamBox.Counting;
using JamBox.Ports;
using nanoFramework.Device.Bluetooth;
using nanoFramework.Device.Bluetooth.Advertisement;
using Buffer = nanoFramework.Device.Bluetooth.Buffer;

namespace JamBox.Atoms3.Adapters;

/// <summary>Advertisements through nanoFramework's <see cref="BluetoothLEAdvertisementWatcher"/>.</summary>
/// <remarks>
/// <para>
/// <b>Threads.</b> Advertisements come on the library's own thread, one at a time; its handler copies 16 bytes into <see
/// cref="AdvertRing"/>
/// and returns. The loop is the only consumer, and the only caller of everything else here.
/// </para>
/// <para>
/// <b>What a scan costs.</b> The watcher is made once: each new one brings a timer and two tables that are never given back. Its Start
/// brings the whole NimBLE host up (two tasks, some 32 KB of native heap), and its Stop takes it down again, 100 ms or so each; so
/// of a slice of 1 s about 0.9 s is heard, and the native heap must be flat over it. nanoFramework does not look whether the host came up,
/// and dies of it if it did not: so the room is looked at before each slice. For each advertisement the library allocates on
/// the managed heap: an event, its arguments, an advertisement with three lists, the raw bytes, and for each of its sections a byte array
/// and two objects, twice for manufacturer data: 1 to 1.5 KB of garbage, all of it dead when the handler returns. At 50 advertisements a
/// second that is a collection or two a slice, and none in the other 29 s. We allocate nothing.
/// </para>
/// <para>
/// <b>What it can do to us.</b> The BLE host stands still until managed code took an advertisement, or for 2 s; a Stop that meets it
/// there stands still as long, and the loop with it. An advertisement whose last byte is a section length of 1 makes the library's parser
/// throw on that thread, before the handler: nobody can catch it, and the thread is gone until <see cref="Restart"/>.
/// </para>
/// </remarks>
internal sealed class BleScanner
{
    /// <summary>
    /// Native bytes that must be free for a slice: 32 KB for controller and host, and 12 KB for what else asks (Native/README.md, Memory).
    /// </summary>
    public const int RoomBytes = 44 * 1024;

    /// <summary>Native bytes that must be free in one block: more than the host's largest, the stack of its task.</summary>
    public const int BlockBytes = 12 * 1024;

    private const ushort AppleCompanyId = 0x004C;
    private const string Part = "ble";

    private readonly IClock _clock;
    private readonly ISystem _system;
    private readonly IFaultReport _faults;
    private readonly AdvertRing _adverts = new AdvertRing();
    private readonly BluetoothLEAdvertisementWatcher _watcher;

    // A Buffer hides its array, as library version 1.1.123 names it; null where it is named otherwise.
    private readonly FieldInfo _hiddenBytes = typeof(Buffer).GetField("_buffer", BindingFlags.Instance | BindingFlags.NonPublic);
    private bool _isShortOfRoom;
    private bool _wasStarted;

    /// <summary>Nothing is scanned yet.</summary>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Its log.</param>
    /// <param name="faults">Is told what Bluetooth refuses.</param>
    public BleScanner(IClock clock, ISystem system, IFaultReport faults)
    {
        _clock = clock;
        _system = system;
        _faults = faults;
        _watcher = new BluetoothLEAdvertisementWatcher { ScanningMode = BluetoothLEScanningMode.Passive };
        _watcher.Received += OnReceived;
    }

    /// <summary>Gets a value indicating whether it scans.</summary>
    public bool IsScanning { get; private set; }

    /// <summary>Gets the records that found the ring full, since boot.</summary>
    public int Dropped => _adverts.Dropped;

    /// <summary>Takes records, as <see cref="IRadio.DrainAdverts"/>.</summary>
    /// <param name="records">Filled from index 0 with whole records.</param>
    /// <returns>How many.</returns>
    public int Drain(byte[] records)
    {
        return _adverts.Drain(records);
    }

    /// <summary>Tells whether native memory has room for the stack.</summary>
    /// <returns><c>false</c>: to start it would end in a crash.</returns>
    public bool HasRoom()
    {
        bool hasRoom = NativeRoom.Has(RoomBytes, BlockBytes);
        if (!hasRoom && !_isShortOfRoom)
        {
            // Once a shortage, not once a slice; the slices are counted.
            NativeRoom.Log(_system, "no room for Bluetooth");
        }

        _isShortOfRoom = !hasRoom;
        return hasRoom;
    }

    /// <summary>Starts to scan. To be called only with room, and while nobody else has the radio.</summary>
    /// <returns>Whether it scans.</returns>
    public bool Start()
    {
        try
        {
            _watcher.Start();
            IsScanning = true;
            if (!_wasStarted)
            {
                _wasStarted = true;
                NativeRoom.Log(_system, "Bluetooth is up");
            }
        }
        catch (Exception e)
        {
            // The library believes that it runs all the same, and would not try again: it is told to stop.
            _faults.Report(Part, e);
            StopWatcher();
        }

        return IsScanning;
    }

    /// <summary>Stops, and takes the stack down.</summary>
    public void Stop()
    {
        if (IsScanning)
        {
            IsScanning = false;
            StopWatcher();
        }
    }

    /// <summary>Stops, and starts the library's thread again if it has died.</summary>
    /// <remarks>Stop alone takes controller and host down, after every slice; what it does not touch is that thread.</remarks>
    public void Restart()
    {
        Stop();
        try
        {
            if (!AdvertThread.Revive())
            {
                _faults.Report(Part, null);
            }
        }
        catch (Exception e)
        {
            _faults.Report(Part, e);
        }
    }

    private void StopWatcher()
    {
        try
        {
            _watcher.Stop();
        }
        catch (InvalidOperationException)
        {
            // It was not running: what the library says when it is stopped twice.
        }
        catch (Exception e)
        {
            _faults.Report(Part, e);
        }
    }

    // On the library's thread. It must neither throw, which would end that thread, nor wait, which would block the BLE host.
    private void OnReceived(BluetoothLEAdvertisementWatcher sender, BluetoothLEAdvertisementReceivedEventArgs args)
    {
        try
        {
            if (args.BluetoothAddressType != BluetoothAddressType.Random)
            {
                return;
            }

            byte flags = RadioRecord.FlagRandomAddress;
            if (args.AdvertisementType == BluetoothLEAdvertisementType.ScanResponse)
            {
                flags |= RadioRecord.FlagScanResponse;
            }

            // Not GetManufacturerDataByCompanyId, which makes a list for its answer.
            ArrayList makers = args.Advertisement.ManufacturerData;
            for (int i = 0; i < makers.Count; i++)
            {
                BluetoothLEManufacturerData data = (BluetoothLEManufacturerData)makers[i];
                if (data.CompanyId == AppleCompanyId)
                {
                    flags |= RadioRecord.FlagApple;
                    if (data.Data.Length > 0 && ContinuityType.IsInUse(FirstByte(data.Data)))
                    {
                        flags |= RadioRecord.FlagAppleInUse;
                    }
                }
            }

            _adverts.Put(args.BluetoothAddress, args.RawSignalStrengthInDBm, (int)_clock.UptimeMs, flags);
        }
        catch (Exception e)
        {
            _faults.RebootFor(Part, e);
        }
    }

    // What the library gives to read a Buffer with is an object for each. Reflection makes none.
    private byte FirstByte(Buffer buffer)
    {
        return _hiddenBytes == null ? DataReader.FromBuffer(buffer).ReadByte() : ((byte[])_hiddenBytes.GetValue(buffer))[0];
    }
}
