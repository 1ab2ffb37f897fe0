using System.Globalization;
using System.Security.Cryptography;

using Microsoft.Extensions.Logging;

namespace JamBox.Edge.Engine;

/// <summary>What the engine works with.</summary>
/// <param name="Folder">The agent's; its lock is held by the caller (<see cref="AgentLock"/>).</param>
/// <param name="Files">The disk.</param>
/// <param name="Downloads">Where packages come from.</param>
/// <param name="Reports">Where reports go.</param>
/// <param name="Scripts">Runs scripts.</param>
/// <param name="Modules">Writes to modules.</param>
/// <param name="Probe">Asks an address whether all is well.</param>
/// <param name="Clock">Of waits.</param>
/// <param name="Log">For people.</param>
public sealed record DeployerParts(
    AgentFolder Folder, IFiles Files, IDownloads Downloads, IReports Reports, IScripts Scripts, IModuleDeployer Modules, IHealthProbe Probe,
    TimeProvider Clock, ILogger Log);

/// <summary>
/// Carries out deployments, one at a time. What it does next is always in its journal before it is done, and each step may be done again:
/// so the agent may die at any instant, and goes on from there.
/// </summary>
public sealed partial class Deployer
{
    private const int MaxEnded = 50;
    private const int MaxOutbox = 200;
    private const int MaxError = 2000;

    /// <summary>So long a new agent that somebody brought by hand looks for the server before it is believed without.</summary>
    private static readonly TimeSpan s_byHand = TimeSpan.FromMinutes(2);

    private readonly DeployerParts _parts;
    private readonly Func<DeployerOptions> _options;
    private readonly Journal _journal;
    private readonly PackageFetch _fetch;
    private readonly ReleaseFolders _folders;
    private readonly AgentUpdates _updates;
    private readonly TaskCompletionSource _confirmed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly Lock _offers = new();

    private AgentState? _state;
    private long _delivered;
    private string? _lost;
    private string? _untidy;
    private bool _isStarted;
    private bool _isNewAgent;
    private Notice? _offered;
    private CancellationTokenSource? _early;
    private Notice? _working;

    /// <summary>Makes an engine; it does nothing yet.</summary>
    /// <param name="parts">What it works with.</param>
    /// <param name="options">What is set, asked for at each step: it may change.</param>
    public Deployer(DeployerParts parts, Func<DeployerOptions> options)
    {
        _parts = parts;
        _options = options;
        _journal = new Journal(parts.Files, parts.Folder);
        _fetch = new PackageFetch(parts.Files, parts.Folder, parts.Downloads, parts.Clock);
        _folders = new ReleaseFolders(parts.Files, parts.Folder);
        _updates = new AgentUpdates(parts.Files, parts.Folder);
    }

    /// <summary>What the journal says; null before the first run.</summary>
    public AgentState? State
    {
        get
        {
            lock (_gate)
            {
                return _state;
            }
        }
    }

    /// <summary>Reports that wait for room in the queue: nobody but this engine knows of them yet.</summary>
    public int Undelivered
    {
        get
        {
            lock (_gate)
            {
                return _state?.Outbox.Count(report => report.Seq > _delivered) ?? 0;
            }
        }
    }

    /// <summary>
    /// Takes a notice, from any thread. It counts when it is newer than all that were taken up; of several the newest. What has not begun
    /// to run makes room for it.
    /// </summary>
    /// <param name="notice">What the server says.</param>
    public void Offer(Notice notice)
    {
        lock (_offers)
        {
            if (_offered is null || notice.At > _offered.At)
            {
                _offered = notice;
            }

            if (_working is not null && notice.At > _working.At)
            {
                // Not here and now: what waits for it would run on this thread.
                _ = _early?.CancelAsync();
            }
        }
    }

    /// <summary>
    /// The server took a report of this process: a new agent has proved itself. Called at the first report that was delivered, and at the
    /// start where there is no server.
    /// </summary>
    public void ConfirmAgent() => _confirmed.TrySetResult();

