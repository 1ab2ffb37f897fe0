using JamBox.Edge.Configuration;
using JamBox.Edge.Engine;
using JamBox.Edge.Link;

using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace JamBox.Edge.CommandLine;

/// <summary>
/// Carries out a notice of this computer: by the agent that runs, or here, when none does. What happens is told as it happens.
/// </summary>
/// <param name="terminal">The world around.</param>
/// <param name="file">The configuration.</param>
/// <param name="settings">What it says.</param>
internal sealed class LocalWork(AgentTerminal terminal, string file, AgentSettings settings)
{
    private const int MaxNotice = Notice.MaxBytes;

    private static readonly TimeSpan s_round = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan s_taken = TimeSpan.FromSeconds(30);

    private readonly AgentFolder _folder = new(settings.Folder);

    /// <summary>The folder of requests.</summary>
    public string Requests => LocalRequests.FolderIn(settings.Folder);

    /// <summary>What the journal says.</summary>
    /// <exception cref="AgentException">It cannot be read.</exception>
    public AgentState? State => StatusCommand.Read(_folder, out string? fault) is { } state ? state
        : fault is null ? null : throw new AgentException(fault, ExitCode.BadInput);

    /// <summary>
    /// When a notice must be of: just newer than all that were heard of. The time of now could keep out later ones of the server, where the
    /// clocks differ.
    /// </summary>
    public DateTimeOffset NextTimestamp()
    {
        DateTimeOffset? newest = State?.NewestNotice;
        if (Kept() is { } kept)
        {
            newest = newest is null || kept.At > newest ? kept.At : newest;
        }

        return newest is { } known ? known.AddMilliseconds(1) : terminal.Time.GetUtcNow();
    }

    /// <summary>The newest notice that the agent has taken; <c>null</c> = none, or it cannot be read.</summary>
    private Notice? Kept()
    {
        try
        {
            return new DiskFiles().Read(Path.Combine(settings.Folder, "notice.json"), MaxNotice) is { } json ? Notice.Parse(json) : null;
        }
        catch (Exception damaged) when (damaged is NoticeException or IOException)
        {
            // Then the journal is what is known.
            return null;
        }
    }

    /// <summary>Carries it out.</summary>
    /// <param name="json">The notice.</param>
    /// <param name="isJson">The end is told as JSON.</param>
    /// <param name="stop">Ends the waiting; the agent that runs goes on.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public async Task<int> RunAsync(byte[] json, bool isJson, CancellationToken stop)
    {
        Notice notice = Notice.Parse(json);
        AgentLock? held = AgentLock.TryTake(_folder);
        EndedDeployment ended;
        if (held is not null)
        {
            using (held)
            {
                ended = await WorkAsync(notice, isJson, stop).ConfigureAwait(false);
            }
        }
        else
        {
            ended = await AskAsync(notice, json, isJson, stop).ConfigureAwait(false);
        }

        Tell(ended, isJson);
        return ended.Status == DeploymentStatus.Completed ? ExitCode.Done : ExitCode.Refused;
    }

    private void Tell(EndedDeployment ended, bool isJson)
    {
        string status = ended.Status.ToString().ToLowerInvariant();
        if (isJson)
        {
            terminal.Json(writer =>
            {
                writer.WriteStartObject();
                writer.WriteString("id", ended.Id);
                writer.WriteString("version", ended.Version);
                writer.WriteString("status", status);
                writer.WriteString("error", ended.Error);
                writer.WriteEndObject();
            });
        }
        else
        {
            terminal.Out.WriteLine($"{ended.Version} ({ended.Id}) {status}{(ended.Error is { } error ? ": " + error : string.Empty)}");
            if (StatusCommand.LogOf(_folder, ended) is { } log)
            {
                terminal.Out.WriteLine($"what its scripts printed: {log}");
            }
        }
    }

