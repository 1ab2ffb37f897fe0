using JamBox.Things.Ports;
using JamBox.Things.Settings;
using JamBox.Things.Text;
using JamBox.Things.Uplink;

namespace JamBox.Things.Ota;

/// <summary>
/// Obeys the notice of a new version: says that it begins, fetches the image piece by piece beside everything else, checks size and
/// SHA-256,
/// hands it to the board's slot, and says how it ended. On a board that cannot replace its own image the image is checked all the same, and
/// the end is <c>failed</c> with the reason, once a version.
/// </summary>
public sealed class Updater
{
    /// <summary>What is said where the board cannot replace its own image.</summary>
    public const string CannotReplace = "this build cannot replace its own image";

    /// <summary>Bytes that are fetched in a turn of the loop.</summary>
    public const int PieceBytes = 1024;

    /// <summary>The largest image, bytes.</summary>
    public const int MaxImageBytes = 16 * 1024 * 1024;

    private const int ReportEveryPercent = 20;

    private readonly HttpExchange _http;
    private readonly IFirmwareSlot _slot;
    private readonly ThingSettings _settings;
    private readonly ThingIdentity _identity;
    private readonly ServerLink _link;
    private readonly Sha256 _sha256 = new Sha256();
    private readonly ByteWriter _json = new ByteWriter(512);
    private readonly byte[] _piece = new byte[PieceBytes];
    private string _version;
    private string _sessionId;
    private string _end;
    private int _size;
    private int _fetched;
    private int _reported;
    private bool _isFetching;

    /// <param name="http">A connection of its own.</param>
    /// <param name="slot">Where the image goes.</param>
    /// <param name="settings">Server and token.</param>
    /// <param name="identity">What runs.</param>
    /// <param name="link">Where it is told.</param>
    public Updater(HttpExchange http, IFirmwareSlot slot, ThingSettings settings, ThingIdentity identity, ServerLink link)
    {
        _http = http;
        _slot = slot;
        _settings = settings;
        _identity = identity;
        _link = link;
    }

    /// <summary>Gets a value indicating whether an update is under way.</summary>
    public bool IsBusy => _version != null;

    /// <summary>Gets a value indicating whether a new image waits for a restart.</summary>
    public bool WantsRestart { get; private set; }

    /// <summary>Takes an offer. One that runs, that is under way or that failed here before is passed over.</summary>
    /// <param name="version">Which version.</param>
    /// <param name="sessionId">The session in which it is told of, or <c>null</c>.</param>
    public void Offer(string version, string sessionId)
    {
        if (_version == null && version != _identity.Version && version != _settings.RefusedVersion && Words.IsWord(version, 32, "._-"))
        {
            _version = version;
            _sessionId = sessionId;
            _isFetching = false;
            _end = null;
            _fetched = 0;
            _reported = 0;
        }
    }

    /// <summary>Does the next piece.</summary>
    /// <param name="nowMs">Uptime, ms.</param>
    public void Step(long nowMs)
    {
        if (_version == null || !_link.IsReady(nowMs))
        {
            return;
        }

        if (_end != null)
        {
            TellEnd(nowMs);
        }
        else if (!_isFetching)
        {
            Start(nowMs);
        }
        else
        {
            Fetch(nowMs);
        }
    }

    private void Start(long nowMs)
    {
        Begin().Member("product").Quoted(_identity.Product).Member("platform").Quoted(_identity.Platform);
        _json.Member("old_version").Quoted(_identity.Version).Member("new_version").Quoted(_version).Octet('}');
        if (!_link.Send(Word.UpdateStart, _json, nowMs))
        {
            _version = null;
            return;
        }

        ByteWriter request = _json.Clear().Text("GET /api/firmware/").Text(_identity.Platform).Text("?product=").Text(_identity.Product);
        request.Text("&version=").Text(_version).Text(" HTTP/1.1\r\nHost: ").Text(_settings.Host).Text("\r\nAuthorization: Bearer ");
        request.Text(_settings.Token).Text("\r\nConnection: close\r\n\r\n");
        int status = _http.Begin(_settings.Host, _settings.Port, _settings.Trusted, request);
        _size = _http.ContentLength;
        _isFetching = true;
        _sha256.Reset();
        if (status != 200)
        {
            End(status < 0 ? "no answer" : "the server said " + status);
        }
        else if (_size < 1 || _size > MaxImageBytes)
        {
            End("the size is wrong");
        }
        else if (_slot.CanReplace && !_slot.Begin(_size))
        {
            End("no room");
        }
    }

    private void Fetch(long nowMs)
    {
        int got = _http.ReadBody(_piece, _size - _fetched < PieceBytes ? _size - _fetched : PieceBytes);
        if (got < 0)
        {
            End("the download broke off");
            return;
        }

        _sha256.Add(_piece, got);
        _fetched += got;
        if (_slot.CanReplace && !_slot.Write(_piece, got))
        {
            End("the image could not be written");
        }
        else if (_fetched == _size)
        {
            Verify();
        }
        else
        {
            TellProgress((int)(_fetched * 100L / _size), nowMs);
        }
    }

    private void Verify()
    {
        string expected = _http.Sha256;
        if (expected == null || Words.Hex(_sha256.Finish(), Sha256.HashBytes) != expected.ToLower())
        {
            End("the SHA-256 is wrong");
        }
        else if (!_slot.CanReplace)
        {
            _settings.Refuse(_version);
            End(CannotReplace);
        }
        else
        {
            End(_slot.Activate() ? "" : "the image could not be activated");
        }
    }

    private void TellProgress(int percent, long nowMs)
    {
        if (percent >= _reported + ReportEveryPercent)
        {
            _reported = percent - (percent % ReportEveryPercent);
            Begin().Member("progress").Number(_reported).Octet('}');
            _link.Send(Word.UpdateProgress, _json, nowMs);
        }
    }

    private void TellEnd(long nowMs)
    {
        Begin().Member("status").Quoted(_end.Length == 0 ? "success" : "failed");
        if (_end.Length > 0)
        {
            _json.Member("error").Quoted(_end);
        }

        _json.Octet('}');
        _link.Send(Word.UpdateEnd, _json, nowMs);
        WantsRestart = _end.Length == 0;
        _version = null;
    }

    // Empty = success.
    private void End(string reason)
    {
        _end = reason;
        _http.Close();
    }

    private ByteWriter Begin()
    {
        _json.Clear().Octet('{');
        return _sessionId == null ? _json : _json.Member("session_id").Quoted(_sessionId);
    }
}
