using System.Collections.Concurrent;

namespace JamBox.Backend.Security;

/// <summary>
/// How fast one device may send readings: a minute's allowance at once, then evenly. None is refused for its rate: a reading that comes
/// early waits for its turn before anything else is done with it, without a thread and without a place in the writer's queue, so that
/// nobody else waits for it. Only a device that sends many at the same time is told to come again. In memory, so that each process
/// grants an allowance of its own: what is protected is the process.
/// </summary>
internal sealed class ReadingPace
{
    /// <summary>What a reading waits at most. Boxes of the old fleet give up after 7 s, and an answer takes its time too.</summary>
    public static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(4);

    private readonly TimeProvider _clock;
    private readonly long _ticksEach;
    private readonly long _start;

    /// <summary>By number of the device. Only who has a token gets here, so that there are no more than devices.</summary>
    private readonly ConcurrentDictionary<long, Turn> _turns = new();

    /// <summary>Makes the pace.</summary>
    public ReadingPace(TimeProvider clock, RateLimitOptions options)
    {
        _clock = clock;
        _start = clock.GetTimestamp();
        _ticksEach = TimeSpan.TicksPerMinute / options.ReadingsPerMinute;
    }

    /// <summary>Takes a device's next turn.</summary>
    /// <param name="deviceKey">The number of the device.</param>
    /// <param name="readings">How many it sends at once; they are let through together.</param>
    /// <returns>How long the reading has to wait; null when so many of this device wait that it would be longer than <see
    /// cref="MaxWait"/>.</returns>
    public TimeSpan? Take(long deviceKey, int readings = 1)
    {
        Turn turn = _turns.GetOrAdd(deviceKey, static _ => new Turn());
        // Time that runs evenly: the clock on the wall may be set, and nobody is to wait for that.
        long now = _clock.GetElapsedTime(_start).Ticks;
        lock (turn)
        {
            // When the device would be where it is, had it sent evenly: up to a minute ahead is its allowance.
            // So many at once that they are more than a minute's would never have their turn.
            long evenly = Math.Max(turn.EvenlyAt, now) + Math.Min(_ticksEach * readings, TimeSpan.TicksPerMinute);
            TimeSpan wait = TimeSpan.FromTicks(Math.Max(0, evenly - now - TimeSpan.TicksPerMinute));
            if (wait > MaxWait)
            {
                return null;
            }

            turn.EvenlyAt = evenly;
            return wait;
        }
    }

    private sealed class Turn
    {
        public long EvenlyAt { get; set; }
    }
}
