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
    private readonly Dictionary<Key, Task> _open = [];

    /// <summary>
    /// Takes a message, unless it is a repeat of one that was taken. A repeat that comes while the first is being stored, as by a client
    /// that has lost its connection meanwhile, waits for it; where that fails it is taken in its place.
    /// </summary>
    /// <param name="topic">What the message is for, and whose.</param>
    /// <param name="message">The message.</param>
    /// <param name="take">Takes it, and returns after the commit.</param>
    public async ValueTask TakeOnceAsync(string topic, MqttMessage message, Func<Task> take)
    {
        if (message.PacketId == 0)
        {
            await take().ConfigureAwait(false);
            return;
        }

        Key key = KeyOf(topic, message);
        TaskCompletionSource over = new(TaskCreationOptions.RunContinuationsAsynchronously);
        while (FindFirst(key, message.IsDup, over.Task) is { } first)
        {
            if (first.IsCompleted)
            {
                return;
            }

            await first.ConfigureAwait(false);
        }

        try
        {
            await take().ConfigureAwait(false);
            Note(key);
        }
        finally
        {
            lock (_lock)
            {
                if (_open.TryGetValue(key, out Task? last) && last == over.Task)
                {
                    _open.Remove(key);
                }
            }

            over.SetResult();
        }
    }

    /// <summary>What a message repeats.</summary>
    /// <returns>Null when nothing: it is being taken from now on. Completed when it was taken already.</returns>
    private Task? FindFirst(Key key, bool isDup, Task mine)
    {
        lock (_lock)
        {
            Forget();
            if (isDup && _known.ContainsKey(key))
            {
                return Task.CompletedTask;
            }

            if (isDup && _open.TryGetValue(key, out Task? first))
            {
                return first;
            }

            _open[key] = mine;
            return null;
        }
    }

    private void Note(Key key)
    {
        lock (_lock)
        {
            long now = clock.GetTimestamp();
            _known[key] = now;
            _order.Enqueue((key, now));
            Forget();
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