    /// <summary>
    /// The server has answered this process: that proves enough of a new agent whose deployment the server does not know.
    /// </summary>
    public void Reach() => _reached.TrySetResult();

    /// <summary>Takes a notice and works until nothing is to do.</summary>
    /// <param name="notice">What the server says.</param>
    /// <param name="stop">Ends it between steps; a script that runs gets its time, up to a bound.</param>
    /// <returns>Why it came back.</returns>
    public Task<RunResult> RunAsync(Notice notice, CancellationToken stop)
    {
        Offer(notice);
        return RunAsync(stop);
    }

    /// <summary>Goes on with what the journal says and with what was offered, until nothing is to do.</summary>
    /// <param name="stop">Ends it between steps; a script that runs gets its time, up to a bound.</param>
    /// <returns>Why it came back.</returns>
    public async Task<RunResult> RunAsync(CancellationToken stop)
    {
        try
        {
            await LoadAsync(stop).ConfigureAwait(false);
            Deliver();
            while (!stop.IsCancellationRequested)
            {
                if (_state!.Job is not { } job)
                {
                    Tidy();
                    if (!TakeOffered())
                    {
                        return new RunResult(RunEnd.Idle);
                    }
                }
                else if (!MakeRoom(job) && await StepAsync(job, stop).ConfigureAwait(false) is { } result)
                {
                    return result;
                }
            }

            MarkStopped();
            return new RunResult(RunEnd.Stopped);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return new RunResult(RunEnd.Stopped);
        }
        catch (Exception e) when (e is JournalException or IOException or UnauthorizedAccessException)
        {
            lock (_gate)
            {
                // A script that has run, and what came of it could not be written: as after a death, it counts as a try.
                if (_state?.Job is { Step: JobStep.Deploying, HasBegun: true })
                {
                    _isStarted = false;
                    _lost = e.Message;
                }

                // What is on the disk counts, not what was meant to be there.
                _state = null;
            }

            LogTrouble(e.Message);
            return new RunResult(RunEnd.Trouble, e.Message);
        }
        finally
        {
            Work(null, null);
        }
    }

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static string NewToken() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    private async Task LoadAsync(CancellationToken stop)
    {
        if (_state is not null)
        {
            return;
        }

        _parts.Files.CreateFolder(_parts.Folder.Root);
        AgentState? known = _journal.Load(out string? fault);
        AgentState state = known ?? Rebuild();
        if (fault is not null)
        {
            LogTrouble(fault);
        }

        if (known is null && state.Current is not null)
        {
            // Others read it as well, such as "status" and "rollback".
            _journal.Save(state);
        }

        state = state with { NextSeq = Math.Max(state.NextSeq, _parts.Reports.Newest + 1) };
        if (!_isStarted && state.Job is { } job)
        {
            // Nothing of a script of the agent before may run beside what is done now.
            if (job.Token is not null)
            {
                await _parts.Scripts.EndAsync(job.Token, stop).ConfigureAwait(false);
            }

            Job after = AfterDeath(job);
            _isNewAgent = job is { Step: JobStep.Restarting, AgentSha256: not null } && _options().Executable is { } executable
                && _updates.IsInPlace(executable, job.AgentSha256);
            state = state with { Job = after };
            if (job.Step == JobStep.GoingBack && after.Step != JobStep.GoingBack && state.Current is not null)
            {
                state = state with { Current = state.Current with { IsDoubtful = true } };
            }

            if (after != job)
            {
                _journal.Save(state);
            }
        }

        if (!_isStarted && state.Job?.Step != JobStep.Restarting)
        {
            _updates.Forget();
        }

        lock (_gate)
        {
            _state = state;
        }

        _isStarted = true;
    }

