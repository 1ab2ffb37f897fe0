using JamBox.Things.Ota;
using JamBox.Things.Ports;
using JamBox.Things.Settings;
using JamBox.Things.Text;
using JamBox.Things.Uplink;
using JamBox.Things.Wifi;

namespace JamBox.Things.App;

/// <summary>What a board gives its thing.</summary>
public sealed class ThingParts
{
    /// <summary>Gets or sets the time.</summary>
    public IClock Clock { get; set; }

    /// <summary>Gets or sets the chip.</summary>
    public IDevice Device { get; set; }

    /// <summary>Gets or sets the settings.</summary>
    public ISettingsStore Store { get; set; }

    /// <summary>Gets or sets the serial port; <c>null</c> = none.</summary>
    public ISerialLine Serial { get; set; }

    /// <summary>Gets or sets the station.</summary>
    public IWifi Wifi { get; set; }

    /// <summary>Gets or sets the access point.</summary>
    public IAccessPoint AccessPoint { get; set; }

    /// <summary>Gets or sets the network.</summary>
    public INetwork Network { get; set; }

    /// <summary>Gets or sets the outputs.</summary>
    public IOutputs Outputs { get; set; }

    /// <summary>Gets or sets the sensors.</summary>
    public ISensors Sensors { get; set; }

    /// <summary>Gets or sets where a new image goes.</summary>
    public IFirmwareSlot Slot { get; set; }
}

/// <summary>The thing: one loop, one thread, and every wait with an end.</summary>
public sealed class Thing : IServerWishes
{
    /// <summary>Pause between two messages of telemetry, ms.</summary>
    public const int TelemetryEveryMs = 10000;

    /// <summary>Pause between two heartbeats, ms.</summary>
    public const int HeartbeatEveryMs = 60000;

    /// <summary>Pause between two questions for a new version, ms.</summary>
    public const int VersionEveryMs = 3600000;

    /// <summary>
    /// How long a changed output waits at least since the last telemetry, ms: a slider does not make a message of each step.
    /// </summary>
    public const int SoonestMs = 500;

    /// <summary>How long the server may take nothing, with Wi-Fi there, until the thing restarts, ms: the last resort.</summary>
    public const int LastResortMs = 3600000;

    private const int TurnMs = 50;
    private const int Channels = 5;

    private static readonly string[] s_outputs = { "v0", "v1", "v2", "v3", "v4" };

    private readonly ThingParts _parts;
    private readonly ThingIdentity _identity;
    private readonly ThingSettings _settings;
    private readonly Provisioning _provisioning;
    private readonly WifiKeeper _wifi;
    private readonly SetupPage _page;
    private readonly ServerLink _link;
    private readonly Updater _updater;
    private readonly ByteWriter _json = new ByteWriter(2048);
    private long _telemetryAtMs;
    private long _heartbeatAtMs;
    private long _versionAtMs;
    private long _sentMs;
    private long _connectedAtMs = -1;
    private bool _isInfoDue = true;
    private bool _isSnapshotDue;
    private bool _isChanged;
    private string _restart;

    /// <param name="parts">What the board gives.</param>
    /// <param name="identity">What it is.</param>
    public Thing(ThingParts parts, ThingIdentity identity)
    {
        _parts = parts;
        _identity = identity;
        _settings = new ThingSettings(parts.Store);
        var random = new byte[12];
        parts.Device.Random(random);
        if (_settings.SetupPassword == null)
        {
            _settings.Change("setup-password", Words.Hex(random, 5));
        }

        parts.Device.Random(random);
        int seed = (random[0] << 16) | (random[1] << 8) | random[2];
        _page = new SetupPage(_settings, parts.Clock, Words.Hex(random, random.Length));
        _provisioning = parts.Serial == null ? null : new Provisioning(parts.Serial, _settings);
        _wifi = new WifiKeeper(parts.Wifi, parts.AccessPoint, _settings, seed);
        _link = _settings.UsesMqtt
            ? (ServerLink)new MqttLink(parts.Network, _settings, this, seed + 1)
            : new HttpLink(new HttpExchange(parts.Network, parts.Clock), _settings, identity, this, seed + 1);
        _updater = new Updater(new HttpExchange(parts.Network, parts.Clock), parts.Slot, _settings, identity, _link);
    }

    /// <summary>Gets the messages that the server took since the start.</summary>
    public int Taken => _link.Taken;

    /// <summary>Gets the messages that were lost since the start.</summary>
    public int Lost => _link.Lost;

    /// <summary>Gets the wishes that were fulfilled since the start.</summary>
    public int Fulfilled { get; private set; }

    /// <summary>Gets a value indicating whether the thing is well: on its network, and heard within three telemetry pauses.</summary>
    public bool IsHealthy =>
        _connectedAtMs >= 0 && _link.LastTakenMs > 0 && _parts.Clock.UptimeMs - _link.LastTakenMs < 3 * TelemetryEveryMs;

    /// <summary>Does one turn of the loop, and sleeps for the rest of it.</summary>
    public void RunOnce()
    {
        long now = _parts.Clock.UptimeMs;
        Provision();
        bool isConnected = _wifi.Step(now);
        if (_wifi.IsInSetup)
        {
            ServePage();
        }

        if (isConnected && _settings.IsComplete && _restart == null)
        {
            Talk(now);
        }
        else if (!isConnected && _connectedAtMs >= 0)
        {
            _connectedAtMs = -1;
            _link.Drop();
        }

        if (_restart != null)
        {
            _parts.Device.Restart(_restart);
        }

        _parts.Clock.Sleep(TurnMs);
    }

