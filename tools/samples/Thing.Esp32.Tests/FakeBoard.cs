using System.Collections;
using System.Text;
using JamBox.Things.App;
using JamBox.Things.Ports;
using JamBox.Things.Uplink;

namespace JamBox.Things.Tests;

/// <summary>Virtual time: it moves when somebody sleeps or waits.</summary>
internal sealed class FakeClock : IClock
{
    public long UptimeMs { get; set; } = 1000;

    public void Sleep(int milliseconds)
    {
        UptimeMs += milliseconds;
    }
}

/// <summary>The chip.</summary>
internal sealed class FakeDevice : IDevice
{
    private byte _next = 1;

    public int FreeHeapBytes => 40960;

    public string RestartReason { get; private set; }

    public void Random(byte[] buffer)
    {
        for (int i = 0; i < buffer.Length; i++)
        {
            buffer[i] = _next++;
        }
    }

    public void Restart(string reason)
    {
        RestartReason = reason;
    }

    public void Log(string line)
    {
    }
}

/// <summary>Settings in memory.</summary>
internal sealed class FakeStore : ISettingsStore
{
    private readonly ArrayList _keys = new ArrayList();
    private readonly ArrayList _values = new ArrayList();

    public bool IsBroken { get; set; }

    public string Get(string key)
    {
        int at = _keys.IndexOf(key);
        return at < 0 ? null : (string)_values[at];
    }

    public bool Set(string key, string value)
    {
        if (IsBroken)
        {
            return false;
        }

        int at = _keys.IndexOf(key);
        if (at >= 0)
        {
            _keys.RemoveAt(at);
            _values.RemoveAt(at);
        }

        if (value != null)
        {
            _keys.Add(key);
            _values.Add(value);
        }

        return true;
    }
}

/// <summary>A person at the serial port.</summary>
internal sealed class FakeSerial : ISerialLine
{
    private string _typed = "";

    public string Shown { get; set; } = "";

    public void Type(string text)
    {
        _typed += text;
    }

    public int Read(byte[] buffer)
    {
        int count = _typed.Length < buffer.Length ? _typed.Length : buffer.Length;
        for (int i = 0; i < count; i++)
        {
            buffer[i] = (byte)_typed[i];
        }

        _typed = _typed.Substring(count);
        return count;
    }

    public void WriteLine(string line)
    {
        Shown += line + "\n";
    }
}

/// <summary>Networks of which some are there.</summary>
internal sealed class FakeWifi : IWifi
{
    public string There { get; set; } = "home";

    public string Tried { get; private set; } = "";

    public WifiState State { get; set; }

    public string Address => State == WifiState.Connected ? "10.0.0.7" : null;

    public int RssiDbm => -61;

    public void Begin(string ssid, string password)
    {
        Tried += ssid + " ";
        State = ssid == There ? WifiState.Connected : WifiState.Failed;
    }

    public void Disconnect()
    {
        State = WifiState.Idle;
    }
}

/// <summary>An access point to which nobody comes unless told.</summary>
internal sealed class FakeAccessPoint : IAccessPoint
{
    public bool IsOpen { get; private set; }

    public string Name { get; private set; }

    public IConnection Browser { get; set; }

    public bool Start(string ssid, string password)
    {
        Name = ssid;
        IsOpen = password.Length >= 8;
        return IsOpen;
    }

    public void Stop()
    {
        IsOpen = false;
    }

    public IConnection Accept()
    {
        IConnection browser = Browser;
        Browser = null;
        return browser;
    }
}

/// <summary>A server: what comes is answered by <see cref="Reply"/>. Bytes are characters of the same number.</summary>
internal class FakeServer : INetwork
{
    private readonly FakeClock _clock;

    public FakeServer(FakeClock clock)
    {
        _clock = clock;
    }

    public bool IsChunked { get; set; }

    public bool IsAway { get; set; }

    public string Root { get; private set; }

    public int Opened { get; private set; }

    public FakeConnection Connection { get; private set; }

    public ArrayList Requests { get; } = new ArrayList();

