using System.Collections.Concurrent;

namespace JamBox.Backend.Mqtt.Embedded;

/// <summary>
/// Keeps a device that talks too much to its pace: beyond so many messages a minute each is taken a moment later, and its connection reads
/// nothing meanwhile. Nobody else waits for it.
/// </summary>
/// <param name="perMinute">Messages of a device a minute.</param>
/// <param name="clock">The time that passes at devices.</param>
internal sealed class MessagePace(int perMinute, TimeProvider clock)
{
    /// <summary>How long a message waits, at most.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(1);

    /// <summary>Devices that are known; past it those that have kept their pace are forgotten.</summary>
    private const int MaxKnown = 20_000;

    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);

    /// <summary>Counts a message.</summary>
    /// <param name="device">Who says it.</param>
    /// <param name="keepAlive">How long its client waits for an answer: it must not think that the connection is dead; 0 = for ever.</param>
    /// <returns>How long it has to wait.</returns>
    public TimeSpan Take(string device, TimeSpan keepAlive)
    {
        if (_buckets.Count > MaxKnown)
        {
            Forget();
        }

        Bucket bucket = _buckets.GetOrAdd(device, static (_, most) => new Bucket { Tokens = most }, perMinute);
        double missing;
        lock (bucket)
        {
            long now = clock.GetTimestamp();
            if (bucket.At != 0)
            {
                double gained = clock.GetElapsedTime(bucket.At, now).TotalMinutes * perMinute;
                bucket.Tokens = Math.Min(perMinute, bucket.Tokens + gained);
            }

            bucket.At = now;
            missing = 1 - bucket.Tokens;
            bucket.Tokens = Math.Max(bucket.Tokens - 1, -1);
        }

        if (missing <= 0)
        {
            return TimeSpan.Zero;
        }

        TimeSpan most = keepAlive > TimeSpan.Zero && keepAlive / 4 < MaxWait ? keepAlive / 4 : MaxWait;
        TimeSpan wait = TimeSpan.FromMinutes(missing / perMinute);
        return wait < most ? wait : most;
    }

    private void Forget()
    {
        foreach ((string device, Bucket bucket) in _buckets)
        {
            if (clock.GetElapsedTime(bucket.At) > TimeSpan.FromMinutes(1))
            {
                _buckets.TryRemove(device, out _);
            }
        }
    }

    private sealed class Bucket
    {
        public double Tokens { get; set; }

        public long At { get; set; }
    }
}
