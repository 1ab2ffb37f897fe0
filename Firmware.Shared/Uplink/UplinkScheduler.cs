using JamBox.Ports;

namespace JamBox.Uplink;

/// <summary>
/// Gives the one connection to the tasks that have something to send. A task that the backend refuses waits by itself, and the others go
/// on; a connection that is lost holds all of them.
/// </summary>
/// <remarks>
/// A session is one TCP connection for all that is due, as long as the backend keeps it open; its last request says
/// <c>Connection: close</c>. Of the tasks that are due the one with the lowest rank goes first; one that was passed over
/// <see cref="MaxPassed"/> times goes next whatever its rank, so that no backlog starves another task. A request that is not answered
/// holds all, and then the others have their turn before that task has another: it may be the only one that this backend cannot answer.
/// A session ends after <see cref="SessionMs"/>, and the main loop passes.
/// </remarks>
public sealed class UplinkScheduler
{
    /// <summary>How often a task that is due is passed over for one of lower rank.</summary>
    public const int MaxPassed = 8;

    /// <summary>How long a session begins new requests, ms.</summary>
    public const int SessionMs = 600000;

    private const int MostPassed = 1000;

    private readonly Connection _connection;
    private readonly HttpExchange _http;
    private readonly IClock _clock;
    private readonly UplinkState _state;
    private readonly IRestart _restart;
    private readonly Progress _progress;
    private readonly IUplinkTask[] _tasks;
    private readonly int[] _passed;

    /// <param name="connection">The way to the backend.</param>
    /// <param name="http">Requests over it.</param>
    /// <param name="clock">Uptime.</param>
    /// <param name="state">Where success is noted, and what is going on.</param>
    /// <param name="restart">A reboot by order ends the session.</param>
    /// <param name="progress">Bounds each request.</param>
    /// <param name="tasks">Who has something to send; sorted by rank here.</param>
    public UplinkScheduler(
        Connection connection,
        HttpExchange http,
        IClock clock,
        UplinkState state,
        IRestart restart,
        Progress progress,
        IUplinkTask[] tasks)
    {
        _connection = connection;
        _http = http;
        _clock = clock;
        _state = state;
        _restart = restart;
        _progress = progress;
        _tasks = tasks;
        _passed = new int[tasks.Length];
        SortByRank(tasks);
    }

    /// <summary>Gets the uptime before which nothing is tried because the connection was lost, ms; 0 when it was not.</summary>
    public long RetryAtMs => _connection.RetryAtMs;

    /// <summary>
    /// Sends what is due. Returns when nothing is, after a lost connection, or when the session is over; counting goes on meanwhile.
    /// </summary>
    public void Step()
    {
        _connection.Poll();
        long now = _clock.UptimeMs;
        if (!_connection.IsDue(now) || NextDue(now) < 0 || !_connection.TryEnsure())
        {
            return;
        }

        long endMs = _clock.UptimeMs + SessionMs;
        bool goesOn = true;
        while (goesOn && !_restart.IsWanted && _clock.UptimeMs < endMs)
        {
            goesOn = SendNext();
        }

        _progress.Begin(Progress.PassMs);
        _http.Close();
        if (_state.Activity == UplinkActivity.Sending || _state.Activity == UplinkActivity.Updating)
        {
            _state.Activity = UplinkActivity.Idle;
        }
    }

    /// <summary>Lets the next <see cref="Step"/> try at once, whatever the pause of the connection: somebody pressed the button.</summary>
    public void TryNow()
    {
        _connection.TryNow();
    }

    private static void SortByRank(IUplinkTask[] tasks)
    {
        for (int i = 1; i < tasks.Length; i++)
        {
            IUplinkTask task = tasks[i];
            int at = i;
            for (; at > 0 && tasks[at - 1].Rank > task.Rank; at--)
            {
                tasks[at] = tasks[at - 1];
            }

            tasks[at] = task;
        }
    }

    /// <summary>Gives the task whose turn it is, or −1.</summary>
    private int NextDue(long nowMs)
    {
        int next = -1;
        for (int i = 0; i < _tasks.Length; i++)
        {
            bool isBetter = next < 0 || (_passed[i] >= MaxPassed && _passed[i] > _passed[next]);
            if (isBetter && _tasks[i].IsDue(nowMs))
            {
                next = i;
            }
        }

        return next;
    }

