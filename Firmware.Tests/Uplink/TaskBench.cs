using JamBox.App;
using JamBox.Modem;
using JamBox.Tests.App;
using JamBox.Tests.Modem;
using JamBox.Uplink;

namespace JamBox.Tests.Uplink;

/// <summary>A scheduler with tasks that do nothing but note their turn.</summary>
internal sealed class TaskBench
{
    private string _order = string.Empty;

    /// <param name="ranks">A task each.</param>
    public TaskBench(params int[] ranks)
    {
        Clock = new FakeClock { Stretch = 10 };
        var board = new FakeBoard();
        var modem = new Sim7028(new FakeModem(Clock), Clock, Clock);
        var progress = new Progress(Clock, board);
        var connection = new Connection(modem, Clock, board, State, progress, JamBox.Text.Ascii.Bytes("hologram"), 1);
        var http = new HttpExchange(modem, Clock, 256);
        Tasks = new FakeTask[ranks.Length];
        var handedOver = new IUplinkTask[ranks.Length];
        for (int i = 0; i < ranks.Length; i++)
        {
            Tasks[i] = new FakeTask(this, i, ranks[i]);
            handedOver[i] = Tasks[i];
        }

        var restart = new Restart(Clock, board, null, null, null, null);
        Scheduler = new UplinkScheduler(connection, http, Clock, State, restart, progress, handedOver);
    }

    public FakeClock Clock { get; }

    public UplinkState State { get; } = new UplinkState();

    public UplinkScheduler Scheduler { get; }

    public FakeTask[] Tasks { get; }

    /// <summary>Every task has so many requests.</summary>
    public void DueAll(int due)
    {
        for (int i = 0; i < Tasks.Length; i++)
        {
            Tasks[i].Due = due;
        }
    }

    /// <summary>One session.</summary>
    /// <returns>The tasks, by their numbers, in the order in which they had their turn.</returns>
    public string Step()
    {
        _order = string.Empty;
        Scheduler.Step();
        return _order;
    }

    /// <summary>A task.</summary>
    internal sealed class FakeTask : IUplinkTask
    {
        private readonly TaskBench _bench;
        private readonly int _number;

        public FakeTask(TaskBench bench, int number, int rank)
        {
            _bench = bench;
            _number = number;
            Rank = rank;
        }

        public int Rank { get; }

        public int Due { get; set; }

        public int Status { get; set; } = 200;

        public int DurationMs { get; set; }

        public bool KeptOpen { get; private set; }

        public bool IsDue(long nowMs)
        {
            return Due > 0;
        }

        public int Send(HttpExchange http)
        {
            Due--;
            KeptOpen = http.KeepOpen;
            _bench._order += _number.ToString();
            _bench.Clock.UptimeMs += DurationMs;
            return Status;
        }
    }
}
