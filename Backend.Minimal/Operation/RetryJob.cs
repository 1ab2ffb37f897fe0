using JamBox.Backend.Storage;

namespace JamBox.Backend.Operation;

/// <summary>When work that failed is tried again.</summary>
/// <param name="FirstMs">Delay after the first failure, ms; it doubles with each further one.</param>
/// <param name="MaxMs">Longest delay, ms.</param>
/// <param name="MaxAttempts">Attempts in all; after the last one the work becomes a dead letter.</param>
internal sealed record RetryRule(long FirstMs, long MaxMs, int MaxAttempts)
{
    /// <summary>More doublings than any delay needs, and none that overflows.</summary>
    private const int MaxDoublings = 20;

    /// <summary>The delay after an attempt, ms.</summary>
    /// <param name="attempts">Attempts so far, from 1.</param>
    public long DelayMs(int attempts) => Math.Min(MaxMs, FirstMs << Math.Clamp(attempts - 1, 0, MaxDoublings));
}

/// <summary>A piece of work that was claimed.</summary>
/// <param name="Item">Its key in its queue.</param>
/// <param name="DeviceId">The device that it concerns; empty = none.</param>
/// <param name="Attempts">Which attempt this is, from 1.</param>
internal abstract record RetryItem(string Item, string DeviceId, int Attempts);

