using System;
using System.Collections;
using JamBox.Interop;
using JamBox.Ports;
using nanoFramework.Device.Bluetooth;
using nanoFramework.Device.Bluetooth.Advertisement;

namespace JamBox.Atoms3.Adapters;

/// <summary>
/// The radio: probe requests through <see cref="ProbeSniffer"/>, advertisements through nanoFramework's
/// <see cref="BluetoothLEAdvertisementWatcher"/>, one of them at a time.
/// </summary>
/// <remarks>
/// <para>
/// <b>Threads.</b> Probe requests are filtered and kept by native code; no managed thread takes part until the loop drains them.
/// Advertisements come on the library's own thread, one at a time; its handler copies 16 bytes into <see cref="AdvertRing"/> and
/// returns. The loop is the only consumer of both, and the only caller of everything else here.
/// </para>
/// <para>
/// <b>What a scan costs.</b> The watcher is made once: each new one brings a timer and two tables that are never given back. Its Start
/// brings the whole NimBLE host up (two tasks, some 40 KB of native heap), and its Stop takes it down again, 100 ms or so each; so
/// of a slice of 1 s about 0.9 s is heard, and the native heap must be flat over it. For each advertisement the library allocates on
/// the managed heap: an event, its arguments, an advertisement with three lists, the raw bytes, and for each of its sections a byte array
/// and two objects, twice for manufacturer data: 1 to 1.5 KB of garbage, all of it dead when the handler returns. At 50 advertisements a
/// second that is a collection or two a slice, and none in the other 29 s. We allocate nothing.
/// </para>
/// <para>
/// <b>What it can do to us.</b> The BLE host stands still until managed code took an advertisement, or for 2 s; a Stop that meets it
/// there stands still as long, and the loop with it. An advertisement whose last byte is a section length of 1 makes the library's parser
/// throw on that thread, before the handler: nobody can catch it, the thread is gone, and Bluetooth is deaf until the box restarts.
/// </para>
/// </remarks>
internal sealed class SnifferRadio : IRadio
{
    private const ushort AppleCompanyId = 0x004C;

    private readonly IClock _clock;
    private readonly ISystem _system;
    private readonly AdvertRing _adverts = new AdvertRing();
    private readonly BluetoothLEAdvertisementWatcher _watcher;
    private bool _isSniffing;
    private bool _isScanning;
    private bool _isLent;

    // What is listened to when the radio comes back: a channel, or 0 for Bluetooth, or −1 for nothing yet.
    private int _wanted = -1;

    /// <summary>Initializes a new instance of the <see cref="SnifferRadio"/> class. Nothing is listened to yet.</summary>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Is told what the radio refuses.</param>
    public SnifferRadio(IClock clock, ISystem system)
    {
        _clock = clock;
        _system = system;
        _watcher = new BluetoothLEAdvertisementWatcher { ScanningMode = BluetoothLEScanningMode.Passive };
        _watcher.Received += OnReceived;
    }

    /// <inheritdoc/>
    public int DroppedRecords => (ProbeSniffer.DroppedCount + _adverts.Dropped) & 0x7FFFFFFF;

    /// <inheritdoc/>
    public int DrainProbes(byte[] records)
    {
        return ProbeSniffer.Drain(records);
    }

    /// <inheritdoc/>
    public int DrainAdverts(byte[] records)
    {
        return _adverts.Drain(records);
    }

    /// <inheritdoc/>
    /// <remarks>If Wi-Fi refuses, the next call, at most 3 s later, starts it again.</remarks>
    public bool ListenWifi(int channel)
    {
        _wanted = channel;
        if (_isLent)
        {
            return false;
        }

        StopBle();
        bool isDone = _isSniffing ? ProbeSniffer.SetChannel(channel) : ProbeSniffer.Start(channel);
        if (!isDone)
        {
            _system.Log("radio: Wi-Fi refused channel " + channel.ToString());
        }

        _isSniffing = isDone;
        return isDone;
    }

    /// <inheritdoc/>
    /// <remarks>If Bluetooth refuses, nothing is listened to in this slice; counting on Wi-Fi is worth more than a reboot.</remarks>
    public bool ListenBle()
    {
        _wanted = 0;
        if (_isLent || _isScanning)
        {
            return _isScanning;
        }

        StopWifi();
        try
        {
            _watcher.Start();
            _isScanning = true;
        }
        catch (Exception e)
        {
            _system.Log("radio: Bluetooth did not start: " + e.GetType().Name);
        }

        return _isScanning;
    }

    /// <inheritdoc/>
    public void RestartBle()
    {
        StopBle();
    }

    /// <inheritdoc/>
    public void RestartWifi()
    {
        StopWifi();
    }

    /// <summary>Gives the radio away, for a scan of access points. What is asked for meanwhile waits until <see cref="TakeBack"/>.</summary>
    public void Lend()
    {
        _isLent = true;
        StopBle();
        StopWifi();
    }

    /// <summary>The radio is back: it listens to what was asked for last.</summary>
    public void TakeBack()
    {
        if (!_isLent)
        {
            return;
        }

        _isLent = false;
        if (_wanted > 0)
        {
            ListenWifi(_wanted);
        }
        else if (_wanted == 0)
        {
            ListenBle();
        }
    }

    private void StopWifi()
    {
        if (_isSniffing)
        {
            _isSniffing = false;
            ProbeSniffer.Stop();
        }
    }

    private void StopBle()
    {
        if (!_isScanning)
        {
            return;
        }

        _isScanning = false;
        try
        {
            _watcher.Stop();
        }
        catch (Exception e)
        {
            _system.Log("radio: Bluetooth did not stop: " + e.GetType().Name);
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
                if (((BluetoothLEManufacturerData)makers[i]).CompanyId == AppleCompanyId)
                {
                    flags |= RadioRecord.FlagApple;
                }
            }

            _adverts.Put(args.BluetoothAddress, args.RawSignalStrengthInDBm, (int)_clock.UptimeMs, flags);
        }
        catch (Exception e)
        {
            Fault.Reboot("ble", e);
        }
    }
}
