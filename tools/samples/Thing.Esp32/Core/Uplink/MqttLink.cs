using JamBox.Things.Ports;
using JamBox.Things.Settings;
using JamBox.Things.Text;

namespace JamBox.Things.Uplink;

/// <summary>
/// The server by MQTT 3.1.1: user name is the device id, password the token. Heartbeats go with QoS 0; everything else waits in a small
/// outbox until the broker has taken it, also over a new connection.
/// </summary>
public sealed class MqttLink : ServerLink
{
    /// <summary>Messages that wait or are on their way.</summary>
    public const int MaxWaiting = 6;

    /// <summary>Bytes of a packet, either way.</summary>
    public const int MaxPacketBytes = 4096;

    private const int KeepAliveSeconds = 60;
    private const int PingAfterMs = 30000;
    private const int PatienceMs = 10000;

    private readonly INetwork _network;
    private readonly ThingSettings _settings;
    private readonly BackOff _backOff;
    private readonly ByteWriter _packet = new ByteWriter(MaxPacketBytes);
    private readonly byte[] _input = new byte[MaxPacketBytes];
    private readonly string[] _topics = new string[MaxWaiting];
    private readonly byte[][] _payloads = new byte[MaxWaiting][];
    private readonly int[] _numbers = new int[MaxWaiting];
    private readonly bool[] _wereSent = new bool[MaxWaiting];
    private IConnection _connection;
    private bool _isAccepted;
    private int _count;
    private int _waiting;
    private int _number;
    private long _heardMs;
    private long _pingedMs;

    /// <param name="network">The network.</param>
    /// <param name="settings">Broker, id and token.</param>
    /// <param name="wishes">Who is told what the server wants.</param>
    /// <param name="seed">For the pauses.</param>
    public MqttLink(INetwork network, ThingSettings settings, IServerWishes wishes, int seed)
        : base(wishes)
    {
        _network = network;
        _settings = settings;
        _backOff = new BackOff(seed);
    }

    /// <summary>Gets how often the broker accepted a connection.</summary>
    public int Connections { get; private set; }

    /// <inheritdoc/>
    public override bool IsReady(long nowMs)
    {
        return _isAccepted;
    }

    /// <inheritdoc/>
    public override void Drop()
    {
        _isAccepted = false;
        _count = 0;
        if (_connection != null)
        {
            _connection.Close();
            _connection = null;
        }
    }

    /// <inheritdoc/>
    public override void Step(long nowMs)
    {
        if (_connection == null)
        {
            if (_backOff.IsDue(nowMs))
            {
                Connect(nowMs);
            }

            return;
        }

        int got = _connection.Receive(_input, _count, MaxPacketBytes - _count, 0);
        if (got < 0)
        {
            Fail(nowMs);
            return;
        }

        if (got > 0)
        {
            _count += got;
            _heardMs = nowMs;
            TakePackets(nowMs);
        }

        KeepAlive(nowMs);
    }

    /// <inheritdoc/>
    public override bool Send(Word word, ByteWriter json, long nowMs)
    {
        string topic = TopicOf(word);
        if (json.HasOverflowed || topic.Length + json.Count + 18 > MaxPacketBytes)
        {
            Lost++;
            return false;
        }

        if (word == Word.Heartbeat)
        {
            if (_isAccepted)
            {
                MqttPackets.Publish(_packet.Clear(), topic, 0, json.Buffer, json.Count);
                Flush(nowMs);
            }

            return _isAccepted;
        }

        if (_waiting == MaxWaiting)
        {
            // The oldest goes: what is newer says more.
            Lost++;
            Remove(0);
        }

        _number = _number == 65535 ? 1 : _number + 1;
        _topics[_waiting] = topic;
        _payloads[_waiting] = PayloadOf(word, json);
        _numbers[_waiting] = _number;
        _wereSent[_waiting] = false;
        _waiting++;
        if (_isAccepted)
        {
            Publish(_waiting - 1, nowMs);
        }

        return true;
    }