    /// <summary>Notes who was passed over.</summary>
    /// <returns>Whether anybody was: the connection is to be kept for them.</returns>
    private bool Pass(int chosen, long nowMs)
    {
        bool isAny = false;
        for (int i = 0; i < _tasks.Length; i++)
        {
            bool isPassed = i != chosen && _tasks[i].IsDue(nowMs);
            _passed[i] = isPassed ? Limited(_passed[i] + 1) : 0;
            isAny |= isPassed;
        }

        return isAny;
    }

    private void LetOthersGoFirst(int lost)
    {
        for (int i = 0; i < _tasks.Length; i++)
        {
            _passed[i] = i == lost ? 0 : Limited(_passed[i] + MaxPassed);
        }
    }

    private static int Limited(int passed)
    {
        return passed < MostPassed ? passed : MostPassed;
    }

    /// <summary>Sends one request.</summary>
    /// <returns><c>false</c> when nothing is due, or the connection is lost.</returns>
    private bool SendNext()
    {
        long now = _clock.UptimeMs;
        int next = NextDue(now);
        if (next < 0)
        {
            return false;
        }

        IUplinkTask task = _tasks[next];
        _http.KeepOpen = Pass(next, now);
        _progress.Begin(Progress.ExchangeMs);
        _state.Activity = task.Rank == UplinkRank.Update ? UplinkActivity.Updating : UplinkActivity.Sending;
        int status = task.Send(_http);
        Check.That(
            (status >= HttpError.NotAuthentic && status <= HttpError.None) || (status >= 200 && status <= 599),
            "a task gives a status or an error");
        if (status == HttpError.None)
        {
            // There was nothing after all: neither an answer nor a failure.
            return true;
        }

        if (HttpStatus.IsConnectionFailure(status))
        {
            if (!HttpStatus.IsNothingSent(status))
            {
                LetOthersGoFirst(next);
            }

            _connection.Lose();
            _state.Activity = UplinkActivity.Failed;
            return false;
        }

        _connection.TakeAnswer();
        if (HttpStatus.IsSuccess(status))
        {
            _state.AcceptedAtMs = _clock.UptimeMs;
            _state.Activity = UplinkActivity.Idle;
        }
        else
        {
            // A backend that lets an update wait has not failed.
            _state.Activity = task.Rank == UplinkRank.Update ? UplinkActivity.Idle : UplinkActivity.Failed;
        }

        return true;
    }
}

/// <summary>
/// How it goes with the backend: what it took, and what failed. Whoever has a part in that notes it here, and whoever wants to know reads
/// it here, so that none of them needs to know another.
/// </summary>
public sealed class UplinkState
{
    /// <summary>Gets or sets what is going on.</summary>
    public UplinkActivity Activity { get; set; }

    /// <summary>Gets or sets the readings that the backend took in this boot.</summary>
    public int AcceptedReadings { get; set; }

    /// <summary>Gets or sets those of them whose answer proved that it was the backend; all in a box without key.</summary>
    public int ProvedReadings { get; set; }

    /// <summary>Gets or sets the heartbeats that the backend took in this boot.</summary>
    public int AcceptedHeartbeats { get; set; }

    /// <summary>Gets or sets the heartbeats that the backend refused, or did not answer, since it took one last.</summary>
    public int RefusedHeartbeats { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether the backend answered the last heartbeat that got an answer with a refusal.
    /// </summary>
    public bool IsHeartbeatRefused { get; set; }

    /// <summary>Gets or sets the failures since a reading was taken last, those to get a connection included (<c>sf</c>).</summary>
    public int Failures { get; set; }

    /// <summary>Gets or sets the uptime when a request, whichever, was answered 2xx last, ms; 0 for never in this boot.</summary>
    public long AcceptedAtMs { get; set; }

    /// <summary>
    /// Gets or sets a value indicating whether something has happened that the backend should hear of before the next heartbeat is due.
    /// </summary>
    public bool IsHeartbeatWanted { get; set; }
}

/// <summary>What is going on between box and backend.</summary>
public enum UplinkActivity
{
    /// <summary>Nothing was tried yet.</summary>
    None,

    /// <summary>A network is looked for.</summary>
    Searching,

    /// <summary>No network, because the SIM is missing or not ready: it takes a hand.</summary>
    SimMissing,

    /// <summary>Connected; what was tried last worked.</summary>
    Idle,

    /// <summary>A request is under way.</summary>
    Sending,

    /// <summary>A request about an update is under way.</summary>
    Updating,

    /// <summary>What was tried last failed.</summary>
    Failed,
}
