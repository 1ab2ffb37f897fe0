namespace JamBox.Edge.Engine;

/// <summary>Runs a package's scripts.</summary>
public interface IScripts
{
    /// <summary>
    /// Runs a script to its end, or to its limit: then it and all that it started are killed. When the agent dies, they are killed, too.
    /// </summary>
    /// <param name="run">What, where and how long.</param>
    /// <param name="stop">The agent is to stop: the script still has <see cref="ScriptRun.StopLimit"/>.</param>
    /// <returns>How it ended; never throws because of what the script does.</returns>
    Task<ScriptResult> RunAsync(ScriptRun run, CancellationToken stop);

    /// <summary>
    /// Waits until nothing is left of a script that ran when the agent died before; kills it when it does not end by itself.
    /// </summary>
    /// <param name="token">As in its <see cref="ScriptRun.Token"/>.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <returns>When nothing of it runs.</returns>
    Task EndAsync(string token, CancellationToken cancellation);
}

/// <summary>A script that is to run.</summary>
public sealed record ScriptRun
{
    /// <summary>The file (run by <c>sh</c>), or null for a command.</summary>
    public string? File { get; init; }

    /// <summary>The command for <c>sh -c</c>, when there is no file.</summary>
    public string? Command { get; init; }

    /// <summary>Where it runs.</summary>
    public required string Folder { get; init; }

    /// <summary>What it finds in its environment besides the agent's own (of which the agent's settings are taken out).</summary>
    public required IReadOnlyDictionary<string, string> Environment { get; init; }

    /// <summary>How long it may run.</summary>
    public required TimeSpan Limit { get; init; }

    /// <summary>How long it may run still when the agent is to stop.</summary>
    public required TimeSpan StopLimit { get; init; }

    /// <summary>The file to which what it prints is appended (bounded); null for nowhere.</summary>
    public string? Log { get; init; }

    /// <summary>
    /// Called with the end of what it has printed so far, every 15 s in which it printed something; from another thread, and never after
    /// <see cref="IScripts.RunAsync"/> has returned. Null = nobody is told. Must not throw.
    /// </summary>
    public Action<string>? Told { get; init; }

    /// <summary>By which it is known again after a crash of the agent: 32 hex digits, other ones for each run.</summary>
    public required string Token { get; init; }
}

/// <summary>How a script ended.</summary>
/// <param name="Error">
/// Null when it succeeded (exit code 0); else a sentence: "deploy.sh ended with 3", "… was killed after 15 min".
/// </param>
/// <param name="Stopped">It was killed because the agent is to stop: no fault of it.</param>
/// <param name="Tail">The end of what it printed, at most 16 KB.</param>
public sealed record ScriptResult(string? Error, bool Stopped, string Tail);
