using System.Net;
using System.Net.Sockets;

using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Configuration.Memory;

namespace JamBox.Backend.Operation;

/// <summary>What the host is like, whatever the features are.</summary>
internal static class ServiceDefaults
{
    /// <summary>Seconds that a sender may pause in mid-request: narrowband is slow, so Kestrel's 5 would cut good devices off.</summary>
    private const int SlowSenderGraceSeconds = 60;

    /// <summary>
    /// Connections that may wait to be accepted: a fleet that comes back after an outage comes at once. Linux allows 4,096 unless told
    /// otherwise.
    /// </summary>
    private const int Backlog = 4096;

    /// <summary>
    /// Linux: a connection is given to us with its first bytes, or after so many seconds without any. A device connects for every request:
    /// its bytes are then there when we look, and a whole turn of waiting for them is spared.
    /// </summary>
    private const int DeferAcceptSeconds = 5;

    private const int TcpLevel = 6;
    private const int TcpDeferAccept = 9;

    /// <summary>Makes the builder: configuration, logging and the limits of the web server.</summary>
    /// <param name="args">Command line.</param>
    /// <exception cref="StartupException">appsettings.json is no JSON.</exception>
    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        WebApplicationBuilder builder;
        try
        {
            // The name is ours even in another process: it is part of what the OpenAPI document is made from.
            string? name = typeof(BackendApp).Assembly.GetName().Name;
            builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ApplicationName = name });
        }
        catch (InvalidDataException broken)
        {
            throw new StartupException("appsettings.json", (broken.InnerException ?? broken).Message);
        }

        // Lowest in rank, so that every other source may say otherwise.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?> { ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning" },
        });
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = RequestBody.MaxBytes;
            kestrel.Limits.MaxRequestHeadersTotalSize = 8 * 1024;
            kestrel.Limits.MaxRequestHeaderCount = 32;
            kestrel.Limits.MaxRequestLineSize = 4 * 1024;
            kestrel.Limits.MaxConcurrentConnections = 10_000;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(SlowSenderGraceSeconds);
            kestrel.Limits.MinRequestBodyDataRate = new(bytesPerSecond: 20, TimeSpan.FromSeconds(SlowSenderGraceSeconds));
        });
        builder.Services.Configure<SocketTransportOptions>(ListenForDevices);
        return builder;
    }

    /// <summary>Makes much of short connections.</summary>
    private static void ListenForDevices(SocketTransportOptions sockets)
    {
        sockets.Backlog = Backlog;

        // Requests run on the pool's thread that received them instead of on a second one; those that wait give it back.
        sockets.UnsafePreferInlineScheduling = true;

        // 4 KB for each connection that is open, for one system call less in each request.
        sockets.WaitForDataBeforeAllocatingBuffer = false;
        sockets.CreateBoundListenSocket = static endpoint =>
        {
            Socket socket = SocketTransportOptions.CreateDefaultBoundListenSocket(endpoint);
            if (OperatingSystem.IsLinux() && endpoint is IPEndPoint)
            {
                socket.SetRawSocketOption(TcpLevel, TcpDeferAccept, BitConverter.GetBytes(DeferAcceptSeconds));
            }

            return socket;
        };
    }

    /// <summary>Checks what is needed before anything is opened.</summary>
    /// <exception cref="StartupException">Something is missing or invalid.</exception>
    public static void Check(WebApplication app)
    {
        FeatureOptions.Check(app.Services);
        CheckUrls(app.Configuration["Urls"]);
    }

    private static void CheckUrls(string? urls)
    {
        foreach (string url in (urls ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                BindingAddress address = BindingAddress.Parse(url.Trim());
                bool scheme = address.Scheme is "http" or "https";
                if (!scheme || address.PathBase.Length > 0 || (!address.IsUnixPipe && address.Port > ushort.MaxValue))
                {
                    throw new FormatException();
                }
            }
            catch (FormatException)
            {
                throw new StartupException("Urls", $"'{url}' is not an address to listen on, such as http://localhost:5000.");
            }
        }
    }
}
