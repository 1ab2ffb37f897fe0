using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace JamBox.Edge.Tests.Time;

/// <summary>
/// A clock that stands still while anything happens, and jumps towards the next timer when nothing has happened for a while: what waits
/// for minutes is over in seconds, and what goes over real sockets has all the time it needs, however busy the machine is.
/// </summary>
/// <remarks>
/// Nothing happens when no thread of this process runs or waits for a core, and when a datagram went through the same machinery as all
/// other sockets' while nothing else moved: what was sent before it has long arrived.
/// </remarks>
public sealed class ManualTime : TimeProvider
{
    /// <summary>The collection of tests that move such a clock: nothing else works beside them in this process.</summary>
    public const string Alone = "Tests with a clock of their own";

    private const int Looks = 8;

    // A thread of the runtime that is never done must not hold up the clock for ever.
    private static readonly TimeSpan s_stuck = TimeSpan.FromSeconds(10);

    // A far deadline is come to in steps: what is under way in the real world when it seems quiet has another chance at each.
    private static readonly TimeSpan s_jump = TimeSpan.FromSeconds(2);
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
    /// <param name="barrier">Comes back when other processes have done what they were sent before; may be null.</param>
    public async Task<T> DriveAsync<T>(Task<T> task, Func<int> activity, Func<Task>? barrier = null)
    {
        Stopwatch whole = Stopwatch.StartNew();
        using Echo echo = new();
        while (!task.IsCompleted)
        {
            if (whole.Elapsed > s_limit)
            {
                throw new TimeoutException("The task did not end, though the clock was driven on.");
            }

            WaitForQuiet(task, activity);
            int before = activity();
            await echo.RoundAsync();
            if (barrier is not null)
            {
                await barrier();
            }

            WaitForQuiet(task, activity);
            if (activity() == before && !task.IsCompleted)
            {
                Jump();
            }
        }

        return await task;
    }

    /// <summary>Waits on this very thread: whatever it woke to look would itself be something that happens.</summary>
    private static void WaitForQuiet(Task task, Func<int> activity)
    {
        Stopwatch waited = Stopwatch.StartNew();
        int last = activity();
        for (int looks = 0; looks < Looks && !task.IsCompleted && waited.Elapsed < s_stuck;)
        {
            Thread.Sleep(1);
            int now = activity();
            looks = now != last || IsWorking() ? 0 : looks + 1;
            last = now;
        }
    }

    /// <summary>
    /// Whether any other thread runs or would if it had a core. To count threads of the pool that are busy is not enough: the test runner
    /// keeps some of them waiting, sometimes one more and sometimes one less.
    /// </summary>
    private static bool IsWorking()
    {
        const string Tasks = "/proc/self/task";
        if (ThreadPool.PendingWorkItemCount > 0)
        {
            return true;
        }

        if (!OperatingSystem.IsLinux())
        {
            ThreadPool.GetMaxThreads(out int most, out _);
            ThreadPool.GetAvailableThreads(out int left, out _);
            return most - left > 1;
        }

        string? self = Path.GetFileName(new FileInfo("/proc/thread-self").LinkTarget);
        foreach (string thread in Directory.EnumerateDirectories(Tasks))
        {
            try
            {
                // "17 (name) S ...": the name may have any characters.
                ReadOnlySpan<byte> stat = File.ReadAllBytes(Path.Combine(thread, "stat"));
                byte state = stat[stat.LastIndexOf((byte)')') + 2];
                if (state is (byte)'R' or (byte)'D' && Path.GetFileName(thread) != self)
                {
                    return true;
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // It has ended meanwhile.
            }
        }

        return false;
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

        Advance(TimeSpan.FromTicks(Math.Clamp(next - Interlocked.Read(ref _ticks), 0, s_jump.Ticks)));
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

    /// <summary>A datagram to oneself.</summary>
    private sealed class Echo : IDisposable
    {
        private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        private readonly byte[] _buffer = new byte[4];

        public Echo()
        {
            _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _socket.Connect(_socket.LocalEndPoint!);
        }

        public async Task RoundAsync()
        {
            ValueTask<int> back = _socket.ReceiveAsync(_buffer.AsMemory(), SocketFlags.None);
            await _socket.SendAsync(new byte[] { 1 }, SocketFlags.None);
            await back.AsTask().WaitAsync(TimeSpan.FromSeconds(120));
        }

        public void Dispose() => _socket.Dispose();
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

/// <summary>See <see cref="ManualTime.Alone"/>.</summary>
[CollectionDefinition(ManualTime.Alone, DisableParallelization = true)]
public sealed class AloneCollection;
