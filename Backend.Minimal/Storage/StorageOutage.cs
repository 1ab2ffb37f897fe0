using System.Diagnostics;
using System.Globalization;

namespace JamBox.Backend.Storage;

/// <summary>
/// A time in which the storage does not answer. It is said once in the log when it begins and once when it is over, with how long it
/// took and how many requests it cost: a line each for whoever was refused would bury the one that matters.
/// </summary>
internal sealed class StorageOutage
{
    private static readonly TimeSpan s_busyEvery = TimeSpan.FromMinutes(1);

    private readonly ILogger? _logger;
    private readonly Lock _gate = new();
    private volatile string? _reason;
    private long _since;
    private long _refused;
    private long _busyAt;

    /// <summary>Makes it: over.</summary>
    /// <param name="logger">Where it is said; null = nowhere.</param>
    /// <param name="isWatched">Whether somebody looks for its end; else none begins, and each request finds out for itself.</param>
    public StorageOutage(ILogger? logger, bool isWatched)
    {
        _logger = logger;
        IsWatched = isWatched;
    }

    /// <summary>Whether somebody looks for its end.</summary>
    public bool IsWatched { get; }

    /// <summary>Why the storage does not answer; null when it does.</summary>
    public string? Reason => _reason;

    /// <summary>How long it lasts already; zero when there is none.</summary>
    public TimeSpan Duration => _reason is null ? TimeSpan.Zero : Stopwatch.GetElapsedTime(_since);

    /// <summary>Throws when the storage is known not to answer: nobody waits for what will not come.</summary>
    /// <exception cref="StorageException">It is.</exception>
    public void ThrowIfOn()
    {
        if (_reason is { } reason)
        {
            throw Refusal(reason);
        }
    }

    /// <summary>What somebody is told who is turned away; counted.</summary>
    public StorageException Refusal(string reason)
    {
        Interlocked.Increment(ref _refused);
        return new StorageException(reason, 0, isOutage: true);
    }

    /// <summary>It begins; nothing new when it has.</summary>
    /// <param name="reason">What is wrong, for the operator; no line breaks.</param>
    public void Begin(string reason)
    {
        lock (_gate)
        {
            if (_reason is not null || !IsWatched)
            {
                return;
            }

            _since = Stopwatch.GetTimestamp();
            _reason = reason.ReplaceLineEndings(" ");
        }

        _logger?.LogError("The storage does not answer: {Reason}. Requests that need it get 503 until it does", _reason);
    }

    /// <summary>A change takes long, and what waits behind it is refused: said once a minute at most.</summary>
    public void NoteBusy()
    {
        lock (_gate)
        {
            if (_busyAt != 0 && Stopwatch.GetElapsedTime(_busyAt) < s_busyEvery)
            {
                return;
            }

            _busyAt = Stopwatch.GetTimestamp();
        }

        _logger?.LogWarning("A change takes longer than a second; what waits behind it gets 503");
    }

    /// <summary>It is over.</summary>
    public void End()
    {
        TimeSpan duration;
        long refused;
        lock (_gate)
        {
            if (_reason is null)
            {
                return;
            }

            duration = Stopwatch.GetElapsedTime(_since);
            refused = Interlocked.Exchange(ref _refused, 0);
            _reason = null;
        }

        _logger?.LogWarning(
            "The storage answers again after {Seconds} s; {Refused} requests were refused meanwhile",
            duration.TotalSeconds.ToString("F1", CultureInfo.InvariantCulture), refused);
    }
}
