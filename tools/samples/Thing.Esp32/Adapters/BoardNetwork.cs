using System;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using JamBox.Things.Ports;

namespace JamBox.Things.Esp32.Adapters;

/// <summary>Sockets, and TLS of which the server's certificate is always checked.</summary>
internal sealed class BoardNetwork : INetwork
{
    private const int TimeoutMs = 10000;

    private readonly IDevice _device;

    /// <param name="device">Is told what fails.</param>
    public BoardNetwork(IDevice device)
    {
        _device = device;
    }

    /// <inheritdoc/>
    public IConnection Open(string host, int port, string rootCertificate)
    {
        if (rootCertificate != null && rootCertificate.Length == 0)
        {
            _device.Log("TLS needs a root certificate, and the pinned one if there is a pin");
            return null;
        }

        Socket socket = null;
        try
        {
            IPHostEntry entry = Dns.GetHostEntry(host);
            socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp)
            {
                SendTimeout = TimeoutMs,
                ReceiveTimeout = TimeoutMs,
            };
            socket.Connect(new IPEndPoint(entry.AddressList[0], port));
            return new SocketConnection(socket, rootCertificate == null ? null : Secure(socket, host, rootCertificate));
        }
        catch (Exception e)
        {
            _device.Log("the server could not be reached: " + e.Message);
            if (socket != null)
            {
                socket.Close();
            }

            return null;
        }
    }

    private static SslStream Secure(Socket socket, string host, string rootCertificate)
    {
        var stream = new SslStream(socket) { SslVerification = SslVerification.CertificateRequired };
        stream.AuthenticateAsClient(host, null, new X509Certificate(rootCertificate), SslProtocols.Tls12);
        return stream;
    }
}
