using JamBox.Deployments;

using Microsoft.Extensions.Logging;

namespace JamBox.Edge.Engine;

/// <summary>The steps of a deployment.</summary>
public sealed partial class Deployer
{
    private static string DeployScript => OperatingSystem.IsWindows() ? "deploy.cmd" : PackageLayout.DeployScript;

    private static string HealthScript => OperatingSystem.IsWindows() ? "health.cmd" : PackageLayout.HealthScript;

    /// <summary>Does what the journal says.</summary>
    /// <returns>Null to go on with what it says then.</returns>
    private async Task<RunResult?> StepAsync(Job job, CancellationToken stop)
    {
        // Not disposed: whoever offers may be about to cancel it, and it holds nothing.
        CancellationTokenSource early = new();
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, early.Token);
        Work(IsEarly(job) ? job.Notice : null, early);
        try
        {
            switch (job.Step)
            {
                case JobStep.Downloading:
                    await DownloadAsync(job, both.Token).ConfigureAwait(false);
                    return null;
                case JobStep.Extracting:
                    Extract(job, both.Token);
                    return null;
                case JobStep.Deploying:
                    return await DeployAsync(job, stop).ConfigureAwait(false);
                case JobStep.Checking:
                    return await CheckAsync(job, stop).ConfigureAwait(false);
                case JobStep.Switching:
                    Switch(job);
                    return null;
                case JobStep.Modules:
                    return await WriteModulesAsync(job, stop).ConfigureAwait(false);
                case JobStep.Agent:
                    return await TryAgentAsync(job, stop).ConfigureAwait(false);
                case JobStep.Restarting:
                    return await RestartAsync(job, stop).ConfigureAwait(false);
                case JobStep.GoingBack:
                    return await GoBackAsync(job, stop).ConfigureAwait(false);
                default:
                    await WaitAsync(job, both.Token).ConfigureAwait(false);
                    return null;
            }
        }
        catch (OperationCanceledException) when (both.IsCancellationRequested)
        {
            // The loop looks why.
            return null;
        }
        catch (TryFailedException e)
        {
            Fail(_state!.Job!, e.Message, e.IsHopeless);
            return null;
        }
        catch (Exception e) when (
            e is IOException or UnauthorizedAccessException && job.Step is JobStep.Downloading or JobStep.Extracting or JobStep.Agent)
        {
            Fail(_state!.Job!, DiskFault(e), isHopeless: false);
            return null;
        }
        finally
        {
            Work(null, null);
        }
    }

    private string DiskFault(Exception e)
    {
        try
        {
            return $"{e.Message} ({_parts.Files.FreeSpace(_parts.Folder.Root) >> 20} MB of the disk are free)";
        }
        catch (Exception again) when (again is IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    private async Task DownloadAsync(Job job, CancellationToken cancellation)
    {
        Notice notice = job.Notice;

        // One of which it is not sure that it runs may be unpacked anew: to go back to it has failed.
        bool isRunning = _state!.Current is { IsDoubtful: false } current && current.Id == notice.Id;
        long here = _parts.Files.Length(_parts.Folder.Part(notice.Id));
        CompleteNote? kept = here == 0 || notice.IsKept ? _folders.Find(notice.Id) : null;
        string? changed = kept is not null && kept.Sha256 == notice.Sha256 ? _folders.FindChanged(kept, cancellation) : "its folder";
        if (notice.IsKept && changed is not null)
        {
            // Scripts may write into their folder: that ran before, and nobody else can bring it.
            if (_folders.FindMissing(notice.Id) is { } missing)
            {
                throw new TryFailedException(
                    $"Of the release that is to run again {missing} is gone from this computer: deploy it from the server",
                    isHopeless: true);
            }

            _parts.Log.LogWarning("{Version} ({Id}) has changed since it was unpacked: {File}", notice.Version, notice.Id, changed);
            changed = null;
        }

        if (changed is null)
        {
            _parts.Log.LogInformation("{Version} ({Id}) is here still: nothing is downloaded", notice.Version, notice.Id);
            Go(job, JobStep.Deploying);
            return;
        }

        if (isRunning)
        {
            throw new TryFailedException(
                "Files of the running release were changed, and nothing is ever unpacked over it: publish the package once more, as a new one",
                isHopeless: true);
        }

        if (job.HasBegun && here < notice.Size)
        {
            // Half of it may have run, and the line may be away for days: until the package is here the release before runs. The try that
            // ended so was counted already.
            Fail(
                job with { Attempt = Math.Max(1, job.Attempt - 1) },
                $"{job.Error ?? "It had begun"}, and {changed} has to be brought from the server again", isHopeless: false);
            return;
        }

        _folders.CheckSpace(notice.Size - Math.Min(here, notice.Size), _options());
        Go(job, JobStep.Downloading, DeploymentStatus.Downloading, 0);
        DateTimeOffset said = _parts.Clock.GetUtcNow();
        int share = 0;
        await _fetch.FetchAsync(
            notice,
            _options(),
            percent =>
            {
                if (percent >= share + 5 && _parts.Clock.GetUtcNow() - said >= s_reportEvery)
                {
                    (share, said) = (percent, _parts.Clock.GetUtcNow());
                    Go(_state!.Job!, JobStep.Downloading, DeploymentStatus.Downloading, percent);
                }
            },
            cancellation).ConfigureAwait(false);
        Go(_state!.Job!, JobStep.Extracting, DeploymentStatus.Downloaded, 100);
    }

    private void Extract(Job job, CancellationToken cancellation)
    {
        Change(static state => state, state => Compose(state, job, DeploymentStatus.Extracting));
        _folders.Unpack(job.Notice, job.Attempt, _options(), cancellation);
        Go(job, JobStep.Deploying);
    }

    private async Task<RunResult?> DeployAsync(Job job, CancellationToken stop)
    {
        string script = _folders.PathOf(job.Notice.Id, DeployScript);
        if (OperatingSystem.IsWindows() && !_parts.Files.FileExists(script)
            && _parts.Files.FileExists(_folders.PathOf(job.Notice.Id, PackageLayout.DeployScript)))
        {
            throw new TryFailedException(
                "The package has a deploy.sh and no deploy.cmd, which this gateway (Windows) needs", isHopeless: true);
        }

        bool hasScript = _parts.Files.FileExists(script);
        Job begun = job with { HasBegun = hasScript, Token = NewToken(), Tail = null };
        Go(begun, JobStep.Deploying, DeploymentStatus.Deploying);
        if (hasScript)
        {
            ScriptResult result = await RunScriptAsync(
                script, null, begun, _state!.Current?.Id, _options().DeployLimit, stop).ConfigureAwait(false);
            begun = begun with { Tail = result.Tail };
            if (result.Stopped)
            {
                // Not marked as stopped in order: half of it may be done.
                return new RunResult(RunEnd.Stopped);
            }

            if (result.Error is not null)
            {
                Fail(begun, result.Error, isHopeless: false);
                return null;
            }
        }

        Go(begun with { Token = null }, JobStep.Checking);
        return null;
    }

    private async Task<RunResult?> CheckAsync(Job job, CancellationToken stop)
    {
        // One whose health.sh is gone would pass, and one that is gone itself would be switched to.
        ThrowIfNotWhole(job);
        Job checking = job with { Token = NewToken() };
        Go(checking, JobStep.Checking, DeploymentStatus.Checking);
        (string? fault, bool stopped, string? tail) = await AskHealthAsync(checking, job.Notice.Id, stop).ConfigureAwait(false);
        if (stopped)
        {
            Go(checking with { Token = null }, JobStep.Checking);
            MarkStopped();
            return new RunResult(RunEnd.Stopped);
        }

        checking = checking with { Token = null, Tail = Joined(job.Tail, tail) };
        if (fault is not null)
        {
            Fail(checking, $"It does not work: {fault}", isHopeless: false);
            return null;
        }

        Go(checking, JobStep.Switching);
        return null;
    }

    private void ThrowIfNotWhole(Job job)
    {
        if (_folders.FindMissing(job.Notice.Id) is { } missing)
        {
            throw new TryFailedException($"Of the release itself {missing} is gone: did its scripts remove it?");
        }
    }

    private void Switch(Job job)
    {
        ThrowIfNotWhole(job);
        _folders.Switch(job.Notice.Id);
        Change(state => state with
        {
            Job = job with { Step = JobStep.Modules, Deaths = 0, HasBegun = false, Error = null },
            Current = new ReleaseRecord
            {
                Id = job.Notice.Id, Version = job.Notice.Version, At = _parts.Clock.GetUtcNow(), HasOpenModules = true,
            },
            Previous = state.Current?.Id == job.Notice.Id ? state.Previous : state.Current,
            Releases = [job.Notice.Id, .. state.Releases.Where(id => id != job.Notice.Id)],
        });
        _parts.Log.LogInformation("{Version} ({Id}) is what runs now", job.Notice.Version, job.Notice.Id);
    }

    private async Task<RunResult?> WriteModulesAsync(Job job, CancellationToken stop)
    {
        ModuleProgress progress = new(this, job);
        IReadOnlyList<ModuleState> modules;
        try
        {
            modules = await _parts.Modules.DeployAsync(
                _parts.Folder.Release(job.Notice.Id), progress, job.Modules ?? [], stop)
                .ConfigureAwait(false);
        }
        catch (Exception e) when (e is FormatException or ArgumentException)
        {
            // Nobody mends a package, a list or a setting by trying again; a newer notice does.
            throw new TryFailedException($"Modules cannot be written to: {e.Message}", isHopeless: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new TryFailedException($"Modules cannot be written to: {e.Message}");
        }

        progress.ThrowIfFailed();
        ModuleState[] open = [.. modules.Where(static module => !module.IsDone)];
        Job written = job with { Modules = modules };
        Change(state => state with
        {
            Job = written,
            Current = state.Current! with { HasOpenModules = open.Length > 0, Modules = modules },
        });
        if (open.Length == 0)
        {
            Go(written, JobStep.Agent);
            return null;
        }

        if (stop.IsCancellationRequested)
        {
            return null;
        }

        ModuleState first = open[0];
        Fail(
            written,
            $"{open.Length} of {modules.Count} modules could not be brought to their version "
            + $"({first.Hostname}: {first.Error ?? first.Status.ToString()})",
            isHopeless: false);
        return null;
    }

    /// <summary>Looks for a newer agent, and tries whether it runs at all.</summary>
    private async Task<RunResult?> TryAgentAsync(Job job, CancellationToken stop)
    {
        DeployerOptions options = _options();
        string? newer = _updates.FindNewer(_parts.Folder.Release(job.Notice.Id), options, out string sha256);
        if (newer is null)
        {
            End(job, DeploymentStatus.Completed, null);
            return null;
        }

        if (_state!.RefusedAgents.Contains(sha256))
        {
            End(
                job,
                DeploymentStatus.Failed,
                "Its agent did not come up on this gateway before; the release itself runs. Publish this deployment once more to try the "
                + "agent again");
            return null;
        }

        string staged = _updates.Stage(newer, options.Executable!);
        ScriptResult result = await _parts.Scripts.RunAsync(
            new ScriptRun
            {
                Command = OperatingSystem.IsWindows() ? "\"%JAMBOX_AGENT%\" --version" : "exec \"$JAMBOX_AGENT\" --version",
                Folder = _parts.Folder.Root,
                Environment = new Dictionary<string, string> { ["JAMBOX_AGENT"] = staged },
                Limit = TimeSpan.FromMinutes(1),
                StopLimit = TimeSpan.FromMinutes(1),
                Token = NewToken(),
            },
            stop).ConfigureAwait(false);
        if (result.Stopped)
        {
            // It says nothing of the agent that this one was to stop.
            return new RunResult(RunEnd.Stopped);
        }

        if (result.Error is not null)
        {
            _parts.Files.Delete(staged);
            Refuse(job, sha256, $"Its agent cannot be run on this gateway ({result.Error}); the release itself runs");
            return null;
        }

        Go(job with { AgentSha256 = sha256 }, JobStep.Restarting, DeploymentStatus.Deploying, 100);
        return null;
    }

    private async Task<RunResult?> RestartAsync(Job job, CancellationToken stop)
    {
        string executable = _options().Executable ?? throw new TryFailedException("This agent is not to be replaced", isHopeless: true);
        if (_updates.IsPutBack(job.AgentSha256!))
        {
            Refuse(job, job.AgentSha256!, "Its agent did not reach the server and the previous one was put back; the release itself runs");
            _updates.Forget();
            return null;
        }

        if (_isNewAgent)
        {
            // It has proved itself when the server took a word of it. Of what came by hand the server hears nothing, and there may be none.
            Change(static state => state, state => Compose(state, job, DeploymentStatus.Deploying, 100));
            Task confirmed = job.Notice.IsByHand ? Task.WhenAny(_confirmed.Task, _reached.Task) : _confirmed.Task;
            TimeSpan limit = job.Notice.IsByHand ? s_byHand : _options().ConfirmLimit;
            Task first = await Task.WhenAny(confirmed, Task.Delay(limit, _parts.Clock, stop)).ConfigureAwait(false);
            stop.ThrowIfCancellationRequested();
            if (first != confirmed && !job.Notice.IsByHand)
            {
                return new RunResult(RunEnd.Restart, "The new agent did not reach the server");
            }

            // In this order: a note that outlives its deployment would have a good agent put back.
            _updates.Forget();
            _isNewAgent = false;
            End(job, DeploymentStatus.Completed, null);
            return null;
        }

        if (!_updates.IsInPlace(executable, job.AgentSha256!))
        {
            string? newer = _updates.FindNewer(_parts.Folder.Release(job.Notice.Id), _options(), out string sha256);
            if (newer is null || sha256 != job.AgentSha256)
            {
                Go(job with { AgentSha256 = null }, JobStep.Agent);
                return null;
            }

            _updates.Stage(newer, executable);
            _updates.Swap(executable, sha256);
        }

        _parts.Log.LogInformation("A newer agent takes over");
        return new RunResult(RunEnd.Restart);
    }

    private void Refuse(Job job, string sha256, string error)
    {
        const int MaxRefused = 10;
        lock (_gate)
        {
            // One step with the end: there is no instant at which one is known without the other.
            _state = _state! with { RefusedAgents = [.. _state.RefusedAgents.TakeLast(MaxRefused - 1), sha256] };
        }

        End(job, DeploymentStatus.Failed, error);
    }

    /// <summary>A try failed: back to the release that runs, when ours had begun to run.</summary>
    private void Fail(Job job, string error, bool isHopeless)
    {
        _parts.Log.LogWarning("Try {Attempt} of {Version} failed: {Error}", job.Attempt, job.Notice.Version, error);
        Job failed = job with { Error = error, IsHopeless = isHopeless, Token = null };
        if (failed.HasBegun)
        {
            Go(failed, JobStep.GoingBack);
        }
        else
        {
            Settle(failed);
        }
    }

    /// <summary>After a try that failed: another one later, or the end.</summary>
    private void Settle(Job job)
    {
        DeployerOptions options = _options();
        if (job.IsHopeless || job.Attempt >= options.Tries)
        {
            End(job, DeploymentStatus.Failed, job.Error);
            return;
        }

        TimeSpan wait = options.TryWait * Math.Pow(2, Math.Clamp(job.Attempt - 1, 0, 10));
        DeploymentStatus status = job.Step switch
        {
            JobStep.Downloading => DeploymentStatus.Downloading,
            JobStep.Extracting => DeploymentStatus.Extracting,
            _ => DeploymentStatus.Deploying,
        };
        Go(
            job with
            {
                Next = job.Step is JobStep.Modules or JobStep.Agent ? job.Step : JobStep.Downloading,
                RetryAt = _parts.Clock.GetUtcNow() + wait,
            },
            JobStep.Waiting,
            status,
            error: $"{job.Error}. Try {job.Attempt + 1} of {options.Tries} follows in {wait.TotalSeconds:0} s");
    }

    private async Task WaitAsync(Job job, CancellationToken cancellation)
    {
        if (job.Next == JobStep.GoingBack)
        {
            // It died too often; what was under way decides what is left to do.
            Job dead = job with { Step = JobStep.Agent, Next = JobStep.Downloading };
            Fail(dead, job.Error!, isHopeless: true);
            return;
        }

        DeployerOptions options = _options();
        TimeSpan longest = options.TryWait * Math.Pow(2, Math.Max(1, options.Tries));
        TimeSpan left = (job.RetryAt ?? DateTimeOffset.MinValue) - _parts.Clock.GetUtcNow();
        if (left > TimeSpan.Zero)
        {
            // Never longer than was meant: the clock may have been set back.
            await Task.Delay(left < longest ? left : longest, _parts.Clock, cancellation).ConfigureAwait(false);
        }

        Go(
            job with { Attempt = job.Attempt + 1, HasBegun = false, RetryAt = null, Next = JobStep.Downloading },
            job.Next);
    }

    /// <summary>Deploys the release again that was current all the time.</summary>
    private async Task<RunResult?> GoBackAsync(Job job, CancellationToken stop)
    {
        Job going = job with { Token = NewToken() };
        Go(going, JobStep.GoingBack);
        if (_state!.Current is not { } current)
        {
            Settle(going with { Token = null, HasBegun = false, Error = $"{job.Error}; there is no release to go back to" });
            return null;
        }

        _parts.Log.LogWarning("Going back to {Version} ({Id})", current.Version, current.Id);
        string script = _folders.PathOf(current.Id, DeployScript);

        // What else is missing its deploy.sh will say; what it can put right it is to put right.
        string? fault = _folders.FindMissingScript(current.Id) is { } missing ? $"{missing} is gone from this computer" : null;
        string? tail = null;
        bool stopped = false;
        if (fault is null && _parts.Files.FileExists(script))
        {
            ScriptResult result = await RunScriptAsync(script, null, going, job.Notice.Id, _options().DeployLimit, stop, current)
                .ConfigureAwait(false);
            (fault, stopped, tail) = (result.Error, result.Stopped, result.Tail);
        }

        if (fault is null)
        {
            // A token of its own: what deploy.sh has started and left running must outlive a check that says no for now.
            going = going with { Token = NewToken() };
            Go(going, JobStep.GoingBack);
            (fault, stopped, string? said) = await AskHealthAsync(going, current.Id, stop, current).ConfigureAwait(false);
            tail = said ?? tail;
        }

        if (stopped)
        {
            return new RunResult(RunEnd.Stopped);
        }

        if (fault is null)
        {
            // It was never turned from it by the agent, but a script may have done it.
            _folders.Switch(current.Id);
        }

        Change(state => state with
        {
            Job = going with { Token = null },
            Current = state.Current! with { IsDoubtful = fault is not null },
        });
        Settle(going with
        {
            Token = null,
            HasBegun = false,
            Tail = fault is null ? job.Tail : Joined(job.Tail, $"--- going back\n{tail}"),
            Error = fault is null
                ? $"{job.Error}; went back to {current.Version}"
                : $"{job.Error}; to go back to {current.Version} failed, too: {fault}",
        });
        return null;
    }

    /// <summary>Asks all that there is to ask, several times.</summary>
    private async Task<(string? Fault, bool Stopped, string? Tail)> AskHealthAsync(
        Job job, string id, CancellationToken stop, ReleaseRecord? rollback = null)
    {
        for (int tries = 1; ; tries++)
        {
            (string? fault, bool stopped, string? tail) = await AskOnceAsync(job, id, stop, rollback).ConfigureAwait(false);
            if (fault is null || stopped || tries >= _options().HealthTries)
            {
                return (fault, stopped, tail);
            }

            try
            {
                await Task.Delay(_options().HealthWait, _parts.Clock, stop).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return (fault, true, tail);
            }
        }
    }

    private async Task<(string? Fault, bool Stopped, string? Tail)> AskOnceAsync(
        Job job, string id, CancellationToken stop, ReleaseRecord? rollback)
    {
        DeployerOptions options = _options();
        string? tail = null;
        string other = rollback is null ? _state!.Current?.Id ?? string.Empty : job.Notice.Id;
        string script = _folders.PathOf(id, HealthScript);
        (string? File, string? Command)[] questions =
            [(_parts.Files.FileExists(script) ? script : null, null), (null, options.HealthCommand)];
        foreach ((string? file, string? command) in questions)
        {
            if (file is null && command is null)
            {
                continue;
            }

            ScriptResult result = await RunScriptAsync(file, command, job, other, options.HealthLimit, stop, rollback)
                .ConfigureAwait(false);
            tail = result.Tail;
            if (result.Error is not null)
            {
                return (result.Error, result.Stopped, tail);
            }
        }

        string? fault = options.HealthUrl is null
            ? null : await _parts.Probe.AskAsync(options.HealthUrl, options.HealthLimit, stop).ConfigureAwait(false);
        return (fault, false, tail);
    }

    /// <summary>What one script printed and what the next one did: at most what a report takes, the end of it.</summary>
    private static string? Joined(string? before, string? after) =>
        before is null ? after
        : after is null ? before
        : ScriptOutput.Clean(before.EndsWith('\n') ? before + after : $"{before}\n{after}");

    /// <summary>Tells the server what a script prints while it runs: whoever waits at the page sees whether it gets on.</summary>
    private Action<string> Tell(Job job)
    {
        DeploymentStatus status = job.Step == JobStep.Checking ? DeploymentStatus.Checking : DeploymentStatus.Deploying;
        return tail =>
        {
            try
            {
                Change(
                    static state => state, state => Compose(state, job with { Tail = Joined(job.Tail, tail) }, status, withLog: true));
            }
            catch (Exception e) when (e is JournalException or IOException or UnauthorizedAccessException)
            {
                // It is news only: the end of the script is written down as ever, or fails as ever.
                LogTrouble($"What the script printed could not be told: {e.Message}");
            }
        };
    }

    private Task<ScriptResult> RunScriptAsync(
        string? file, string? command, Job job, string? other, TimeSpan limit, CancellationToken stop, ReleaseRecord? rollback = null)
    {
        string id = rollback?.Id ?? job.Notice.Id;
        return _parts.Scripts.RunAsync(
            new ScriptRun
            {
                File = file,
                Command = command,
                Folder = _parts.Folder.Release(id),
                Environment = new Dictionary<string, string>
                {
                    ["JAMBOX_FOLDER"] = _parts.Folder.Root,
                    ["JAMBOX_RELEASE"] = id,
                    ["JAMBOX_VERSION"] = rollback?.Version ?? job.Notice.Version,
                    ["JAMBOX_PREVIOUS"] = other ?? string.Empty,
                    ["JAMBOX_ROLLBACK"] = rollback is null && !job.Notice.IsKept ? "0" : "1",
                },
                Limit = limit,
                StopLimit = _options().StopLimit,
                Log = _parts.Folder.Log(job.Notice.Id),
                Token = job.Token!,
                Told = rollback is null ? Tell(job) : null,
            },
            stop);
    }
}