    // Values are called data, as they are by HTTP; everything else is said as it is.
    private byte[] PayloadOf(Word word, ByteWriter json)
    {
        _packet.Clear();
        if (word == Word.Telemetry)
        {
            _packet.Text("{\"data\":").Bytes(json.Buffer, 0, json.Count).Octet('}');
        }
        else
        {
            _packet.Bytes(json.Buffer, 0, json.Count);
        }

        var payload = new byte[_packet.Count];
        System.Array.Copy(_packet.Buffer, payload, payload.Length);
        return payload;
    }

    private string TopicOf(Word word)
    {
        string id = _settings.DeviceId;
        string root = _settings.Prefix + "/" + _settings.Environment;
        switch (word)
        {
            case Word.Telemetry:
                return _settings.Prefix + "/device/" + id + "/telemetry";
            case Word.Heartbeat:
                return root + "/heartbeat/" + id;
            case Word.Info:
                return root + "/info/" + id;
            case Word.VersionQuestion:
                return root + "/version/request/" + id;
            case Word.UpdateStart:
                return root + "/ota/start/" + id;
            case Word.UpdateProgress:
                return root + "/ota/progress/" + id;
            case Word.UpdateEnd:
                return root + "/ota/complete/" + id;
            default:
                return root + "/display/snapshot/" + id;
        }
    }

    private void Connect(long nowMs)
    {
        _connection = _network.Open(_settings.Host, _settings.MqttPort, _settings.Trusted);
        if (_connection == null)
        {
            _backOff.Fail(nowMs);
            return;
        }

        _count = 0;
        _heardMs = nowMs;
        _pingedMs = nowMs;
        MqttPackets.Connect(_packet.Clear(), _settings.DeviceId, _settings.Token, KeepAliveSeconds);
        Flush(nowMs);
    }

    private void Accept(long nowMs)
    {
        _isAccepted = true;
        Connections++;
        _backOff.Succeed();
        string id = _settings.DeviceId;
        string root = _settings.Prefix + "/" + _settings.Environment;
        string[] topics =
        {
            _settings.Prefix + "/device/" + id + "/commands", root + "/version/response/" + id,
            root + "/command/" + id, root + "/config/" + id,
        };
        for (int i = 0; i < topics.Length && _isAccepted; i++)
        {
            // Numbers of their own, beyond those of messages that wait.
            MqttPackets.Subscribe(_packet.Clear(), 65535 - i, topics[i]);
            Flush(nowMs);
        }

        for (int i = 0; i < _waiting && _isAccepted; i++)
        {
            Publish(i, nowMs);
        }
    }

    private void Publish(int index, long nowMs)
    {
        MqttPackets.Publish(_packet.Clear(), _topics[index], _numbers[index], _payloads[index], _payloads[index].Length);
        if (_wereSent[index])
        {
            // The server may have taken it, and its word have been lost: it must know that it may be the same.
            MqttPackets.MarkAgain(_packet);
        }

        _wereSent[index] = true;
        Flush(nowMs);
    }

    private void Flush(long nowMs)
    {
        if (_connection != null && !_connection.Send(_packet.Buffer, 0, _packet.Count))
        {
            Fail(nowMs);
        }
    }

    private void Fail(long nowMs)
    {
        Drop();
        _backOff.Fail(nowMs);
    }

    private void KeepAlive(long nowMs)
    {
        bool waitsForPing = _pingedMs > _heardMs || !_isAccepted;
        if (waitsForPing && nowMs - _pingedMs > PatienceMs)
        {
            Fail(nowMs);
        }
        else if (!waitsForPing && nowMs - (_heardMs > _pingedMs ? _heardMs : _pingedMs) >= PingAfterMs)
        {
            _pingedMs = nowMs;
            MqttPackets.Ping(_packet.Clear());
            Flush(nowMs);
        }
    }