/// <summary>
/// Work that depends on somebody else, and so may fail. It is claimed for a minute, so that no other process does it too, and one that was
/// killed does not keep it; whatever goes wrong, it is tried again later with growing delay, and after the last attempt it becomes a dead
/// letter, which an operator sees. One piece of work that cannot be done never holds up the others.
/// </summary>
/// <typeparam name="TItem">The work.</typeparam>
internal abstract class RetryJob<TItem> : IJob, IRetryQueue
    where TItem : RetryItem
{
    /// <summary>How long a claim holds, ms: longer than any attempt takes.</summary>
    private const long LeaseMs = 60_000;

    /// <summary>Failures in a row after which the others wait for the next turn: whoever is asked is probably away.</summary>
    private const int MaxFailuresInARow = 3;

    private readonly RetryRule _rule;
    private readonly ILogger _logger;
    private string? _said;
    private int _failures;

    /// <summary>Makes the job.</summary>
    protected RetryJob(Store store, TimeProvider clock, ILogger logger, RetryRule rule)
    {
        Store = store;
        Clock = clock;
        _logger = logger;
        _rule = rule;
    }

    /// <inheritdoc/>
    public abstract string Queue { get; }

    /// <inheritdoc/>
    public abstract TimeSpan Period { get; }

    /// <summary>The storage.</summary>
    protected Store Store { get; }

    /// <summary>The clock.</summary>
    protected TimeProvider Clock { get; }

    /// <summary>Whether there is anybody to ask.</summary>
    protected virtual bool IsOn => true;

    /// <inheritdoc/>
    public async Task RunAsync(CancellationToken stopping)
    {
        int failures = 0;
        while (IsOn
            && failures < MaxFailuresInARow
            && !stopping.IsCancellationRequested
            && await Store.ReadAsync(Now(), IsAnyDue).ConfigureAwait(false))
        {
            IReadOnlyList<TItem> claimed = await Store.WriteAsync((Now(), LeaseUntil()), Claim).ConfigureAwait(false);
            if (claimed.Count == 0)
            {
                // Another process was faster.
                return;
            }

            failures = await TryAsync(claimed, stopping).ConfigureAwait(false) ? 0 : failures + 1;
        }
    }

    /// <inheritdoc/>
    public abstract int Revive(SqlSession session, string item, long now);

    /// <inheritdoc/>
    public abstract int Drop(SqlSession session, string item);

    /// <summary>Makes an attempt at work that was claimed.</summary>
    /// <returns>Whether it is done.</returns>
    protected async Task<bool> TryAsync(IReadOnlyList<TItem> claimed, CancellationToken stopping)
    {
        try
        {
            if (claimed[0].Attempts > _rule.MaxAttempts)
            {
                throw new InvalidOperationException("The last attempt had no end: was the process killed by it?");
            }

            await WorkAsync(claimed, stopping).ConfigureAwait(false);
            NoteSuccess();
            return true;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // The process ends. The claim runs out, and somebody takes it up.
            throw;
        }
#pragma warning disable CA1031 // Whatever it is, it must not be tried again at once, nor for ever, nor keep other work waiting.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            foreach (TItem item in claimed)
            {
                NoteFailure(item, failure.Message);
                await Store.WriteAsync((this, item, Now(), failure.Message), Fail).ConfigureAwait(false);
            }

            return false;
        }
    }

    /// <summary>Whether anything is due.</summary>
    protected abstract bool IsAnyDue(SqlSession session, long now);

    /// <summary>Takes what is due and belongs together: counts an attempt, and sets when it would be due again.</summary>
    /// <returns>Empty when nothing is due.</returns>
    protected abstract IReadOnlyList<TItem> Claim(SqlSession session, (long Now, long Until) turn);

    /// <summary>Does it, and notes that it is done. Any exception = it is not.</summary>
    protected abstract Task WorkAsync(IReadOnlyList<TItem> claimed, CancellationToken stopping);

    /// <summary>Sets when it is due again; <see cref="DeadLetterSql.Parked"/> = never by itself.</summary>
    protected abstract int Postpone(SqlSession session, (TItem Item, long NextAt, string Error) failed);

    /// <summary>Until when a claim of now holds, milliseconds since 1970.</summary>
    protected long LeaseUntil() => Now() + LeaseMs;

    /// <summary>Milliseconds since 1970.</summary>
    protected long Now() => Clock.GetUtcNow().ToUnixTimeMilliseconds();

    /// <summary>
    /// Whoever is asked may be away for days: that is said once, and not again for each try until it works, or another reason comes.
    /// </summary>
    private void NoteFailure(TItem item, string reason)
    {
        _failures++;
        LogLevel level = reason == _said ? LogLevel.Debug : LogLevel.Warning;
        _said = reason;
        _logger.Log(level, "{Queue} {Item} failed, attempt {Attempt}: {Reason}", Queue, item.Item, item.Attempts, reason);
    }

    private void NoteSuccess()
    {
        if (_said is not null)
        {
            _logger.LogInformation("{Queue} works again; {Failures} attempts had failed", Queue, _failures);
            _said = null;
            _failures = 0;
        }
    }

    private static int Fail(SqlSession session, (RetryJob<TItem> Job, TItem Item, long Now, string Error) failed)
    {
        (RetryJob<TItem> job, TItem item, long now, string error) = failed;
        if (item.Attempts < job._rule.MaxAttempts)
        {
            return job.Postpone(session, (item, now + job._rule.DelayMs(item.Attempts), error));
        }

        DeadLetterSql.Add(session, job.Queue, item, error, now);
        return job.Postpone(session, (item, DeadLetterSql.Parked, error));
    }
}

/// <summary>Where work waits, as those see it who retry or drop what died.</summary>
internal interface IRetryQueue
{
    /// <summary>Its name: one word.</summary>
    string Queue { get; }

    /// <summary>Makes dead work due again, with all its attempts.</summary>
    /// <returns>0 when it is there no longer.</returns>
    int Revive(SqlSession session, string item, long now);

    /// <summary>Forgets dead work.</summary>
    /// <returns>0 when it is there no longer.</returns>
    int Drop(SqlSession session, string item);
}

/// <summary>Adds jobs that retry.</summary>
internal static class RetryJobs
{
    /// <summary>Adds a job, with the queue that it empties.</summary>
    /// <typeparam name="TJob">The job.</typeparam>
    public static void AddRetryJob<TJob>(this IServiceCollection services, Func<IServiceProvider, TJob> make)
        where TJob : class, IJob, IRetryQueue
    {
        // One object under three names.
        object gate = new();
        TJob? made = null;
        TJob Get(IServiceProvider provider)
        {
            lock (gate)
            {
                return made ??= make(provider);
            }
        }

        services.AddSingleton(Get);
        services.AddSingleton<IJob>(Get);
        services.AddSingleton<IRetryQueue>(Get);
    }
}
