using Microsoft.Extensions.Logging;

namespace JamBox.Edge.Link;

/// <summary>
/// Sends what waits, in its order: over HTTP, and where that does not get through over MQTT. It asks again and again, ever more slowly,
/// until the server has it or says that it will never take it.
/// </summary>
internal sealed class ReportSender
{
    /// <summary>Where reports go.</summary>
    public const string Path = "api/deployments/status";

    /// <summary>How often a report may be called unknown before it is believed: the server may be in the middle of being set up.</summary>
    private const int MaxMissing = 5;

    private static readonly TimeSpan s_denied = TimeSpan.FromMinutes(2);

    private readonly ReportQueue _queue;
    private readonly ServerClient _server;
    private readonly IReportChannel? _other;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly BackOff _backOff;
    private readonly WakeUp _wake = new();
    private (long Seq, int Times) _missing;
    private string? _said;

    /// <summary>Makes it.</summary>
    /// <param name="queue">What waits.</param>
    /// <param name="server">The server.</param>
    /// <param name="other">A second way; <c>null</c> = none.</param>
    /// <param name="clock">Measures waits.</param>
    /// <param name="random">Chance.</param>
    /// <param name="logger">Where it is said what the server does not take.</param>
    public ReportSender(
        ReportQueue queue, ServerClient server, IReportChannel? other, TimeProvider clock, Random random, ILogger<ReportSender> logger)
    {
        _queue = queue;
        _server = server;
        _other = other;
        _clock = clock;
        _logger = logger;
        _backOff = new BackOff(TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5), random);
    }

    /// <summary>
    /// Happens when the server, or the broker, has taken a report; also when the server has read one and does not know its deployment any
    /// more.
    /// </summary>
    public event Action? Delivered;

    /// <summary>The server can be reached again: whoever waits need not.</summary>
    public void Wake() => _wake.Set();

    /// <summary>Sends until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            await _queue.WaitAsync(stop).ConfigureAwait(false);
            if (await SendOldestAsync(stop).ConfigureAwait(false) is { } wait)
            {
                await _wake.WaitAsync(wait, _clock, stop).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Sends all that waits, for as long as it gets through: before the agent ends.</summary>
    /// <param name="stop">Ends it.</param>
    public async Task FlushAsync(CancellationToken stop)
    {
        while (_queue.Count > 0 && await SendOldestAsync(stop).ConfigureAwait(false) is null)
        {
        }
    }

    /// <returns>How long to wait before the next; <c>null</c> = not at all.</returns>
    private async Task<TimeSpan?> SendOldestAsync(CancellationToken stop)
    {
        try
        {
            if (_queue.Peek() is not { } next)
            {
                return null;
            }

            (ReportOutcome outcome, TimeSpan? wait) = await SendAsync(next.Seq, next.Json, stop).ConfigureAwait(false);
            if (outcome != ReportOutcome.Failed)
            {
                _queue.Remove(next.Seq);
                _backOff.Reset();
                _said = null;
                if (outcome is ReportOutcome.Taken or ReportOutcome.Unknown)
                {
                    Delivered?.Invoke();
                }

                return null;
            }

            TimeSpan own = _backOff.Next();
            return wait > own ? wait : own;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            Say($"The queue of reports cannot be written: {fault.Message}");
            return _backOff.Next();
        }
    }

    private async Task<(ReportOutcome Outcome, TimeSpan? Wait)> SendAsync(long seq, byte[] json, CancellationToken stop)
    {
        LinkException fault;
        try
        {
            ServerAnswer answer = await _server.PostAsync(Path, json, stop).ConfigureAwait(false);
            if (answer.IsSuccess)
            {
                return (ReportOutcome.Taken, null);
            }

            fault = answer.ToException("A report");
            bool isUnknown = fault.Fault == LinkFault.Missing && answer.IsJson && IsMissingForGood(seq);
            if (isUnknown || fault.Fault == LinkFault.Refused)
            {
                _logger.LogWarning("A report was thrown away: {Fault}", fault.Message);
                return (isUnknown ? ReportOutcome.Unknown : ReportOutcome.Refused, null);
            }
        }
        catch (LinkException unreachable)
        {
            fault = unreachable;
        }

        if (fault.Fault == LinkFault.Unreachable && _other is not null && await _other.TrySendAsync(json, stop).ConfigureAwait(false))
        {
            return (ReportOutcome.Taken, null);
        }

        Say(fault.Message);
        return (ReportOutcome.Failed, fault.Fault == LinkFault.Denied ? s_denied : fault.Wait);
    }

    private bool IsMissingForGood(long seq)
    {
        _missing = _missing.Seq == seq ? (seq, _missing.Times + 1) : (seq, 1);
        return _missing.Times >= MaxMissing;
    }

    /// <summary>The same is said once.</summary>
    private void Say(string what)
    {
        if (_said != what)
        {
            _said = what;
            _logger.LogWarning("Reports wait ({Waiting}): {Fault}", _queue.Count, what);
        }
    }
}
