using JamBox.Counting;
using JamBox.Ports;
using JamBox.Text;
using JamBox.Uplink;

namespace JamBox.App;

/// <summary>
/// The configuration from afar: fetched when the backend announces another version or a command asks for it, checked as a whole, stored
/// and put into force at once.
/// </summary>
/// <remarks>
/// The path bears the device's id, and so does a query (<c>?d=</c>), without which the predecessor's backend answers 400
/// (docs/wire.md). A version that the box cannot use, or that the backend announces and does not hand out, is asked for again after
/// the next heartbeat and not with every reading; and so is the thirteenth change between two heartbeats. A reading bears the version in
/// force when it closes.
/// </remarks>
public sealed class RemoteConfig : IUplinkTask
{
    private const int None = -1;
    private const int MaxCommandTries = 3;

    // Between two heartbeats. Two replicas of a backend that disagree would otherwise make each answer bring a change, and each change a
    // write.
    private const int MaxFetches = 12;
    private const int SeedBits = 0x2C9277B5;

    private readonly BoxConfig _config;
    private readonly ConfigStore _store;
    private readonly ConfigReader _reader;
    private readonly Recorder _recorder;
    private readonly IClock _clock;
    private readonly ISystem _system;
    private readonly RetryTimer _retry;
    private readonly byte[] _path;
    private int _announced = None;
    private int _useless = None;
    private bool _isAsked;
    private bool _isUnsaved;
    private int _fetches;
    private int _tries;

    /// <param name="config">The configuration in force; the one in the store has been loaded into it.</param>
    /// <param name="store">Keeps it.</param>
    /// <param name="reader">Reads an answer.</param>
    /// <param name="recorder">Obeys the interval.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Log.</param>
    /// <param name="deviceId">Whose configuration, ASCII.</param>
    /// <param name="seed">Random number for the jitter.</param>
    public RemoteConfig(
        BoxConfig config,
        ConfigStore store,
        ConfigReader reader,
        Recorder recorder,
        IClock clock,
        ISystem system,
        byte[] deviceId,
        int seed)
    {
        _config = config;
        _store = store;
        _reader = reader;
        _recorder = recorder;
        _clock = clock;
        _system = system;
        _retry = new RetryTimer(seed ^ SeedBits);
        var path = new ByteWriter(new byte[16 + (2 * deviceId.Length)]);
        path.Text("/api/config/");
        path.Bytes(deviceId);
        path.Text("?d=");
        path.Bytes(deviceId);
        _path = new byte[path.Length];
        System.Array.Copy(path.Buffer, _path, path.Length);
    }

    /// <inheritdoc/>
    public int Rank => UplinkRank.Configuration;

    /// <summary>Gets how the fetch that a command asked for got on.</summary>
    public TaskOutcome Outcome { get; private set; }

    /// <summary>Hears which version the backend has.</summary>
    /// <param name="version">The version.</param>
    public void Announce(int version)
    {
        if (version >= 0)
        {
            _announced = version;
        }
    }

    /// <summary>Lets a version that was of no use be asked for once more, a heartbeat later.</summary>
    public void AllowAgain()
    {
        _useless = None;
        _fetches = 0;
    }

    /// <summary>Fetches the configuration, whatever its version, as soon as it can be (command <c>fetch_config</c>).</summary>
    public void FetchNow()
    {
        _isAsked = true;
        _tries = 0;
        _retry.TryNow();
        Outcome = TaskOutcome.Pending;
    }

    /// <inheritdoc/>
    public bool IsDue(long nowMs)
    {
        bool isNew = _announced != None && _announced != _config.Version && _announced != _useless && _fetches < MaxFetches;
        return (_isAsked || isNew) && _retry.IsDue(nowMs);
    }

    /// <inheritdoc/>
    public int Send(HttpExchange http)
    {
        int status = http.Proved(http.Get(_path));
        if (HttpStatus.IsSuccess(status))
        {
            _fetches++;
            BoxConfig staged = Copy();
            string invalid = _reader.Read(http.ResponseBody, http.ResponseLength, staged);
            _retry.Reset();
            if (invalid == null)
            {
                // Another one than was announced: asking again with the next answer would bring the same.
                _useless = staged.Version == _announced ? None : _announced;
                Apply(staged);
                End(TaskOutcome.Done);
                return status;
            }

            _system.Log("the configuration is refused for " + invalid + ": the old one stays in force");
            _useless = _announced;
            End(TaskOutcome.Failed);
            return status;
        }

        _system.Log("the configuration was not fetched: " + HttpStatus.Text(status));
        if (HttpStatus.IsFinalRefusal(status))
        {
            _retry.Reset();
            _useless = _announced;
            End(TaskOutcome.Failed);
            return status;
        }

        // Each of these costs the air of a whole configuration, and may go on for as long as somebody is on the line.
        _fetches += status == HttpError.NotAuthentic ? 1 : 0;
        _retry.Fail(_clock.UptimeMs, status, http.RetryAfterSeconds);
        if (_isAsked && !HttpStatus.IsNothingSent(status) && ++_tries >= MaxCommandTries)
        {
            End(TaskOutcome.Failed);
        }

        return status;
    }

    /// <summary>Changes the interval (command <c>set_interval</c>): checked, stored and put into force like any other change.</summary>
    /// <param name="intervalMs">The interval, ms.</param>
    /// <returns><c>false</c> when it is out of range: nothing has changed.</returns>
    public bool SetInterval(int intervalMs)
    {
        if (!BoxConfig.IsReportInterval(intervalMs))
        {
            return false;
        }

        // The version stays: the backend gave this order, and knows.
        BoxConfig staged = Copy();
        staged.ReportIntervalMs = intervalMs;
        Apply(staged);
        return true;
    }

    /// <summary>A change is rare, and 300 bytes of the heap are not: they are taken for it.</summary>
    private BoxConfig Copy()
    {
        var staged = new BoxConfig();
        staged.CopyFrom(_config);
        return staged;
    }

    private void Apply(BoxConfig staged)
    {
        if (staged.IsSame(_config) && !_isUnsaved)
        {
            return;
        }

        // Stored first. When the store refuses it is in force until the next boot, which then has the old version, and is sent this one
        // again.
        _isUnsaved = !_store.Save(staged);
        if (_isUnsaved)
        {
            _system.Log("the configuration was not stored: it will be fetched again after the next boot");
        }

        bool isOtherInterval = staged.ReportIntervalMs != _config.ReportIntervalMs;
        _config.CopyFrom(staged);
        if (isOtherInterval)
        {
            _recorder.ApplyInterval(_clock.UptimeMs);
        }

        _system.Log(
            "configuration " + _config.Version.ToString() + " is in force: a reading every " + (_config.ReportIntervalMs / 1000)
                .ToString() + " s");
    }

    private void End(TaskOutcome outcome)
    {
        if (_isAsked)
        {
            _isAsked = false;
            Outcome = outcome;
        }
    }
}
