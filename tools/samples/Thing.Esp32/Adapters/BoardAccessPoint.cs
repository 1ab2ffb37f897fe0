using System;
using System.Net;
using System.Net.NetworkInformation;
using System.Net.Sockets;
using JamBox.Things.Ports;

namespace JamBox.Things.Esp32.Adapters;

/// <summary>
/// The set-up access point, 192.168.4.1. It gives no addresses by itself: nanoFramework's DHCP server is a library of its own, so a phone
/// needs
/// a fixed address of that network (the README says how). The runtime opens and closes it at the next restart only.
/// </summary>
internal sealed class BoardAccessPoint : IAccessPoint
{
    private const int PagePort = 80;

    private readonly IDevice _device;
    private Socket _listener;

    /// <param name="device">Is told what fails.</param>
    public BoardAccessPoint(IDevice device)
    {
        _device = device;
    }

    /// <inheritdoc/>
    public bool Start(string ssid, string password)
    {
        try
        {
            bool isOpen = Configure(WirelessAPConfiguration.ConfigurationOptions.AutoStart, ssid, password);
            if (!isOpen)
            {
                return false;
            }

            _listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            _listener.Bind(new IPEndPoint(IPAddress.Any, PagePort));
            _listener.Listen(2);
            return true;
        }
        catch (Exception e)
        {
            _device.Log("the access point did not open: " + e.Message);
            Close();
            return false;
        }
    }

    /// <inheritdoc/>
    public void Stop()
    {
        Close();
        try
        {
            Configure(WirelessAPConfiguration.ConfigurationOptions.Disable, null, null);
        }
        catch (Exception e)
        {
            _device.Log("the access point did not close: " + e.Message);
        }
    }

    /// <inheritdoc/>
    public IConnection Accept()
    {
        try
        {
            return _listener != null && _listener.Poll(0, SelectMode.SelectRead) ? new SocketConnection(_listener.Accept(), null) : null;
        }
        catch (Exception)
        {
            return null;
        }
    }

    private static bool Configure(WirelessAPConfiguration.ConfigurationOptions options, string ssid, string password)
    {
        foreach (NetworkInterface network in NetworkInterface.GetAllNetworkInterfaces())
        {
            if (network.NetworkInterfaceType != NetworkInterfaceType.WirelessAP)
            {
                continue;
            }

            if (ssid != null)
            {
                network.EnableStaticIPv4("192.168.4.1", "255.255.255.0", "192.168.4.1");
            }

            WirelessAPConfiguration point = WirelessAPConfiguration.GetAllWirelessAPConfigurations()[network.SpecificConfigId];
            point.Options = options;
            point.Ssid = ssid ?? point.Ssid;
            point.Password = password ?? point.Password;
            point.Authentication = AuthenticationType.WPA2;
            point.MaxConnections = 1;
            point.SaveConfiguration();
            return true;
        }

        return false;
    }

    private void Close()
    {
        if (_listener != null)
        {
            _listener.Close();
            _listener = null;
        }
    }
}