    /// <summary>What can be known without a journal: the link, and what says that its release is whole.</summary>
    private AgentState Rebuild()
    {
        AgentState state = new() { NextSeq = Math.Max(1, _parts.Clock.GetUtcNow().ToUnixTimeMilliseconds()) };
        if (_folders.FindCurrent() is not { } id || _folders.Find(id) is not { } note)
        {
            return state;
        }

        bool isTime = DateTimeOffset.TryParse(
            note.NoticeTimestamp, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset noticeAt);
        DateTimeOffset now = _parts.Clock.GetUtcNow();
        CompleteNote[] others = [.. _folders.FindAll().Where(other => other.Id != id)];

        // One that is newer may be what was about to be deployed, and never ran.
        CompleteNote? before = others.FirstOrDefault(
            other => string.CompareOrdinal(other.NoticeTimestamp, note.NoticeTimestamp) < 0);
        return state with
        {
            Current = new ReleaseRecord { Id = id, Version = note.Version, At = now },
            Previous = before is null ? null : new ReleaseRecord { Id = before.Id, Version = before.Version, At = now },
            Releases = [id, .. others.Select(static other => other.Id)],
            NewestNotice = isTime ? noticeAt : null,
        };
    }

    /// <summary>What is to be done after the agent died while this was done.</summary>
    private Job AfterDeath(Job job)
    {
        const int MaxDeaths = 25;
        const int MaxScriptDeaths = 3;
        if (job.Stopped)
        {
            return job with { Stopped = false, Token = null };
        }

        if (job.Step is JobStep.Waiting or JobStep.Restarting)
        {
            return job;
        }

        string what = _lost is { } lost
            ? $"What came of it when {Doing(job.Step)} could not be written down ({lost.TrimEnd('.')})"
            : $"The agent ended while {Doing(job.Step)}";
        _lost = null;
        if (job.Step == JobStep.Deploying && job.HasBegun)
        {
            // It counts as a try, and is done anew at once: nobody knows what runs now.
            return job.Attempt < _options().Tries
                ? job with
                {
                    // HasBegun stays: until the script has run anew, or it has gone back, half of it may be done.
                    Attempt = job.Attempt + 1, Step = JobStep.Downloading, Error = what, Token = null, Deaths = 0,
                }
                : job with { Step = JobStep.GoingBack, Error = what, Token = null, Deaths = 0 };
        }

        job = job with { Deaths = job.Deaths + 1, Token = null };
        bool hasScripts = job.Step is JobStep.Checking or JobStep.GoingBack or JobStep.Modules;
        return job.Deaths < (hasScripts ? MaxScriptDeaths : MaxDeaths)
            ? job
            : job with
            {
                Step = JobStep.Waiting,
                Next = JobStep.GoingBack,
                HasBegun = job.HasBegun && job.Step != JobStep.GoingBack,
                IsHopeless = true,
                Error = (job.Step == JobStep.GoingBack ? job.Error + "; " : string.Empty) + $"{what}, {job.Deaths} times",
                Deaths = 0,
            };
    }

    private static string Doing(JobStep step) => step switch
    {
        JobStep.Downloading => "the package was downloaded",
        JobStep.Extracting => "the package was unpacked",
        JobStep.Deploying => "deploy.sh ran",
        JobStep.Checking => "it was checked",
        JobStep.GoingBack => "it went back to the release before",
        JobStep.Modules => "modules were written",
        _ => "it took its place",
    };

    /// <summary>Begins with what was offered.</summary>
    /// <returns>Something was offered.</returns>
    private bool TakeOffered()
    {
        Notice? notice;
        lock (_offers)
        {
            notice = _offered;
        }

        if (notice is null)
        {
            return false;
        }

        Begin(notice);
        lock (_offers)
        {
            // Only now that it is in the journal: nobody offers it a second time.
            _offered = ReferenceEquals(_offered, notice) ? null : _offered;
        }

        return true;
    }

