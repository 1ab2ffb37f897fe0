using System.Buffers;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text.Json;

using JamBox.Edge.Configuration;

using Microsoft.Extensions.Logging;

namespace JamBox.Edge.Link;

/// <summary>
/// Tells the server that this gateway lives, and what it is and has: at the start and whenever something of that has changed. The server
/// sends what it wants of the configuration until it reads here that the agent has it.
/// </summary>
internal sealed class Heartbeat
{
    private const string BeatPath = "api/things/heartbeat";
    private const string InfoPath = "api/things/info";

    private readonly ServerClient _server;
    private readonly LiveSettings _settings;
    private readonly TimeProvider _clock;
    private readonly Random _random;
    private readonly ILogger _logger;
    private readonly string _version;
    private readonly BackOff _backOff;
    private readonly WakeUp _wake = new();
    private readonly long _began;
    private string? _told;
    private string? _said;

    /// <summary>Makes it.</summary>
    public Heartbeat(
        ServerClient server, LiveSettings settings, string version, TimeProvider clock, Random random, ILogger<Heartbeat> logger)
    {
        _server = server;
        _settings = settings;
        _version = version;
        _clock = clock;
        _random = random;
        _logger = logger;
        _backOff = new BackOff(TimeSpan.FromSeconds(30), TimeSpan.FromMinutes(10), random);
        _began = clock.GetTimestamp();
    }

    /// <summary>The server asks for a configuration: it is told what the agent has, though that be the same as before.</summary>
    public void TellAgain()
    {
        _told = null;
        _wake.Set();
    }

    /// <summary>Tells until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        _settings.Changed += OnChanged;
        try
        {
            while (true)
            {
                TimeSpan wait = await TellAsync(stop).ConfigureAwait(false);
                await _wake.WaitAsync(wait, _clock, stop).ConfigureAwait(false);
            }
        }
        finally
        {
            _settings.Changed -= OnChanged;
        }
    }

    /// <summary>The address that this machine has towards another, as the system would choose it. Nothing is sent.</summary>
    internal static string? AddressTowards(Uri server)
    {
        try
        {
            using Socket socket = new(SocketType.Dgram, ProtocolType.Udp);
            socket.Connect(server.Host, server.Port);
            IPAddress? address = (socket.LocalEndPoint as IPEndPoint)?.Address;
            return address?.IsIPv4MappedToIPv6 == true ? address.MapToIPv4().ToString() : address?.ToString();
        }
        catch (SocketException)
        {
            return null;
        }
    }

    private void OnChanged(AgentSettings settings) => _wake.Set();

    /// <returns>How long to wait before the next time.</returns>
    private async Task<TimeSpan> TellAsync(CancellationToken stop)
    {
        AgentSettings now = _settings.Current;
        TimeSpan usual = BackOff.Jitter(TimeSpan.FromSeconds(now.HeartbeatSeconds), _random);
        try
        {
            string config = ServerConfig.Write(now);
            if (_told != config)
            {
                await TellAsync(InfoPath, writer => WriteInfo(writer, now, config), stop).ConfigureAwait(false);
                _told = config;
            }

            await TellAsync(BeatPath, writer => WriteBeat(writer, now), stop).ConfigureAwait(false);
            _backOff.Reset();
            _said = null;
            return usual;
        }
        catch (LinkException fault)
        {
            // A server of old has no such calls.
            if (fault.Fault != LinkFault.Missing && _said != fault.Message)
            {
                _said = fault.Message;
                _logger.LogDebug("No heartbeat: {Fault}", fault.Message);
            }

            TimeSpan own = _backOff.Next();
            own = fault.Wait > own ? fault.Wait.Value : own;
            return own > usual ? own : usual;
        }
    }

    private async Task TellAsync(string path, Action<Utf8JsonWriter> write, CancellationToken stop)
    {
        ArrayBufferWriter<byte> json = new();
        using (Utf8JsonWriter writer = new(json))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        ServerAnswer answer = await _server.PostAsync(path, json.WrittenMemory, stop).ConfigureAwait(false);
        if (!answer.IsSuccess)
        {
            throw answer.ToException("The heartbeat");
        }
    }

    private void WriteInfo(Utf8JsonWriter writer, AgentSettings now, string config)
    {
        writer.WriteString("product", "edge-agent");
        writer.WriteString("board", RuntimeInformation.RuntimeIdentifier);
        writer.WriteString("version", _version);
        writer.WriteString("environment", now.MqttEnvironment);
        writer.WritePropertyName("config");
        writer.WriteRawValue(config);
    }

    private void WriteBeat(Utf8JsonWriter writer, AgentSettings now)
    {
        writer.WriteNumber("uptime", (long)_clock.GetElapsedTime(_began).TotalSeconds);
        writer.WriteString("version", _version);
        if (AddressTowards(now.Server) is { } address)
        {
            writer.WriteString("ip", address);
        }
    }
}