    public string Last => (string)Requests[Requests.Count - 1];

    public IConnection Open(string host, int port, string rootCertificate)
    {
        Root = rootCertificate;
        if (IsAway || rootCertificate == "")
        {
            return null;
        }

        Opened++;
        Connection = new FakeConnection(_clock, this);
        return Connection;
    }

    /// <summary>A long life has more telemetry than a board's heap holds.</summary>
    public bool ForgetsTelemetry { get; set; }

    public void Hear(string request)
    {
        if (!ForgetsTelemetry || !request.StartsWith("POST /telemetry "))
        {
            Requests.Add(request);
        }
    }

    /// <summary>Counts requests that contain a text.</summary>
    public int CountOf(string text)
    {
        int count = 0;
        foreach (object request in Requests)
        {
            count += ((string)request).IndexOf(text) >= 0 ? 1 : 0;
        }

        return count;
    }

    public static string Ok(string body)
    {
        return "HTTP/1.1 200 OK\r\nContent-Length: " + body.Length + "\r\n\r\n" + body;
    }

    /// <summary>Answers; <c>null</c> = silence.</summary>
    public virtual string Reply(string request)
    {
        return IsChunked ? "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1\r\n}\r\n0\r\n\r\n" : Ok("{}");
    }
}

/// <summary>A connection to somebody who answers each piece that is sent.</summary>
internal sealed class FakeConnection : IConnection
{
    private readonly FakeClock _clock;
    private readonly FakeServer _server;
    private string _incoming;

    public FakeConnection(FakeClock clock, FakeServer server)
        : this(clock, server, "")
    {
    }

    public FakeConnection(FakeClock clock, FakeServer server, string incoming)
    {
        _clock = clock;
        _server = server;
        _incoming = incoming;
    }

    public int PieceBytes { get; set; } = 1000000;

    public bool IsBroken { get; set; }

    public bool IsClosed { get; private set; }

    public string Sent { get; private set; } = "";

    public void Push(string bytes)
    {
        _incoming += bytes;
    }

    public bool Send(byte[] buffer, int offset, int count)
    {
        var text = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            text.Append(Noise.CharacterOf(buffer[offset + i]));
        }

        if (IsBroken)
        {
            return false;
        }

        if (_server == null)
        {
            Sent += text.ToString();
        }
        else
        {
            _server.Hear(text.ToString());
            _incoming += _server.Reply(text.ToString()) ?? "";
        }

        return true;
    }

    public int Receive(byte[] buffer, int offset, int count, int timeoutMs)
    {
        if (_incoming.Length == 0)
        {
            _clock.Sleep(timeoutMs);
            return IsBroken ? -1 : 0;
        }

        int got = _incoming.Length < count ? _incoming.Length : count;
        got = got < PieceBytes ? got : PieceBytes;
        for (int i = 0; i < got; i++)
        {
            buffer[offset + i] = (byte)_incoming[i];
        }

        _incoming = _incoming.Substring(got);
        return got;
    }

    public void Close()
    {
        IsClosed = true;
    }
}

/// <summary>Five outputs; the last is a dimmer that goes to 100 only.</summary>
internal sealed class FakeOutputs : IOutputs
{
    private readonly int[] _values = new int[5];

    public int Set(int channel, int value)
    {
        _values[channel] = channel == 4 && value > 100 ? 100 : value;
        return _values[channel];
    }

    public int Get(int channel)
    {
        return _values[channel];
    }
}

/// <summary>A thermometer.</summary>
internal sealed class FakeSensors : ISensors
{
    public bool IsBroken { get; set; }

    public int Count => 1;

    public string KeyOf(int index)
    {
        return "temperature";
    }

    public bool TryRead(int index, out double value)
    {
        value = 25.5;
        return !IsBroken;
    }
}

/// <summary>Where images go, or not.</summary>
internal sealed class FakeSlot : IFirmwareSlot
{
    public bool CanReplace { get; set; }

    public int Written { get; private set; }

    public bool IsActive { get; private set; }

    public bool Begin(int sizeBytes)
    {
        Written = 0;
        return true;
    }

