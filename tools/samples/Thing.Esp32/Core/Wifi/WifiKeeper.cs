using JamBox.Things.Ports;
using JamBox.Things.Settings;
using JamBox.Things.Uplink;

namespace JamBox.Things.Wifi;

/// <summary>
/// Keeps the thing on one of its networks: tries them in turn in the background, pauses after a round in which none was there, and opens
/// the set-up access point when none is known or none was there for a while. The rounds go on meanwhile.
/// </summary>
public sealed class WifiKeeper
{
    /// <summary>How long a try may take, ms.</summary>
    public const int TryMs = 20000;

    /// <summary>How long without a network until the access point opens, ms.</summary>
    public const int SetupAfterMs = 180000;

    private readonly IWifi _wifi;
    private readonly IAccessPoint _accessPoint;
    private readonly ThingSettings _settings;
    private readonly BackOff _backOff;
    private long _tryEndsMs;
    private long _lostAtMs;
    private int _network = -1;
    private bool _isTrying;
    private bool _wasConnected;

    /// <param name="wifi">The station.</param>
    /// <param name="accessPoint">The access point.</param>
    /// <param name="settings">Where the networks are.</param>
    /// <param name="seed">For the pauses.</param>
    public WifiKeeper(IWifi wifi, IAccessPoint accessPoint, ThingSettings settings, int seed)
    {
        _wifi = wifi;
        _accessPoint = accessPoint;
        _settings = settings;
        _backOff = new BackOff(seed);
    }

    /// <summary>Gets a value indicating whether the set-up access point is open.</summary>
    public bool IsInSetup { get; private set; }

    /// <summary>Gets the name of the network, or <c>null</c>.</summary>
    public string Ssid => _wifi.State == WifiState.Connected && _network >= 0 ? _settings.NetworkName(_network) : null;

    /// <summary>Gets how often a connection was made.</summary>
    public int Connections { get; private set; }

    /// <summary>Looks after it.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    /// <returns>Whether the thing is connected.</returns>
    public bool Step(long nowMs)
    {
        if (_wifi.State == WifiState.Connected)
        {
            if (!_wasConnected)
            {
                Connections++;
                _wasConnected = true;
                _isTrying = false;
                _backOff.Succeed();
                CloseSetup();
            }

            return true;
        }

        if (_wasConnected)
        {
            _wasConnected = false;
            _lostAtMs = nowMs;
            // The network that was there last is tried first.
            _network--;
        }

        if (_isTrying && (_wifi.State == WifiState.Failed || nowMs >= _tryEndsMs))
        {
            _isTrying = false;
            _wifi.Disconnect();
            if (_network + 1 >= ThingSettings.MaxNetworks || _settings.NetworkName(_network + 1) == null)
            {
                _network = -1;
                _backOff.Fail(nowMs);
            }
        }

        if (!_isTrying && _backOff.IsDue(nowMs))
        {
            TryNext(nowMs);
        }

        if (!IsInSetup && (_settings.NetworkName(0) == null || nowMs - _lostAtMs >= SetupAfterMs))
        {
            OpenSetup();
        }

        return false;
    }

    private void TryNext(long nowMs)
    {
        string name = _network + 1 < ThingSettings.MaxNetworks ? _settings.NetworkName(_network + 1) : null;
        if (name == null)
        {
            _network = -1;
            return;
        }

        _network++;
        _isTrying = true;
        _tryEndsMs = nowMs + TryMs;
        _wifi.Begin(name, _settings.NetworkPassword(_network));
    }

    private void OpenSetup()
    {
        string id = _settings.DeviceId ?? "new";
        string name = "thing-" + (id.Length > 20 ? id.Substring(0, 20) : id);
        IsInSetup = _settings.SetupPassword != null && _accessPoint.Start(name, _settings.SetupPassword);
    }

    private void CloseSetup()
    {
        if (IsInSetup)
        {
            IsInSetup = false;
            _accessPoint.Stop();
        }
    }
}