    /// <inheritdoc/>
    public void Want(int channel, int value)
    {
        if (channel < 0 || channel >= Channels || _parts.Outputs.Get(channel) == value)
        {
            return;
        }

        if (_parts.Outputs.Set(channel, value) == value)
        {
            Fulfilled++;
        }

        // What the output has now is said at once, also when it is not what was wanted.
        _isChanged = true;
    }

    /// <inheritdoc/>
    public void Command(string name, string version)
    {
        switch (name)
        {
            case "restart":
            case "reboot":
                _restart = "asked by the server";
                break;
            case "snapshot":
                _isSnapshotDue = true;
                break;
            case "info":
                _isInfoDue = true;
                break;
            case "rollback":
                if (version != null)
                {
                    Offer(version, null);
                }

                break;
            default:
                _parts.Device.Log("a command is not known here");
                break;
        }
    }

    /// <inheritdoc/>
    public void Offer(string version, string sessionId)
    {
        _updater.Offer(version, sessionId);
    }

    private void Provision()
    {
        if (_provisioning == null)
        {
            return;
        }

        _provisioning.Status = (IsHealthy ? "well" : "not well") + ", " + Taken + " taken, " + Lost + " lost";
        _provisioning.Step();
        if (_provisioning.WantsRestart)
        {
            _restart = "asked at the serial port";
        }
    }

    private void ServePage()
    {
        IConnection browser = _parts.AccessPoint.Accept();
        if (browser != null)
        {
            _page.Serve(browser);
            if (_page.IsStored)
            {
                _restart = "set up by the page";
            }
        }
    }

    private void Talk(long now)
    {
        if (_connectedAtMs < 0)
        {
            _connectedAtMs = now;
        }

        _link.Step(now);
        long heardMs = _link.LastTakenMs > _connectedAtMs ? _link.LastTakenMs : _connectedAtMs;
        if (now - heardMs > LastResortMs)
        {
            _restart = "the server took nothing for an hour";
            return;
        }

        if (_link.IsReady(now))
        {
            SendDue(now);
        }

        _updater.Step(now);
        if (_updater.WantsRestart)
        {
            _restart = "a new image";
        }
    }

    // One message a turn, so that inputs and outputs are looked at in between.
    private void SendDue(long now)
    {
        if (_isInfoDue)
        {
            // Said again where the server is away; what it refuses for good is not.
            WriteInfo();
            _isInfoDue = !_link.Send(Word.Info, _json, now) && !_link.IsReady(now);
        }
        else if (now >= _telemetryAtMs || (_isChanged && now - _sentMs >= SoonestMs))
        {
            SendTelemetry(now);
        }
        else if (now >= _heartbeatAtMs)
        {
            _heartbeatAtMs = now + HeartbeatEveryMs;
            WriteHeartbeat(now);
            _link.Send(Word.Heartbeat, _json, now);
        }
        else if (_isSnapshotDue)
        {
            _isSnapshotDue = false;
            WriteSnapshot(now);
            _link.Send(Word.Snapshot, _json, now);
        }
        else if (now >= _versionAtMs && !_updater.IsBusy)
        {
            _versionAtMs = now + VersionEveryMs;
            _json.Clear().Octet('{').Member("device_id").Quoted(_settings.DeviceId).Member("board").Quoted(_identity.Platform);
            _json.Member("version").Quoted(_identity.Version).Member("product").Quoted(_identity.Product).Octet('}');
            _link.Send(Word.VersionQuestion, _json, now);
        }
    }

    private void SendTelemetry(long now)
    {
        _telemetryAtMs = now + TelemetryEveryMs;
        _sentMs = now;
        _isChanged = false;
        _json.Clear();
        WriteValues();
        if (!_link.Send(Word.Telemetry, _json, now))
        {
            _isChanged = true;
        }
    }

    private void WriteValues()
    {
        _json.Octet('{');
        for (int i = 0; i < Channels; i++)
        {
            _json.Member(s_outputs[i]).Number(_parts.Outputs.Get(i));
        }

        ISensors sensors = _parts.Sensors;
        for (int i = 0; i < sensors.Count; i++)
        {
            if (sensors.TryRead(i, out double value))
            {
                _json.Member(sensors.KeyOf(i)).Measure(value);
            }
        }

        _json.Octet('}');
    }

    private void WriteHeartbeat(long now)
    {
        _json.Clear().Octet('{').Member("uptime").Number(now / 1000).Member("rssi").Number(_parts.Wifi.RssiDbm);
        _json.Member("free_heap").Number(_parts.Device.FreeHeapBytes);
        _json.Member("ssid").Quoted(_wifi.Ssid ?? "").Member("ip").Quoted(_parts.Wifi.Address ?? "");
        _json.Member("version").Quoted(_identity.Version).Octet('}');
    }

    private void WriteInfo()
    {
        _json.Clear().Octet('{').Member("product").Quoted(_identity.Product).Member("board").Quoted(_identity.Platform);
        _json.Member("version").Quoted(_identity.Version).Member("environment").Quoted(_settings.Environment);
        _json.Member("config").Text("{\"telemetry_s\":").Number(TelemetryEveryMs / 1000).Octet('}');
        _json.Member("supported_commands").Text("[\"restart\",\"snapshot\",\"info\",\"rollback\"]}");
    }

    private void WriteSnapshot(long now)
    {
        _json.Clear().Octet('{').Member("uptime").Number(now / 1000).Member("version").Quoted(_identity.Version);
        _json.Member("taken").Number(Taken).Member("lost").Number(Lost).Member("fulfilled").Number(Fulfilled);
        _json.Member("wifi_connections").Number(_wifi.Connections).Member("free_heap").Number(_parts.Device.FreeHeapBytes);
        _json.Member("values");
        WriteValues();
        _json.Octet('}');
    }
}