    public bool Write(byte[] buffer, int count)
    {
        Written += count;
        return true;
    }

    public bool Activate()
    {
        IsActive = true;
        return true;
    }
}

/// <summary>What the server wished, as text.</summary>
internal sealed class FakeWishes : IServerWishes
{
    public string Heard { get; set; } = "";

    public void Want(int channel, int value)
    {
        Heard += "v" + channel + "=" + value + ";";
    }

    public void Command(string name, string version)
    {
        Heard += name + (version == null ? "" : " " + version) + ";";
    }

    public void Offer(string version, string sessionId)
    {
        Heard += "offer " + version + " " + sessionId + ";";
    }
}

/// <summary>A whole board, set up for a server.</summary>
internal sealed class FakeBoard
{
    public FakeBoard(FakeServer server, FakeClock clock)
    {
        Clock = clock;
        Store.Set("device_id", "clock-1");
        Store.Set("token", "SECRET");
        Store.Set("host", "things.test");
        Store.Set("ssid0", "home");
        Store.Set("pass0", "password1");
        Parts = new ThingParts
        {
            Clock = clock,
            Device = Device,
            Store = Store,
            Serial = Serial,
            Wifi = Wifi,
            AccessPoint = AccessPoint,
            Network = server,
            Outputs = Outputs,
            Sensors = Sensors,
            Slot = Slot,
        };
    }

    public FakeClock Clock { get; }

    public FakeDevice Device { get; } = new FakeDevice();

    public FakeStore Store { get; } = new FakeStore();

    public FakeSerial Serial { get; } = new FakeSerial();

    public FakeWifi Wifi { get; } = new FakeWifi();

    public FakeAccessPoint AccessPoint { get; } = new FakeAccessPoint();

    public FakeOutputs Outputs { get; } = new FakeOutputs();

    public FakeSensors Sensors { get; } = new FakeSensors();

    public FakeSlot Slot { get; } = new FakeSlot();

    public ThingParts Parts { get; }

    public Thing Start()
    {
        return new Thing(Parts, new ThingIdentity("clock", "esp32c3", "v1.0.0"));
    }

    /// <summary>Lets a thing live.</summary>
    public void Run(Thing thing, int milliseconds)
    {
        long end = Clock.UptimeMs + milliseconds;
        while (Clock.UptimeMs < end)
        {
            thing.RunOnce();
        }
    }
}

/// <summary>Small tools of tests.</summary>
internal static class Noise
{
    public static byte[] BytesOf(string text)
    {
        var bytes = new byte[text.Length];
        for (int i = 0; i < bytes.Length; i++)
        {
            bytes[i] = (byte)text[i];
        }

        return bytes;
    }

    public static string TextOf(byte[] bytes, int count)
    {
        var text = new StringBuilder();
        for (int i = 0; i < count; i++)
        {
            text.Append(CharacterOf(bytes[i]));
        }

        return text.ToString();
    }

    /// <summary>Gives a byte as a character: nanoCLR's texts end at a zero, so that zero is U+0100, which is 0 as a byte.</summary>
    public static char CharacterOf(byte value)
    {
        return value == 0 ? '\u0100' : (char)value;
    }

    /// <summary>Changes, cuts or doubles a few bytes of a text, by seed.</summary>
    public static string Mutate(string text, ref uint random)
    {
        string result = text;
        for (int i = 0; i < 3 && result.Length > 0; i++)
        {
            int at = Next(ref random, result.Length);
            switch (Next(ref random, 3))
            {
                case 0:
                    result = result.Substring(0, at) + CharacterOf((byte)Next(ref random, 256)) + result.Substring(at + 1);
                    break;
                case 1:
                    result = result.Substring(0, at);
                    break;
                default:
                    result = result.Substring(0, at) + result.Substring(at / 2);
                    break;
            }
        }

        return result;
    }

    public static int Next(ref uint random, int below)
    {
        random ^= random << 13;
        random ^= random >> 17;
        random ^= random << 5;
        uint high = random >> 8;
        return (int)(high % (uint)below);
    }
}
