using JamBox.Edge.Configuration;
using JamBox.Edge.Engine;
using JamBox.Edge.Link;

using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace JamBox.Edge.CommandLine;

/// <summary>The agent at work: all its loops, until one of them ends or it is told to stop.</summary>
/// <param name="live">The settings.</param>
/// <param name="program">This program's file; <c>null</c> = it is not one file, and is not replaced.</param>
/// <param name="clock">The time.</param>
/// <param name="loggers">Where things are said.</param>
/// <param name="host">The process.</param>
internal sealed class AgentWorker(
    LiveSettings live, string? program, TimeProvider clock, ILoggerFactory loggers, IHostApplicationLifetime host) : BackgroundService
{
    /// <summary>EX_SOFTWARE: what never happens has happened; systemd starts it again.</summary>
    private const int Broken = 70;

    /// <summary>How long an agent that is on its way out may keep the lock: a command may be looking at it, too.</summary>
    private static readonly TimeSpan s_lock = TimeSpan.FromSeconds(15);

    private static readonly TimeSpan s_state = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_news = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_lastWords = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_alive = TimeSpan.FromMinutes(3);

    private readonly ILogger _logger = loggers.CreateLogger<AgentWorker>();
    private readonly DateTimeOffset _startedAt = clock.GetUtcNow();
    private long _turned = clock.GetTimestamp();

    /// <summary>One of <see cref="CommandLine.ExitCode"/>, once it has ended.</summary>
    public int ExitCode { get; private set; }

    /// <summary>Whether its loops turn.</summary>
    public bool IsAlive => clock.GetElapsedTime(Interlocked.Read(ref _turned)) < s_alive;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // What comes before the first wait would hold up the start of the process.
        await Task.Yield();
        try
        {
            ExitCode = await WorkAsync(stoppingToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // It was told to.
        }
#pragma warning disable CA1031 // Whatever it was: nobody comes by, so the process ends with its reason, and is started again.
        catch (Exception fault) when (fault is not OutOfMemoryException)
#pragma warning restore CA1031
        {
            _logger.LogCritical(fault, "The agent ends, and is to be started again");
            ExitCode = Broken;
        }

        host.StopApplication();
    }

    private async Task<int> WorkAsync(CancellationToken stop)
    {
        AgentFolder folder = new(live.Current.Folder);
        AgentLock? held;
        try
        {
            held = await LockAsync(folder, stop).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _logger.LogError(
                "The agent cannot work in {Folder}: {Fault}. Is 'folder' in {Config} right, and may this user write there?", folder.Root,
                fault.Message.TrimEnd('.'), live.File);
            return CommandLine.ExitCode.BadInput;
        }

        if (held is null)
        {
            _logger.LogError("Another agent works in {Folder}: two would get in each other's way", folder.Root);
            return CommandLine.ExitCode.Busy;
        }

        using AgentLock own = held;
        using AgentParts parts = new(live, program, clock, loggers);
        LocalRequests.Create(LocalRequests.FolderIn(folder.Root));
        DeploymentLoop deployments = new(parts.Deployer, clock, loggers.CreateLogger<DeploymentLoop>());
        Heartbeat heartbeat = new(
            parts.Server, live, AgentVersion.Text, clock, Random.Shared, loggers.CreateLogger<Heartbeat>());
        BrokerLink broker = new(
            live, (topic, payload, _) => Take(parts, heartbeat, topic, payload), clock, Random.Shared, loggers.CreateLogger<BrokerLink>());
        NoticePoll poll = new(
            parts.Server, parts.Inbox, () => live.Current, clock, Random.Shared, loggers.CreateLogger<NoticePoll>());
        ReportSender sender = new(
            parts.Reports, parts.Server, broker, clock, Random.Shared, loggers.CreateLogger<ReportSender>());
        LocalRequests requests = new(
            LocalRequests.FolderIn(folder.Root), parts.Inbox, () => parts.Deployer.State is { Job: null }, clock,
            loggers.CreateLogger<LocalRequests>());

        // What one of them hears is of use to the others.
        parts.Inbox.Arrived += deployments.Offer;
        broker.Connected += poll.Wake;
        live.Changed += _ => poll.Wake();
        broker.Connected += sender.Wake;
        poll.Reached += sender.Wake;
        sender.Delivered += parts.Deployer.ConfirmAgent;
        poll.Reached += parts.Deployer.Reach;
        if (parts.Inbox.Newest is { } kept)
        {
            deployments.Offer(kept);
        }

        live.Watch(clock);
        _logger.LogInformation(
            "Agent {Version} of gateway {Gateway} at {Server}", AgentVersion.Text, live.Current.Gateway, live.Current.Server);
        using CancellationTokenSource end = new();
        Task<bool> deploying = deployments.RunAsync(stop);
        Task[] others =
        [
            broker.RunAsync(end.Token), poll.RunAsync(end.Token), sender.RunAsync(end.Token), heartbeat.RunAsync(end.Token),
            requests.RunAsync(end.Token), WriteStateAsync(parts, poll, broker, end.Token), parts.RunModulesAsync(end.Token),
        ];
        Task first = await Task.WhenAny([deploying, .. others]).ConfigureAwait(false);
        if (first != deploying)
        {
            // Says why.
            await first.ConfigureAwait(false);
            throw new InvalidOperationException("A loop of the agent has ended without being told to");
        }

        // A script that runs has its time; who talks to the server goes on meanwhile.
        bool isRestart = await deploying.ConfigureAwait(false);
        await end.CancelAsync().ConfigureAwait(false);
        await Task.WhenAll(others).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        await LastWordsAsync(sender).ConfigureAwait(false);
        Write(parts, StateOf(parts, poll, broker) with { IsBrokerConnected = false, HasEnded = !isRestart });
        return isRestart ? CommandLine.ExitCode.Restart : CommandLine.ExitCode.Done;
    }

    private static async Task LastWordsAsync(ReportSender sender)
    {
        using CancellationTokenSource limit = new(s_lastWords);
        try
        {
            await sender.FlushAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // They are on the disk, and go out after the next start.
        }
    }

    private async Task<AgentLock?> LockAsync(AgentFolder folder, CancellationToken stop)
    {
        long began = clock.GetTimestamp();
        while (true)
        {
            if (AgentLock.TryTake(folder) is { } held)
            {
                return held;
            }

            if (clock.GetElapsedTime(began) > s_lock)
            {
                return null;
            }

            await Task.Delay(TimeSpan.FromMilliseconds(250), clock, stop).ConfigureAwait(false);
        }
    }

    private ValueTask Take(AgentParts parts, Heartbeat heartbeat, string topic, ReadOnlyMemory<byte> payload)
    {
        (string all, string own, string config, _) = BrokerLink.Topics(live.Current);
        if (topic == all || topic == own)
        {
            parts.Inbox.Offer(payload.Span, topic == own ? "from the broker, for this gateway" : "from the broker, for all");
        }
        else if (topic == config && payload.Length > 0)
        {
            foreach (string refused in live.TakeFromServer(payload))
            {
                _logger.LogWarning("Of the configuration that the server wants this is not taken: {Fault}", refused);
            }

            heartbeat.TellAgain();
        }

        return ValueTask.CompletedTask;
    }

    private async Task WriteStateAsync(AgentParts parts, NoticePoll poll, BrokerLink broker, CancellationToken stop)
    {
        using PeriodicTimer timer = new(s_news, clock);
        LinkState? written = null;
        do
        {
            Interlocked.Exchange(ref _turned, clock.GetTimestamp());
            LinkState state = StateOf(parts, poll, broker);
            if (state.IsNews(written) || state.WrittenAt - written!.WrittenAt >= s_state || state.WrittenAt < written.WrittenAt)
            {
                Write(parts, state);
                written = state;
            }
        }
        while (await timer.WaitForNextTickAsync(stop).ConfigureAwait(false));
    }

    private LinkState StateOf(AgentParts parts, NoticePoll poll, BrokerLink broker) => new(
        clock.GetUtcNow(), _startedAt, AgentVersion.Text, poll.LastAnswer, broker.IsConnected,
        parts.Reports.Count + parts.Deployer.Undelivered, live.Fault, poll.Fault, HasEnded: false);

    private void Write(AgentParts parts, LinkState state)
    {
        try
        {
            state.Write(parts.Files, parts.Folder.Root);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            _logger.LogWarning("The agent's state cannot be written: {Fault}", fault.Message);
        }
    }
}