    private void Begin(Notice notice)
    {
        if (_state!.NewestNotice is { } newest && notice.At <= newest)
        {
            _parts.Log.LogDebug(
                "The notice of {Version} ({Timestamp}) is not newer than what was taken up", notice.Version, notice.Timestamp);
            return;
        }

        Job job = new() { Notice = notice, StartedAt = _parts.Clock.GetUtcNow() };
        ReleaseRecord? current = _state.Current;
        if (current?.Id != notice.Id || current.IsDoubtful)
        {
            _parts.Log.LogInformation("Deployment of {Version} ({Id}) begins", notice.Version, notice.Id);
            Change(state => state with { NewestNotice = notice.At, Job = job });
        }
        else if (current.HasOpenModules)
        {
            _parts.Log.LogInformation("Deployment of {Version} ({Id}) goes on with its modules", notice.Version, notice.Id);
            Change(state => state with
            {
                NewestNotice = notice.At,

                // What the others ran before is what they run now: somebody may have seen to them since.
                Job = job with { Step = JobStep.Modules, Modules = current.Modules?.Where(static module => module.IsDone).ToArray() },
            });
        }
        else
        {
            // Its agent is looked at again, one that did not come up before as well: that is what it was published again for.
            _parts.Log.LogInformation("{Version} ({Id}) runs already", notice.Version, notice.Id);
            Change(state => state with { NewestNotice = notice.At, RefusedAgents = [], Job = job with { Step = JobStep.Agent } });
        }
    }

    /// <summary>Ends a deployment that has not begun to run when a newer notice came.</summary>
    /// <returns>It did.</returns>
    private bool MakeRoom(Job job)
    {
        Notice? newer;
        lock (_offers)
        {
            newer = _offered;
        }

        if (newer is null || newer.At <= job.Notice.At || !IsEarly(job))
        {
            return false;
        }

        bool isRunning = job.Step == JobStep.Waiting && job.Next is JobStep.Modules or JobStep.Agent;
        string what = $"A newer deployment, {newer.Version}, took its place";
        End(
            job,
            isRunning ? DeploymentStatus.Failed : DeploymentStatus.Removed,
            isRunning ? $"{job.Error}. {what}" : job.Error is null ? what : $"{what} ({job.Error})");
        return true;
    }

    private static bool IsEarly(Job job) =>
        job is { HasBegun: false, Step: JobStep.Downloading or JobStep.Extracting or JobStep.Waiting };

    /// <summary>Tells <see cref="Offer"/> what makes room for a newer notice.</summary>
    private void Work(Notice? notice, CancellationTokenSource? early)
    {
        lock (_offers)
        {
            _working = notice;
            _early = early;
            if (notice is not null && _offered is not null && _offered.At > notice.At)
            {
                _ = early?.CancelAsync();
            }
        }
    }

    private void MarkStopped()
    {
        if (_state?.Job is { } job)
        {
            Change(state => state with { Job = job with { Stopped = true } });
        }
    }

    /// <summary>Writes the journal, with reports of what it says, and gives these to the queue.</summary>
    private void Change(Func<AgentState, AgentState> change, Func<AgentState, StatusReport>? report = null)
    {
        lock (_gate)
        {
            AgentState state = change(_state!);
            List<StatusReport> outbox = [.. state.Outbox.Where(waiting => waiting.Seq > _delivered)];
            if (report is not null)
            {
                outbox.Add(report(state));
                state = state with { NextSeq = state.NextSeq + 1 };
                if (outbox.Count > MaxOutbox)
                {
                    // The queue's disk has been full for long: how a deployment ended is worth more than how it went.
                    int least = outbox.FindIndex(
                        static waiting => waiting.Status is not (DeploymentStatus.Completed or DeploymentStatus.Failed));
                    outbox.RemoveAt(Math.Max(0, least));
                }
            }

            state = state with { Outbox = outbox };
            _journal.Save(state);
            _state = state;
        }

        Deliver();
    }

    private void Deliver()
    {
        lock (_gate)
        {
            foreach (StatusReport report in _state!.Outbox)
            {
                if (report.Seq <= _delivered)
                {
                    continue;
                }

                try
                {
                    _parts.Reports.Report(report);
                    _delivered = report.Seq;
                }
                catch (Exception e) when (e is IOException or UnauthorizedAccessException)
                {
                    LogTrouble($"A report could not be put into the queue: {e.Message}");
                    return;
                }
            }
        }
    }

