using System.Security.Cryptography;

namespace JamBox.Backend.Mqtt.Handling;

/// <summary>
/// Knows messages that came a moment ago: one that comes again because its acknowledgement was lost is acknowledged again and stored once.
/// Only what says that it may be a repeat is taken for one, and only with the same topic, packet and payload: a device may well say the
/// same twice. Bounded in time and number.
/// </summary>
internal sealed class RepeatFilter(TimeProvider clock)
{
    /// <summary>A sender that was away for longer sends with a new session, ms.</summary>
    public const long WindowMs = 10 * 60 * 1000L;

    /// <summary>Messages that are known at most; the oldest are forgotten.</summary>
    public const int MaxKnown = 200_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<Key, long> _known = [];
    private readonly Queue<(Key Key, long At)> _order = new();

    /// <summary>Whether this message was taken already.</summary>
    public bool IsRepeat(string topic, in MqttMessage message)
    {
        if (!message.IsDup || message.PacketId == 0)
        {
            return false;
        }

        Key key = KeyOf(topic, message);
        lock (_lock)
        {
            Forget();
            return _known.ContainsKey(key);
        }
    }

    /// <summary>Notes that a message was taken.</summary>
    public void Taken(string topic, in MqttMessage message)
    {
        if (message.PacketId == 0)
        {
            return;
        }

        Key key = KeyOf(topic, message);
        lock (_lock)
        {
            Forget();
            long now = clock.GetTimestamp();
            _known[key] = now;
            _order.Enqueue((key, now));
        }
    }

    private void Forget()
    {
        while (_order.TryPeek(out (Key Key, long At) oldest)
            && (_order.Count > MaxKnown || clock.GetElapsedTime(oldest.At).TotalMilliseconds > WindowMs))
        {
            _order.Dequeue();

            // It may have been noted again since.
            if (_known.TryGetValue(oldest.Key, out long at) && at == oldest.At)
            {
                _known.Remove(oldest.Key);
            }
        }
    }

    private static Key KeyOf(string topic, in MqttMessage message)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(message.Payload.Span, hash);
        return new Key(topic, message.PacketId, BitConverter.ToUInt64(hash), BitConverter.ToUInt64(hash[8..]));
    }

    private readonly record struct Key(string Topic, ushort PacketId, ulong High, ulong Low);
}
