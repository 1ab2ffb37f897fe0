namespace JamBox.Edge.Modules;

/// <summary>What a module last said of its version.</summary>
/// <param name="Version">The version; null = nothing was heard.</param>
/// <param name="Messages">How often it has said a version since the agent runs: one that starts says it anew.</param>
public readonly record struct VersionSeen(string? Version, long Messages);

/// <summary>The versions of modules, as far as they are heard.</summary>
public interface IModuleVersions
{
    /// <summary>Whether versions can be heard at all.</summary>
    bool AreHeard { get; }

    /// <summary>What a module said last.</summary>
    /// <param name="hostname">Its name in the network; large and small letters are the same.</param>
    VersionSeen Of(string hostname);

    /// <summary>Waits until a module says something.</summary>
    /// <param name="hostname">Its name.</param>
    /// <param name="after">What it had said (<see cref="VersionSeen.Messages"/>).</param>
    /// <param name="limit">How long.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>What it said; what it had said when the time is over.</returns>
    Task<VersionSeen> WaitAsync(string hostname, long after, TimeSpan limit, CancellationToken cancel);
}

/// <summary>The versions that the modules' messages bring.</summary>
public sealed class VersionBook : IModuleVersions
{
    private const int MaxModules = 4096;

    private readonly Lock _gate = new();
    private readonly Dictionary<string, Page> _pages = new(StringComparer.OrdinalIgnoreCase);
    private readonly TimeProvider _time;

    /// <summary>Makes it.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="areHeard">Whether there is a broker to hear them from.</param>
    public VersionBook(TimeProvider time, bool areHeard)
    {
        _time = time;
        AreHeard = areHeard;
    }

    /// <inheritdoc/>
    public bool AreHeard { get; }

    /// <summary>Takes a message.</summary>
    /// <param name="topic">Its topic.</param>
    /// <param name="payload">What it says.</param>
    /// <param name="isRetained">
    /// Whether the broker had kept it: then it is news only when it says something else than before. A broker gives it at every connection.
    /// </param>
    public void Take(string topic, ReadOnlyMemory<byte> payload, bool isRetained)
    {
        if (VersionMessage.HostnameOf(topic) is not { } hostname || VersionMessage.Parse(payload) is not { } version)
        {
            return;
        }

        TaskCompletionSource? waiting;
        lock (_gate)
        {
            if (!_pages.TryGetValue(hostname, out Page? page))
            {
                if (_pages.Count >= MaxModules)
                {
                    // Somebody fills the broker with names: those that are known go on.
                    return;
                }

                page = new Page();
                _pages.Add(hostname, page);
            }

            if (isRetained && page.Seen.Version == version)
            {
                return;
            }

            page.Seen = new VersionSeen(version, page.Seen.Messages + 1);
            waiting = page.Changed;
            page.Changed = null;
        }

        waiting?.TrySetResult();
    }

    /// <inheritdoc/>
    public VersionSeen Of(string hostname)
    {
        lock (_gate)
        {
            return _pages.TryGetValue(hostname, out Page? page) ? page.Seen : default;
        }
    }

    /// <inheritdoc/>
    public async Task<VersionSeen> WaitAsync(string hostname, long after, TimeSpan limit, CancellationToken cancel)
    {
        Task changed;
        lock (_gate)
        {
            if (!_pages.TryGetValue(hostname, out Page? page))
            {
                page = new Page();
                _pages.Add(hostname, page);
            }

            if (page.Seen.Messages > after || !AreHeard)
            {
                return page.Seen;
            }

            page.Changed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            changed = page.Changed.Task;
        }

        try
        {
            await changed.WaitAsync(limit, _time, cancel).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // It said nothing.
        }

        return Of(hostname);
    }

    private sealed class Page
    {
        public VersionSeen Seen { get; set; }

        public TaskCompletionSource? Changed { get; set; }
    }
}
