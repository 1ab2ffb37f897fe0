using JamBox.Counting;
using JamBox.Ota;
using JamBox.Ports;
using JamBox.Readings;
using JamBox.Storage;
using JamBox.Text;
using JamBox.Uplink;

namespace JamBox.App;

/// <summary>
/// Carries out the commands of docs/wire.md, each once: its id is stored before anything happens, so that a reboot, ordered or not, cannot
/// make the box do it again. The result is acknowledged in every reading and heartbeat until one of them is answered 2xx, also
/// after the reboot that the command itself caused.
/// </summary>
/// <remarks>
/// Results: <c>send_now</c> ok when the reading is closed · <c>reboot</c> ok, after the boot · <c>geolocate</c> and <c>fetch_config</c>
/// when the backend has answered, failed after three tries · <c>set_interval</c> failed when the argument is out of range ·
/// <c>ota_check</c> ok
/// when
/// the backend has answered, failed after three tries, in a box without OTA, and when none can be done (trial boot) · failed too when power
/// went in the middle or the store refuses the id: then nothing is
/// carried out, because it could not be told from a new one after the next boot.
/// <para>
/// A command without an id comes from the predecessor's backend, which gives each once: it is carried out, not stored, not acknowledged,
/// and only one of them in a session, so that a backend that repeats <c>send_now</c> for ever makes one reading of it and not a flood.
/// </para>
/// </remarks>
public sealed class Commands
{
    /// <summary>Key of the record of the last command.</summary>
    public const string Key = "command";

    /// <summary>Commands that one session of sending may bring; the backend repeats what is passed over.</summary>
    public const int MaxASession = 8;

    private const int SendNow = 0;
    private const int Reboot = 1;
    private const int Geolocate = 2;
    private const int OtaCheck = 3;
    private const int FetchConfig = 4;
    private const int SetInterval = 5;
    private const int NoKind = -1;

    private const int StateAt = 4;
    private const int AckedAt = 5;
    private const int Length = 8;

    // Looked for in every answer.
    private static readonly string s_command = "command";

    private readonly StoredRecord _record;
    private readonly IClock _clock;
    private readonly ISystem _system;
    private readonly Recorder _recorder;
    private readonly RemoteConfig _config;
    private readonly Geolocator _geolocator;
    private readonly Restart _restart;
    private readonly Updater _updater;
    private int _id = SendState.NoCommand;
    private CommandState _state;
    private bool _isAcknowledged;
    private int _awaited = NoKind;
    private int _session;

    /// <summary>Reads it from the store.</summary>
    /// <param name="store">Keeps the last command.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="system">Log.</param>
    /// <param name="recorder">Obeys <c>send_now</c>.</param>
    /// <param name="config">Obeys <c>fetch_config</c> and <c>set_interval</c>.</param>
    /// <param name="geolocator">Obeys <c>geolocate</c>.</param>
    /// <param name="restart">Obeys <c>reboot</c>.</param>
    /// <param name="updater">Obeys <c>ota_check</c>; <c>null</c> in a box without OTA.</param>
    public Commands(
        IKeyValueStore store, IClock clock, ISystem system, Recorder recorder, RemoteConfig config, Geolocator geolocator, Restart restart,
        Updater updater)
    {
        _record = new StoredRecord(store, Key, Length);
        _clock = clock;
        _system = system;
        _recorder = recorder;
        _config = config;
        _geolocator = geolocator;
        _restart = restart;
        _updater = updater;
        if (_record.Load())
        {
            _id = ByteOrder.ReadInt(_record.Bytes, 0);
            _state = (CommandState)_record.Bytes[StateAt];
            _isAcknowledged = _record.Bytes[AckedAt] != 0;
            // Power went in the middle. It is not begun again: the operator hears of it, and can repeat it.
            _state = _state == CommandState.Begun ? CommandState.Failed : _state;
        }
    }

    /// <summary>Gets the commands carried out in this boot, those of no id included.</summary>
    public int Count { get; private set; }

    /// <summary>Gets the id to be acknowledged, or <see cref="SendState.NoCommand"/>.</summary>
    public int AckId => _isAcknowledged || _state < CommandState.Ok ? SendState.NoCommand : _id;

    /// <summary>Gets the result that goes with <see cref="AckId"/>; <c>null</c> when there is none.</summary>
    public string AckResult =>
        AckId == SendState.NoCommand ? null : _state == CommandState.Ok ? "ok" : _state == CommandState.Failed ? "failed" : "unknown";

    /// <summary>Begins a session of sending.</summary>
    public void BeginSession()
    {
        _session = 0;
    }

    /// <summary>Looks whether what takes a while has ended. To be called before a request is written.</summary>
    public void Step()
    {
        TaskOutcome outcome = AwaitedOutcome();
        if (outcome == TaskOutcome.Done || outcome == TaskOutcome.Failed)
        {
            _awaited = NoKind;
            Store(_id, outcome == TaskOutcome.Done ? CommandState.Ok : CommandState.Failed, false);
        }
    }

    /// <summary>Hears that a request with an acknowledgement was answered 2xx.</summary>
    /// <param name="id">The id that was in it, or <see cref="SendState.NoCommand"/>.</param>
    public void Acknowledge(int id)
    {
        if (id != SendState.NoCommand && id == AckId)
        {
            Store(_id, _state, true);
        }
    }

