using System.Globalization;
using System.Net;
using System.Net.Sockets;

using JamBox.Backend.Security;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Configuration.Memory;
using Microsoft.Net.Http.Headers;

namespace JamBox.Backend.Operation;

/// <summary>What the host is like, whatever the features are.</summary>
internal static class ServiceDefaults
{
    /// <summary>Seconds that a sender may pause in mid-request: narrowband is slow, so Kestrel's 5 would cut good devices off.</summary>
    private const int SlowSenderGraceSeconds = 60;

    /// <summary>Time for requests in progress when the server ends; what is not done then is cut off.</summary>
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(5);

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

    /// <summary>
    /// The host would watch the working folder with all that is in it for a change of appsettings.json, which is read at the start only: each
    /// write to a database there would wake a thread of ours.
    /// </summary>
    private const string DoNotWatchFiles = "--hostBuilder:reloadConfigOnChange=false";

    private const int TcpLevel = 6;
    private const int TcpDeferAccept = 9;

    /// <summary>Makes the builder: configuration, logging and the limits of the web server.</summary>
    /// <param name="args">Command line.</param>
    /// <exception cref="StartupException">appsettings.json is no JSON.</exception>
    public static WebApplicationBuilder CreateBuilder(string[] args)
    {
        // Where a line ends is said in one way: a proxy may not take a lone line feed for an end.
        AppContext.SetSwitch("Microsoft.AspNetCore.Server.Kestrel.DisableHttp1LineFeedTerminators", true);
        WebApplicationBuilder builder;
        try
        {
            // The name is ours even in another process: it is part of what the OpenAPI document is made from.
            string? name = typeof(BackendApp).Assembly.GetName().Name;
            builder = WebApplication.CreateSlimBuilder(
                new WebApplicationOptions { Args = [DoNotWatchFiles, .. args], ApplicationName = name });
        }
        catch (InvalidDataException broken)
        {
            throw new StartupException("appsettings.json", (broken.InnerException ?? broken).Message);
        }

        // Lowest in rank, so that every other source may say otherwise.
        builder.Configuration.Sources.Insert(0, new MemoryConfigurationSource
        {
            InitialData = new Dictionary<string, string?>
            {
                ["Logging:LogLevel:Microsoft.AspNetCore"] = "Warning",

                // It says at each question to /ready that the storage does not answer; we say once when that begins, and once when it ends.
                ["Logging:LogLevel:Microsoft.Extensions.Diagnostics.HealthChecks"] = "None",

                // It would say nothing of what we let through, and makes an activity and a scope for each request all the same. (With a collector
                // there are activities: they are listened to.)
                ["Logging:LogLevel:Microsoft.AspNetCore.Hosting.Diagnostics"] = "None",

                // It says each request without a key: strangers would fill the log.
                [$"Logging:LogLevel:{typeof(CallerHandler).FullName}"] = "Warning",

                // A start that fails is said by us, in one line; it would say it with a stack before.
                ["Logging:LogLevel:Microsoft.Extensions.Hosting.Internal.Host"] = "None",
            },
        });
        // Whoever is in mid-request may finish; meanwhile nobody new is let in, so it must not take long. Boxes send again.
        builder.Services.Configure<HostOptions>(static host =>
            host.ShutdownTimeout = host.ShutdownTimeout < s_drain ? host.ShutdownTimeout : s_drain);
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(static kestrel =>
        {
            kestrel.AddServerHeader = false;

            kestrel.RequestHeaderEncodingSelector = static name => name == HeaderNames.ContentLength ? DigitsEncoding.Instance : null;
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

    /// <summary>Checks the host's own settings, which it would refuse with a stack, or not at all.</summary>
    /// <exception cref="StartupException">One is invalid.</exception>
    public static void CheckHost(IConfiguration configuration)
    {
        FeatureOptions.CheckLevels(configuration.GetSection("Logging"));
        CheckUrls(configuration["Urls"]);
        if (configuration["ShutdownTimeoutSeconds"] is { Length: > 0 } text
            && !(
                int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int seconds) && seconds >= 1
                    && seconds <= s_drain.TotalSeconds))
        {
            throw new StartupException("ShutdownTimeoutSeconds", $"must be a whole number from 1 to {s_drain.TotalSeconds}.");
        }
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
        foreach (string fault in FeatureOptions.FindFaultsOfEnvironment(app.Services))
        {
            app.Logger.LogWarning("{Fault}", fault);
        }

    }

    /// <summary>
    /// Kestrel takes a name, and an address with a typo, for all addresses: then the world would be let in where one address was meant.
    /// </summary>
    private static bool IsHost(string host) => host is "*" or "+" or "localhost" || IPAddress.TryParse(host, out _);

    private static void CheckUrls(string? urls)
    {
        foreach (string url in (urls ?? "").Split(';', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                BindingAddress address = BindingAddress.Parse(url.Trim());
                bool scheme = address.Scheme is "http" or "https";
                if (!scheme
                    || address.PathBase.Length > 0
                    || (!address.IsUnixPipe && (address.Port > ushort.MaxValue || !IsHost(address.Host))))
                {
                    throw new FormatException();
                }
            }
            catch (FormatException)
            {
                throw new StartupException(
                    "Urls", $"'{url}' is no address to listen on, such as http://localhost:5000, http://10.0.0.7:5000, http://*:5000 for all.");
            }
        }
    }
}