    private void TakePackets(long nowMs)
    {
        while (_connection != null)
        {
            int length = MqttPackets.LengthOf(_input, _count, out int head);
            if (length < 0 || length > MaxPacketBytes)
            {
                Fail(nowMs);
                return;
            }

            if (length == 0 || length > _count)
            {
                return;
            }

            if (!Take(head, length, nowMs))
            {
                Fail(nowMs);
                return;
            }

            if (_connection != null)
            {
                _count -= length;
                System.Array.Copy(_input, length, _input, 0, _count);
            }
        }
    }

    private bool Take(int head, int length, long nowMs)
    {
        int kind = _input[0] >> 4;
        if (kind == MqttPackets.ConnectAnswer)
        {
            if (_isAccepted || length != head + 2 || _input[head + 1] != 0)
            {
                return false;
            }

            Accept(nowMs);
            return true;
        }

        if (!_isAccepted)
        {
            return false;
        }

        switch (kind)
        {
            case MqttPackets.MessageAnswer:
                return length == head + 2 && Acknowledged((_input[head] << 8) | _input[head + 1], nowMs);
            case MqttPackets.Message:
                return TakeMessage(head, length, nowMs);
            default:
                return kind == MqttPackets.SubscribeAnswer || kind == MqttPackets.PingAnswer;
        }
    }

    private bool Acknowledged(int number, long nowMs)
    {
        for (int i = 0; i < _waiting; i++)
        {
            if (_numbers[i] == number)
            {
                Remove(i);
                Taken++;
                LastTakenMs = nowMs;
                break;
            }
        }

        return true;
    }

    private void Remove(int index)
    {
        _waiting--;
        for (int i = index; i < _waiting; i++)
        {
            _topics[i] = _topics[i + 1];
            _payloads[i] = _payloads[i + 1];
            _numbers[i] = _numbers[i + 1];
            _wereSent[i] = _wereSent[i + 1];
        }

        _payloads[_waiting] = null;
    }

    private bool TakeMessage(int head, int length, long nowMs)
    {
        int quality = (_input[0] >> 1) & 3;
        int topicLength = length >= head + 2 ? (_input[head] << 8) | _input[head + 1] : length;
        int payload = head + 2 + topicLength + (quality > 0 ? 2 : 0);
        if (quality > 1 || payload > length)
        {
            return false;
        }

        int behindTopic = head + 2 + topicLength;
        int number = quality == 0 ? 0 : (_input[behindTopic] << 8) | _input[behindTopic + 1];
        Reader.Set(_input, payload, length - payload);
        if (Reader.IsObject())
        {
            Obey(head + 2, topicLength);
        }

        if (number != 0)
        {
            MqttPackets.Acknowledge(_packet.Clear(), number);
            Flush(nowMs);
        }

        return true;
    }

    // Which of the four topics it is follows from how it ends and what is in it; the broker sends no others.
    private void Obey(int topic, int topicLength)
    {
        string name = System.Text.Encoding.UTF8.GetString(_input, topic, topicLength);
        if (name.EndsWith("/commands") && TextOf("type", 16) != "command")
        {
            string pin = TextOf("virtual_pin", 2) ?? "v0";
            JsonToken token = Reader.Find("state");
            int value = token == JsonToken.True ? 1 : 0;
            bool isValue = token == JsonToken.True || token == JsonToken.False
                || (token == JsonToken.Number && Reader.TryGetWhole(out value));
            if (isValue && pin.Length == 2 && pin[0] == 'v' && pin[1] >= '0' && pin[1] <= '4')
            {
                Wishes.Want(pin[1] - '0', value);
            }

            return;
        }

        string command = TextOf("command", 32);
        if (command != null)
        {
            Wishes.Command(command, TextOf("target_version", 32));
        }
        else if (Reader.Find("update_available") == JsonToken.True)
        {
            string version = TextOf("latest_version", 32);
            if (version != null)
            {
                Wishes.Offer(version, TextOf("session_id", 64));
            }
        }
    }
}