    /// <summary>Carries out the command in an answer, if there is one.</summary>
    /// <param name="answer">The answer to a reading or a heartbeat.</param>
    public void Take(JsonScanner answer)
    {
        if (!answer.TryGetText(s_command, out int offset, out int length))
        {
            return;
        }

        int kind = KindOf(answer.Buffer, offset, length);
        int argument = answer.TryGetInt("arg", out int given) ? given : 0;
        if (!answer.Has("cid"))
        {
            TakeOnce(kind, argument);
        }
        else if (answer.TryGetInt("cid", out int id) && id >= 0)
        {
            TakeNumbered(id, kind, argument);
        }
        else
        {
            _system.Log("a command whose id is no number is not carried out");
        }
    }

    /// <summary>Carries out the command in an answer of the compact wire, if there is one.</summary>
    /// <param name="answer">The answer.</param>
    public void Take(CompactAnswer answer)
    {
        if (answer.TryGetCommand(out int code) && answer.TryGetCommandId(out int id))
        {
            // The wire counts them from 1; a code that this firmware does not know is acknowledged as such.
            int argument = answer.TryGetArgument(out int given) ? given : 0;
            TakeNumbered(id, code > SendNow && code <= SetInterval + 1 ? code - 1 : NoKind, argument);
        }
    }

    private static int KindOf(byte[] buffer, int offset, int length)
    {
        for (int kind = SendNow; kind <= SetInterval; kind++)
        {
            if (Ascii.Equals(buffer, offset, offset + length, NameOf(kind)))
            {
                return kind;
            }
        }

        return NoKind;
    }

    private static string NameOf(int kind)
    {
        switch (kind)
        {
            case SendNow:
                return "send_now";
            case Reboot:
                return "reboot";
            case Geolocate:
                return "geolocate";
            case OtaCheck:
                return "ota_check";
            case FetchConfig:
                return "fetch_config";
            case SetInterval:
                return "set_interval";
            default:
                return "unknown";
        }
    }

    private void TakeOnce(int kind, int argument)
    {
        if (_session > 0)
        {
            return;
        }

        _session++;
        if (kind == NoKind)
        {
            _system.Log("a command that is not known is not carried out");
            return;
        }

        Log(kind, SendState.NoCommand);
        CarryOut(kind, argument);
    }

    private void TakeNumbered(int id, int kind, int argument)
    {
        if (id == _id && _state != CommandState.None)
        {
            // The backend does not know yet. Had it been told, it would not ask: it is told again.
            _isAcknowledged = false;
            return;
        }

        if (_session >= MaxASession)
        {
            return;
        }

        _session++;
        _awaited = NoKind;
        Log(kind, id);
        if (!Store(id, kind == NoKind ? CommandState.Unknown : (kind == Reboot ? CommandState.Ok : CommandState.Begun), false))
        {
            _system.Log("the command's id cannot be stored: it is not carried out");
            _state = CommandState.Failed;
            return;
        }

        if (kind == NoKind)
        {
            return;
        }

        CommandState state = CarryOut(kind, argument);
        if (state == CommandState.Begun)
        {
            _awaited = kind;
        }
        else if (state != _state)
        {
            Store(id, state, false);
        }
    }

    private CommandState CarryOut(int kind, int argument)
    {
        Count++;
        switch (kind)
        {
            case SendNow:
                _recorder.CloseNow(_clock.UptimeMs);
                return CommandState.Ok;
            case Reboot:
                _restart.Want("command");
                return CommandState.Ok;
            case Geolocate:
                _geolocator.Want();
                return CommandState.Begun;
            case FetchConfig:
                _config.FetchNow();
                return CommandState.Begun;
            case SetInterval:
                // 0, where there is none, is out of range.
                return _config.SetInterval(argument) ? CommandState.Ok : CommandState.Failed;
            default:
                return _updater != null && _updater.CheckNow() ? CommandState.Begun : CommandState.Failed;
        }
    }

    private TaskOutcome AwaitedOutcome()
    {
        switch (_awaited)
        {
            case Geolocate:
                return _geolocator.Outcome;
            case FetchConfig:
                return _config.Outcome;
            case OtaCheck:
                return _updater.Outcome;
            default:
                return TaskOutcome.None;
        }
    }

    private bool Store(int id, CommandState state, bool isAcknowledged)
    {
        _id = id;
        _state = state;
        _isAcknowledged = isAcknowledged;
        ByteOrder.WriteInt(_record.Bytes, 0, id);
        _record.Bytes[StateAt] = (byte)state;
        _record.Bytes[AckedAt] = (byte)(isAcknowledged ? 1 : 0);
        return _record.Save();
    }

    private void Log(int kind, int id)
    {
        _system.Log("command " + NameOf(kind) + (id == SendState.NoCommand ? string.Empty : ", id " + id.ToString()));
    }
}

/// <summary>What became of the last command with an id. The numbers are stored: they must not change.</summary>
public enum CommandState
{
    /// <summary>There was none.</summary>
    None = 0,

    /// <summary>It was begun; after a loss of power nobody knows how far it got.</summary>
    Begun = 1,

    /// <summary>It was carried out (<c>ok</c>).</summary>
    Ok = 2,

    /// <summary>It could not be carried out (<c>failed</c>).</summary>
    Failed = 3,

    /// <summary>This firmware does not know it (<c>unknown</c>).</summary>
    Unknown = 4,
}