    private StatusReport Compose(
        AgentState state, Job job, DeploymentStatus status, int? progress = null, string? error = null, bool withLog = false) => new()
    {
        DeploymentId = job.Notice.Id,
        Status = status,
        Version = job.Notice.Version,
        Progress = progress,
        Timestamp = Time(_parts.Clock.GetUtcNow()),
        Error = error is { Length: > MaxError } ? error[..MaxError] : error,
        Attempt = job.Attempt,
        NoticeTimestamp = job.Notice.Timestamp,
        AgentVersion = _options().AgentVersion,
        Log = withLog ? job.Tail : null,
        Current = state.Current?.Id,
        Previous = state.Previous?.Id,
        Modules = job.Modules is { Count: > 0 } ? job.Modules : null,
        Seq = state.NextSeq,
    };

    /// <summary>Goes on to a step, and says so.</summary>
    private void Go(Job job, JobStep step, DeploymentStatus? status = null, int? progress = null, string? error = null)
    {
        Job next = job with { Step = step, Deaths = job.Step == step ? job.Deaths : 0, Stopped = false };
        Change(
            state => state with { Job = next },
            status is { } word ? state => Compose(state, next, word, progress, error, withLog: error is not null) : null);
    }

    private void End(Job job, DeploymentStatus status, string? error, DateTimeOffset? newest = null)
    {
        if (error is not null && status != DeploymentStatus.Removed)
        {
            _parts.Log.LogError("Deployment of {Version} ended: {Status}: {Error}", job.Notice.Version, status, error);
        }
        else
        {
            _parts.Log.LogInformation(
                "Deployment of {Version} ended: {Status}{Why}", job.Notice.Version, status, error is null ? string.Empty : ": " + error);
        }

        Change(
            state => state with
            {
                Job = null,
                NewestNotice = newest ?? state.NewestNotice,
                Ended =
                [
                    .. state.Ended.TakeLast(MaxEnded - 1),
                    new EndedDeployment(
                        job.Notice.Id, job.Notice.Timestamp, status, job.Notice.Version, _parts.Clock.GetUtcNow(), error),
                ],
            },
            state => Compose(state, job, status, status == DeploymentStatus.Completed ? 100 : null, error, withLog: true));
    }

    /// <summary>Removes what no deployment needs any more. To fail at it does no harm: it is done again the next time.</summary>
    private void Tidy()
    {
        try
        {
            AgentState state = _state!;
            string[] running = [.. new[] { state.Current?.Id, state.Previous?.Id }.OfType<string>()];
            string[] keep = [.. running.Concat(state.Releases).Distinct().Take(Math.Max(2, _options().Keep))];
            string? wanted;
            lock (_offers)
            {
                wanted = _offered?.Id;
            }

            foreach (string name in _parts.Files.List(_parts.Folder.Downloads)
                .Where(name => Path.GetFileNameWithoutExtension(name) != wanted))
            {
                _parts.Files.Delete(Path.Combine(_parts.Folder.Downloads, name));
            }

            string? left = _folders.RemoveOthers(keep);
            string[] logs = [.. keep.Concat(state.Ended.TakeLast(10).Select(static ended => ended.Id)).Select(static id => id + ".log")];
            foreach (string name in _parts.Files.List(_parts.Folder.Logs).Except(logs))
            {
                _parts.Files.Delete(Path.Combine(_parts.Folder.Logs, name));
            }

            if (!keep.SequenceEqual(state.Releases))
            {
                Change(now => now with { Releases = keep });
            }

            if (left is not null && left != _untidy)
            {
                // Once, not at each look.
                LogTrouble($"What is not needed any more could not be removed: {left}");
            }

            _untidy = left;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            LogTrouble($"What is not needed any more could not be removed: {e.Message}");
        }
    }

    private void LogTrouble(string message) => _parts.Log.LogWarning("{Message}", message);
}