    /// <summary>Does it here.</summary>
    private async Task<EndedDeployment> WorkAsync(Notice notice, bool isJson, CancellationToken stop)
    {
        using LiveSettings live = new(file, terminal.Environment, NullLogger.Instance);

        // Only the program that the service starts may be replaced by a newer one.
        string? program = terminal.Program == AgentPaths.Usual.Program ? terminal.Program : null;
        using AgentParts parts = new(live, program, terminal.Time, NullLoggerFactory.Instance);
        using CancellationTokenSource end = CancellationTokenSource.CreateLinkedTokenSource(stop);
        Task modules = parts.RunModulesAsync(end.Token);

        // There may be no server at all here.
        parts.Deployer.ConfirmAgent();
        Task<RunResult> work = parts.Deployer.RunAsync(notice, stop);
        try
        {
            await FollowAsync(notice, isJson, () => work.IsCompleted || Ended(parts.Deployer.State, notice) is not null, stop)
                .ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The engine is told as well, and ends in order.
        }

        RunResult result = await work.ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
        await modules.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (Ended(parts.Deployer.State ?? State, notice) is { } ended)
        {
            return ended;
        }

        return result.End switch
        {
            RunEnd.Restart => new EndedDeployment(
                notice.Id, notice.Timestamp, DeploymentStatus.Completed, notice.Version, null,
                "the package holds a newer agent: it finishes when the service starts"),
            RunEnd.Stopped => throw new AgentException("interrupted; it goes on when the agent starts", ExitCode.Interrupted),
            _ => throw new AgentException(
                $"it was not carried out: {result.Message ?? "a newer notice of the server is there"}", ExitCode.Refused),
        };
    }

    /// <summary>Has the agent do it that runs.</summary>
    private async Task<EndedDeployment> AskAsync(Notice notice, byte[] json, bool isJson, CancellationToken stop)
    {
        string request = Path.Combine(Requests, notice.Id + ".json");
        SecretsFile.Replace(request, json);
        if (!isJson)
        {
            terminal.Out.WriteLine("the agent that runs has been asked; Ctrl+C ends the waiting, not the deployment");
        }

        long began = terminal.Time.GetTimestamp();
        long idleSince = began;
        TimeSpan most = ((TimeSpan.FromMinutes(settings.DeployMinutes) * 2) + TimeSpan.FromMinutes(60)) * 3;
        EndedDeployment? ended = null;
        await FollowAsync(
            notice, isJson,
            () =>
            {
                AgentState? state = State;
                ended = Ended(state, notice);
                bool isOurs = state?.Job is { } job && job.Notice.Id == notice.Id && job.Notice.Timestamp == notice.Timestamp;
                idleSince = state?.Job is null ? idleSince : terminal.Time.GetTimestamp();
                if (ended is null && !isOurs && state?.NewestNotice >= notice.At)
                {
                    throw new AgentException(
                        "another deployment took its place: 'edge-agent status' says which; say it again if it is still wanted",
                        ExitCode.Refused);
                }

                if (ended is null && terminal.Time.GetElapsedTime(idleSince) > s_taken)
                {
                    if (!File.Exists(request))
                    {
                        if (Kept()?.At >= notice.At)
                        {
                            // It was taken, and will be begun.
                            idleSince = terminal.Time.GetTimestamp();
                            return false;
                        }

                        throw new AgentException(
                            "the agent that runs does not take it: its log says why. Is the clock of this computer right?", ExitCode.Busy);
                    }

                    // What is said now holds: nobody is to carry it out some day.
                    File.Delete(request);
                    throw new AgentException(
                        "the agent that runs does not take it: 'edge-agent status' says what it does", ExitCode.Busy);
                }

                if (ended is null && terminal.Time.GetElapsedTime(began) > most)
                {
                    throw new AgentException(
                        "it has taken too long to be waited for: 'edge-agent status' says what it does", ExitCode.Busy);
                }

                return ended is not null;
            },
            stop).ConfigureAwait(false);
        return ended!;
    }

    private static EndedDeployment? Ended(AgentState? state, Notice notice) =>
        state?.Ended.LastOrDefault(ended => ended.Id == notice.Id && ended.NoticeTimestamp == notice.Timestamp);

    /// <summary>Tells what is being done until it is done.</summary>
    private async Task FollowAsync(Notice notice, bool isJson, Func<bool> isDone, CancellationToken stop)
    {
        string? said = null;
        while (!isDone())
        {
            if (!isJson && StatusCommand.Read(_folder, out _)?.Job is { } job)
            {
                string now = job.Notice.Id == notice.Id
                    ? StatusCommand.Shown(job) : $"waits for what goes on: {StatusCommand.Shown(job)}";
                if (now != said)
                {
                    said = now;
                    terminal.Out.WriteLine(now);
                }
            }

            await Task.Delay(s_round, terminal.Time, stop).ConfigureAwait(false);
        }
    }
}
