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

    private static readonly TimeSpan s_minute = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, Bucket> _buckets = new(StringComparer.Ordinal);
    private int _known;
    private long _forgotAt;

    /// <summary>Counts a message.</summary>
    /// <param name="device">Who says it.</param>
    /// <param name="keepAlive">How long its client waits for an answer before it thinks that the connection is dead; 0 = for ever.</param>
    /// <returns>How long it has to wait.</returns>
    public TimeSpan Take(string device, TimeSpan keepAlive)
    {
        // Whoever names more devices than there are shares one pace for them.
        Bucket bucket = _buckets.GetOrAdd(IsRoomFor(device) ? device : "", Add);
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

    private Bucket Add(string device)
    {
        // Two threads may both make one; the count errs by that, and only when it is full.
        Interlocked.Increment(ref _known);
        return new Bucket { Tokens = perMinute };
    }

    private bool IsRoomFor(string device)
    {
        if (Volatile.Read(ref _known) < MaxKnown || _buckets.ContainsKey(device))
        {
            return true;
        }

        Forget();
        return Volatile.Read(ref _known) < MaxKnown;
    }

    /// <summary>At most once a minute: it looks at all of them.</summary>
    private void Forget()
    {
        long at = Interlocked.Read(ref _forgotAt);
        if ((at != 0 && clock.GetElapsedTime(at) < s_minute) || Interlocked.CompareExchange(ref _forgotAt, clock.GetTimestamp(), at) != at)
        {
            return;
        }

        foreach ((string device, Bucket bucket) in _buckets)
        {
            if (clock.GetElapsedTime(bucket.At) > s_minute && _buckets.TryRemove(device, out _))
            {
                Interlocked.Decrement(ref _known);
            }
        }
    }

    private sealed class Bucket
    {
        public double Tokens { get; set; }

        public long At { get; set; }
    }
}
