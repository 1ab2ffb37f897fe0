using System.IO.Pipelines;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

using JamBox.Backend.Operation;

using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Options;

namespace JamBox.Backend.Mqtt.Embedded;

/// <summary>
/// Listens for the broker: a web server of its own, without HTTP. The one of the backend would listen nowhere else any more once it were
/// given an address by the program.
/// </summary>
internal sealed class BrokerListener : IDisposable
{
    /// <summary>Connections that may wait to be accepted: a fleet that comes back comes at once.</summary>
    private const int Backlog = 4096;

    /// <summary>Bytes that wait in a connection until its reader, or its sender, waits too.</summary>
    private const int PipeBytes = 16 * 1024;

    private readonly KestrelServer _server;
    private readonly List<ListenOptions> _listening = [];

    /// <summary>Makes it.</summary>
    /// <param name="options">Where to listen, and with which certificate.</param>
    /// <param name="services">The services.</param>
    /// <param name="serve">Serves a connection until it ends.</param>
    public BrokerListener(MqttOptions options, IServiceProvider services, Func<IDuplexPipe, IPAddress?, Action, Task> serve)
    {
        KestrelServerOptions kestrel = new() { ApplicationServices = services, AddServerHeader = false };

        // The broker counts them: it makes room, where Kestrel turns away whoever comes, and writes two lines about each. Kestrel's own
        // bound is for those that have not got as far as that: in the middle of TLS.
        kestrel.Limits.MaxConcurrentConnections = 2 * EmbeddedBroker.MaxConnections;
        foreach (ListenAddress address in ListenAddress.ParseAll(options.Listen) ?? [])
        {
            kestrel.Listen(address.EndPoint, listen =>
            {
                // Without it, clients that say by ALPN that they speak MQTT are refused.
                listen.Protocols = HttpProtocols.None;
                if (address.IsTls)
                {
                    listen.UseHttps(Tls(options));
                }

                listen.Run(connection => serve(connection.Transport, (connection.RemoteEndPoint as IPEndPoint)?.Address, connection.Abort));
                _listening.Add(listen);
            });
        }

        SocketTransportOptions sockets = new()
        {
            Backlog = Backlog,
            MaxReadBufferSize = PipeBytes,
            MaxWriteBufferSize = PipeBytes,

            // Most connections say something once a minute: none of them holds a buffer for it meanwhile.
            WaitForDataBeforeAllocatingBuffer = true,
            UnsafePreferInlineScheduling = true,
        };
        ILoggerFactory loggers = services.GetRequiredService<ILoggerFactory>();
        _server = new KestrelServer(Options.Create(kestrel), new SocketTransportFactory(Options.Create(sockets), loggers), loggers);
    }

    /// <summary>Where it listens, after the start.</summary>
    public IReadOnlyList<IPEndPoint> EndPoints => [.. _listening.Select(static one => one.IPEndPoint!)];

    /// <summary>Begins to listen.</summary>
    /// <exception cref="StartupException">An address is not free, or not of this machine.</exception>
    public async Task StartAsync(CancellationToken cancel)
    {
        try
        {
            await _server.StartAsync(new NoApplication(), cancel).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is IOException or System.Net.Sockets.SocketException)
        {
            throw new StartupException($"{MqttOptions.Section}:{nameof(MqttOptions.Listen)}", fault.Message.ReplaceLineEndings(" "));
        }
    }

    /// <summary>Ends it.</summary>
    public Task StopAsync(CancellationToken cancel) => _server.StopAsync(cancel);

    /// <inheritdoc/>
    public void Dispose() => _server.Dispose();

    /// <exception cref="StartupException">The certificate cannot be read.</exception>
    private static HttpsConnectionAdapterOptions Tls(MqttOptions options)
    {
        string file = options.Certificate!;
        try
        {
            if (Path.GetExtension(file) is ".pfx" or ".p12")
            {
                return new HttpsConnectionAdapterOptions { ServerCertificate = X509CertificateLoader.LoadPkcs12FromFile(file, null) };
            }

            X509Certificate2Collection chain = [];
            chain.ImportFromPemFile(file);
            return new HttpsConnectionAdapterOptions
            {
                ServerCertificate = X509Certificate2.CreateFromPemFile(file, options.CertificateKey ?? file),
                ServerCertificateChain = chain,
            };
        }
        catch (Exception fault) when (fault is CryptographicException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new StartupException(
                $"{MqttOptions.Section}:{nameof(MqttOptions.Certificate)}", $"cannot be read: {fault.Message.ReplaceLineEndings(" ")}");
        }
    }

    /// <summary>There is no HTTP here.</summary>
    private sealed class NoApplication : IHttpApplication<object>
    {
        public object CreateContext(IFeatureCollection contextFeatures) => throw new NotSupportedException();

        public void DisposeContext(object context, Exception? exception)
        {
            // None was made.
        }

        public Task ProcessRequestAsync(object context) => throw new NotSupportedException();
    }
}
