using System;
using System.Device.Wifi;
using System.Net.NetworkInformation;
using System.Threading;
using JamBox.Things.Ports;

namespace JamBox.Things.Esp32.Adapters;

/// <summary>The station. The runtime's call blocks until it is connected or not, so a thread of its own makes it.</summary>
internal sealed class BoardWifi : IWifi
{
    private readonly IDevice _device;
    private readonly object _gate = new object();
    private string _ssid;
    private string _password;
    private WifiState _state;
    private bool _isRunning;

    /// <param name="device">Is told what fails.</param>
    public BoardWifi(IDevice device)
    {
        _device = device;
    }

    /// <inheritdoc/>
    public WifiState State
    {
        get
        {
            lock (_gate)
            {
                if (_state == WifiState.Connected && Address == null)
                {
                    _state = WifiState.Failed;
                }

                return _state;
            }
        }
    }

    /// <inheritdoc/>
    public string Address
    {
        get
        {
            foreach (NetworkInterface network in NetworkInterface.GetAllNetworkInterfaces())
            {
                string address = network.IPv4Address;
                bool isStation = network.NetworkInterfaceType == NetworkInterfaceType.Wireless80211;
                if (isStation && address != null && address.Length > 0 && address != "0.0.0.0")
                {
                    return address;
                }
            }

            return null;
        }
    }

    /// <inheritdoc/>
    /// <remarks>nanoFramework tells a signal with a scan only, which would take the radio away for seconds.</remarks>
    public int RssiDbm => 0;

    /// <inheritdoc/>
    public void Begin(string ssid, string password)
    {
        lock (_gate)
        {
            _ssid = ssid;
            _password = password;
            _state = WifiState.Connecting;
            if (!_isRunning)
            {
                _isRunning = true;
                new Thread(Connect).Start();
            }
        }
    }

    /// <inheritdoc/>
    public void Disconnect()
    {
        lock (_gate)
        {
            _state = WifiState.Idle;
        }
    }

    // A network that was asked for while another was tried is tried behind it.
    private void Connect()
    {
        while (true)
        {
            string ssid;
            string password;
            lock (_gate)
            {
                if (_state != WifiState.Connecting)
                {
                    _isRunning = false;
                    return;
                }

                ssid = _ssid;
                password = _password;
            }

            bool isConnected = Connect(ssid, password);
            lock (_gate)
            {
                if (_ssid == ssid && _state == WifiState.Connecting)
                {
                    _state = isConnected ? WifiState.Connected : WifiState.Failed;
                }
            }
        }
    }

    private bool Connect(string ssid, string password)
    {
        try
        {
            WifiAdapter adapter = WifiAdapter.FindAllAdapters()[0];
            WifiConnectionResult result = adapter.Connect(ssid, WifiReconnectionKind.Automatic, password);
            return result.ConnectionStatus == WifiConnectionStatus.Success && Address != null;
        }
        catch (Exception e)
        {
            _device.Log("Wi-Fi did not connect: " + e.Message);
            return false;
        }
    }
}
