using JamBox.Things.Settings;
using JamBox.Things.Text;

namespace JamBox.Things.Uplink;

/// <summary>
/// The server by HTTP: telemetry by the old call <c>POST /telemetry</c>, whose answer has what an operator wants; heartbeats, what the thing is
/// and what it shows by calls of their own. Commands come by MQTT only.
/// </summary>
public sealed class HttpLink : ServerLink
{
    private readonly HttpExchange _http;
    private readonly ThingSettings _settings;
    private readonly ThingIdentity _identity;
    private readonly BackOff _backOff;
    private readonly ByteWriter _request = new ByteWriter(3072);

    /// <param name="http">For the requests.</param>
    /// <param name="settings">Server and token.</param>
    /// <param name="identity">What the thing is.</param>
    /// <param name="wishes">Who is told what the server wants.</param>
    /// <param name="seed">For the pauses.</param>
    public HttpLink(HttpExchange http, ThingSettings settings, ThingIdentity identity, IServerWishes wishes, int seed)
        : base(wishes)
    {
        _http = http;
        _settings = settings;
        _identity = identity;
        _backOff = new BackOff(seed);
    }

    /// <inheritdoc/>
    public override void Step(long nowMs)
    {
    }

    /// <inheritdoc/>
    public override bool IsReady(long nowMs)
    {
        return _backOff.IsDue(nowMs);
    }

    /// <inheritdoc/>
    public override void Drop()
    {
        _http.Close();
    }

    /// <inheritdoc/>
    public override bool Send(Word word, ByteWriter json, long nowMs)
    {
        switch (word)
        {
            case Word.Telemetry:
                return Post("/telemetry", "{\"device_token\":\"" + _settings.Token + "\",\"data\":", json, "}", nowMs) && TakeState();
            case Word.Heartbeat:
                return Post("/api/things/heartbeat", "", json, "", nowMs);
            case Word.Info:
                return Post("/api/things/info", "", json, "", nowMs);
            case Word.Snapshot:
                return Post("/api/things/snapshot", "", json, "", nowMs);
            case Word.VersionQuestion:
                return Ask(nowMs);
            case Word.UpdateStart:
                return Post("/api/ota/session", "{\"event\":\"start\",", json, "", nowMs);
            case Word.UpdateProgress:
                return Post("/api/ota/session", "{\"event\":\"progress\",", json, "", nowMs);
            case Word.UpdateEnd:
                return Post("/api/ota/session", "{\"event\":\"complete\",", json, "", nowMs);
            default:
                return false;
        }
    }

    private bool Post(string path, string before, ByteWriter json, string behind, long nowMs)
    {
        // What is put before an object's members replaces its brace.
        int skipped = before.Length > 0 && behind.Length == 0 ? 1 : 0;
        Head("POST ", path).Text("Content-Type: application/json\r\nContent-Length: ");
        _request.Number(before.Length + json.Count - skipped + behind.Length).Text("\r\n\r\n");
        _request.Text(before).Bytes(json.Buffer, skipped, json.Count - skipped).Text(behind);
        return IsTaken(Run(), nowMs);
    }

    // The token stands where proxies do not log it; nothing of it is in a path.
    private ByteWriter Head(string method, string path)
    {
        _request.Clear().Text(method).Text(path).Text(" HTTP/1.1\r\nHost: ").Text(_settings.Host);
        return _request.Text("\r\nAuthorization: Bearer ").Text(_settings.Token).Text("\r\nUser-Agent: thing/1\r\n");
    }

    private int Run()
    {
        return _http.Run(_settings.Host, _settings.Port, _settings.Trusted, _request);
    }

    private bool IsTaken(int status, long nowMs)
    {
        if (status >= 200 && status < 300)
        {
            _backOff.Succeed();
            Taken++;
            LastTakenMs = nowMs;
            return true;
        }

        Lost++;
        bool isItsOwnFault = status == 400 || status == 404 || status == 409 || status == 413;
        if (!isItsOwnFault)
        {
            _backOff.Fail(nowMs, _http.RetryAfterSeconds);
        }

        return false;
    }

    private bool TakeState()
    {
        Reader.Set(_http.Body, _http.BodyOffset, _http.BodyLength);
        if (Reader.IsObject() && Reader.Find("updated_data") == JsonToken.ObjectStart)
        {
            TakeOutputs(Reader);
        }

        return true;
    }

    // The list has what this device would be given now, of its product and platform.
    private bool Ask(long nowMs)
    {
        Head("GET ", "/api/status").Text("\r\n");
        if (!IsTaken(Run(), nowMs))
        {
            return false;
        }

        Reader.Set(_http.Body, _http.BodyOffset, _http.BodyLength);
        if (!Reader.IsObject() || Reader.Find("versions") != JsonToken.ArrayStart)
        {
            return true;
        }

        string product = null;
        string version = null;
        JsonToken token = Reader.Read();
        while (token != JsonToken.ArrayEnd && token != JsonToken.Fault)
        {
            if (token == JsonToken.Name)
            {
                bool isProduct = Reader.IsText("product");
                bool isVersion = Reader.IsText("version");
                token = Reader.Read();
                product = isProduct && token == JsonToken.Text ? Reader.PlainText(64) : product;
                version = isVersion && token == JsonToken.Text ? Reader.PlainText(32) : version;
                Reader.Skip(token);
            }
            else if (token == JsonToken.ObjectEnd && product == _identity.Product && version != null && version != _identity.Version)
            {
                Wishes.Offer(version, null);
                return true;
            }

            token = Reader.Read();
        }

        return true;
    }
}

/// <summary>What the thing is, as its firmware was built.</summary>
public sealed class ThingIdentity
{
    /// <param name="product">What the firmware is for.</param>
    /// <param name="platform">For which chip or board it is built.</param>
    /// <param name="version">Its version.</param>
    public ThingIdentity(string product, string platform, string version)
    {
        Product = product;
        Platform = platform;
        Version = version;
    }

    /// <summary>Gets what the firmware is for.</summary>
    public string Product { get; }

    /// <summary>Gets the platform.</summary>
    public string Platform { get; }

    /// <summary>Gets the version.</summary>
    public string Version { get; }
}
