using System.Diagnostics;

namespace JamBox.Edge.Tests.Time;

/// <summary>
/// A clock that stands still while anything happens, and jumps to the next timer when nothing has happened for a while: what waits for hours
/// is over in a moment, and what goes over real sockets has all the time it needs.
/// </summary>
public sealed class ManualTime : TimeProvider
{
    private static readonly TimeSpan s_quiet = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(4);

    private readonly Lock _gate = new();
    private readonly List<ManualTimer> _timers = [];
    private long _ticks = new DateTimeOffset(2026, 11, 28, 18, 0, 0, TimeSpan.Zero).Ticks;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public override long GetTimestamp() => Interlocked.Read(ref _ticks);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ManualTimer timer = new(this, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    /// <summary>Moves the clock, and fires what is due, each at its own time.</summary>
    public void Advance(TimeSpan by)
    {
        long until = Interlocked.Read(ref _ticks) + by.Ticks;
        while (Take(until) is { } timer)
        {
            timer.Fire();
        }

        Interlocked.Exchange(ref _ticks, until);
    }

    /// <summary>Drives the clock until a task is done.</summary>
    /// <param name="task">The task.</param>
    /// <param name="activity">Something that changes whenever anything happens in the real world.</param>
    public async Task<T> DriveAsync<T>(Task<T> task, Func<int> activity)
    {
        Stopwatch whole = Stopwatch.StartNew();
        Stopwatch quiet = Stopwatch.StartNew();
        int last = activity();
        while (!task.IsCompleted)
        {
            if (whole.Elapsed > s_limit)
            {
                throw new TimeoutException("The task did not end, though the clock was driven on.");
            }

            await Task.WhenAny(task, Task.Delay(10));
            int now = activity();
            if (now != last)
            {
                last = now;
                quiet.Restart();
            }
            else if (quiet.Elapsed >= s_quiet)
            {
                // Whatever the pool has queued is done before the clock jumps: a busy machine is not a quiet one.
                for (int round = 0; round < 10; round++)
                {
                    await Task.Run(static () => { });
                }

                if (activity() == last && !task.IsCompleted)
                {
                    Jump();
                }

                quiet.Restart();
            }
        }

        return await task;
    }

    internal void Schedule(ManualTimer timer, TimeSpan due)
    {
        lock (_gate)
        {
            _timers.Remove(timer);
            if (due >= TimeSpan.Zero)
            {
                timer.Due = _ticks + due.Ticks;
                _timers.Add(timer);
            }
        }
    }

    private void Jump()
    {
        long next;
        lock (_gate)
        {
            next = _timers.Count == 0 ? _ticks : _timers.Min(static timer => timer.Due);
        }

        Advance(TimeSpan.FromTicks(Math.Max(0, next - Interlocked.Read(ref _ticks))));
    }

    private ManualTimer? Take(long until)
    {
        lock (_gate)
        {
            ManualTimer? first = _timers.Where(timer => timer.Due <= until).MinBy(static timer => timer.Due);
            if (first is not null)
            {
                _timers.Remove(first);
                Interlocked.Exchange(ref _ticks, Math.Max(_ticks, first.Due));
            }

            return first;
        }
    }

    internal sealed class ManualTimer(ManualTime time, TimerCallback callback, object? state) : ITimer
    {
        private TimeSpan _period = Timeout.InfiniteTimeSpan;

        public long Due { get; set; }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            _period = period;
            time.Schedule(this, dueTime);
            return true;
        }

        public void Fire()
        {
            if (_period > TimeSpan.Zero)
            {
                time.Schedule(this, _period);
            }

            callback(state);
        }

        public void Dispose() => time.Schedule(this, Timeout.InfiniteTimeSpan);

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
