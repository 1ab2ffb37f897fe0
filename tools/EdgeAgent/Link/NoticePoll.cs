using JamBox.Edge.Configuration;

using Microsoft.Extensions.Logging;

namespace JamBox.Edge.Link;

/// <summary>
/// Asks the server for the newest notice: at the start, after each connect to the broker, and every now and then besides, for a broker may
/// be set up wrong for years without anybody noticing.
/// </summary>
internal sealed class NoticePoll
{
    /// <summary>Where it lies.</summary>
    public const string Path = "api/deployments/notice";

    /// <summary>Where servers of old have it: the one for all.</summary>
    public const string OldPath = "api/deployment-download/latest/info";

    private static readonly TimeSpan s_denied = TimeSpan.FromMinutes(5);

    private readonly ServerClient _server;
    private readonly NoticeInbox _inbox;
    private readonly Func<AgentSettings> _settings;
    private readonly TimeProvider _clock;
    private readonly Random _random;
    private readonly ILogger _logger;
    private readonly BackOff _backOff;
    private readonly WakeUp _wake = new();
    private volatile string? _said;

    /// <summary>Makes it.</summary>
    public NoticePoll(
        ServerClient server, NoticeInbox inbox, Func<AgentSettings> settings, TimeProvider clock, Random random, ILogger<NoticePoll> logger)
    {
        _server = server;
        _inbox = inbox;
        _settings = settings;
        _clock = clock;
        _random = random;
        _logger = logger;
        _backOff = new BackOff(TimeSpan.FromSeconds(5), TimeSpan.FromMinutes(5), random);
    }

    /// <summary>Happens when the server has answered after it had not.</summary>
    public event Action? Reached;

    /// <summary>When the server last answered; <c>null</c> = not yet.</summary>
    public DateTimeOffset? LastAnswer { get; private set; }

    /// <summary>Why the last question was not answered as it should be; <c>null</c> = it was.</summary>
    public string? Fault => _said;

    /// <summary>Asks at once.</summary>
    public void Wake() => _wake.Set();

    /// <summary>Asks until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (true)
        {
            TimeSpan wait = await AskAsync(stop).ConfigureAwait(false);
            await _wake.WaitAsync(wait, _clock, stop).ConfigureAwait(false);
        }
    }

    /// <summary>Asks once.</summary>
    /// <returns>How long to wait before the next time.</returns>
    internal async Task<TimeSpan> AskAsync(CancellationToken stop)
    {
        TimeSpan usual = BackOff.Jitter(TimeSpan.FromSeconds(_settings().PollSeconds), _random);
        try
        {
            ServerAnswer answer = await _server.GetAsync(Path, null, stop).ConfigureAwait(false);
            if (answer.Status == 404)
            {
                answer = await _server.GetAsync(OldPath, null, stop).ConfigureAwait(false);
            }

            // Of a server without any deployment.
            if (answer.IsSuccess || answer.Status == 404)
            {
                if (answer is { Status: 200, Body.Length: > 0 })
                {
                    _inbox.Offer(answer.Body, "with the server's answer");
                }

                Answered();
                return usual;
            }

            throw answer.ToException("The question for a notice");
        }
        catch (LinkException fault)
        {
            Say(fault.Message);
            TimeSpan wait = fault.Fault == LinkFault.Denied ? s_denied : fault.Wait ?? TimeSpan.Zero;
            TimeSpan own = _backOff.Next();
            own = own > usual ? own : usual;
            return wait > own ? wait : own;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Say($"a notice cannot be kept: {fault.Message}");
            return usual;
        }
    }

    private void Answered()
    {
        bool wasAway = _said is not null || LastAnswer is null;
        _said = null;
        _backOff.Reset();
        LastAnswer = _clock.GetUtcNow();
        if (wasAway)
        {
            _logger.LogInformation("The server answers");
            Reached?.Invoke();
        }
    }

    /// <summary>The same is said once.</summary>
    private void Say(string what)
    {
        if (_said != what)
        {
            _said = what;
            _logger.LogWarning("{Fault}", what);
        }
    }
}
