using JamBox.Backend.Insights;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Operation;

/// <summary>Something that is done again and again.</summary>
internal interface IJob
{
    /// <summary>Time between two runs.</summary>
    TimeSpan Period { get; }

    /// <summary>Time between the start of the process and the first run.</summary>
    TimeSpan FirstAfter => Period;

    /// <summary>Does what has gathered.</summary>
    /// <param name="stopping">Set when the process ends.</param>
    Task RunAsync(CancellationToken stopping);
}

/// <summary>
/// Runs what is done without being asked, by the injected clock. A job that is still at work when its time comes again is left alone.
/// Nothing is kept here: what a job has to do stands in the storage, so any process may do it, and a restart forgets nothing.
/// </summary>
internal sealed class JobRunner : IHostedService, IDisposable
{
    private readonly TimeProvider _clock;
    private readonly ILogger<JobRunner> _logger;
    private readonly Job[] _jobs;
    private readonly CancellationTokenSource _stopping = new();
    private bool _disposed;

    /// <summary>Makes the runner.</summary>
    public JobRunner(TimeProvider clock, ILogger<JobRunner> logger, IEnumerable<IJob> jobs)
    {
        _clock = clock;
        _logger = logger;
        _jobs = [.. jobs.Select(static job => new Job(job))];
    }

    /// <inheritdoc/>
    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (Job job in _jobs)
        {
            job.Timer = _clock.CreateTimer(_ => Begin(job), null, job.Work.FirstAfter, job.Work.Period);
        }

        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        foreach (Job job in _jobs)
        {
            job.Timer?.Dispose();
        }

        try
        {
            // What a job is at stands in the storage and is taken up again; nobody waits for a mail server.
            await IdleAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _logger.LogWarning("A job is still at work; the process ends without it");
        }
    }

    /// <summary>Ends when no job is at work.</summary>
    public Task IdleAsync() => Task.WhenAll(_jobs.Select(static job => job.Running));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_disposed)
        {
            return;
        }

        _disposed = true;
        _stopping.Cancel();
        foreach (Job job in _jobs)
        {
            job.Timer?.Dispose();
        }

        _stopping.Dispose();
    }

    private void Begin(Job job)
    {
        Task running;
        lock (job)
        {
            if (!job.Running.IsCompleted || _stopping.IsCancellationRequested)
            {
                return;
            }

            running = job.Running = RunAsync(job.Work);
        }

        if (_clock != TimeProvider.System)
        {
            // A clock of somebody's own stands still meanwhile: the same run gives the same database. RunAsync never throws.
            running.GetAwaiter().GetResult();
        }
    }

    private async Task RunAsync(IJob job)
    {
        try
        {
            await job.RunAsync(_stopping.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The process ends; what was not done is still in the storage.
        }
        catch (Exception away) when (away is StorageBusyException or StorageException { IsOutage: true })
        {
            // The log says it once for all, see StorageOutage; the job comes again.
        }
#pragma warning disable CA1031 // A job that fails must not end the process, and is tried again at its next turn.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            _logger.LogError(failure, "{Job} failed; it is tried again", job.GetType().Name);
        }
    }

    private sealed class Job(IJob work)
    {
        public IJob Work { get; } = work;

        public ITimer? Timer { get; set; }

        public Task Running { get; set; } = Task.CompletedTask;
    }
}
