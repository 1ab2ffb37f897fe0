namespace JamBox.Backend.Notifications;

/// <summary>Brings messages out by one channel.</summary>
internal interface IAlertSender
{
    /// <summary>The channel.</summary>
    string Channel { get; }

    /// <summary>Whether it is configured.</summary>
    bool IsOn { get; }

    /// <summary>Messages that go out in one piece, 1 or more.</summary>
    int MaxMessages { get; }

    /// <summary>Sends messages, 1 to <see cref="MaxMessages"/>; an exception = they did not arrive.</summary>
    Task SendAsync(IReadOnlyList<OutboxMessage> messages, CancellationToken stopping);
}

/// <summary>The ways in which an alert goes out. A message is queued for each; one without settings is marked delivered unsent.</summary>
internal static class AlertChannels
{
    /// <summary>A line in the log.</summary>
    public const string Log = "log";

    /// <summary>A signed POST.</summary>
    public const string Webhook = "webhook";

    /// <summary>A mail.</summary>
    public const string Smtp = "smtp";

    /// <summary>All of them.</summary>
    public static readonly string[] All = [Log, Webhook, Smtp];
}

/// <summary>Writes alerts to the log.</summary>
internal sealed class LogSender : IAlertSender
{
    private readonly ILogger<LogSender> _logger;

    /// <summary>Makes the sender.</summary>
    public LogSender(ILogger<LogSender> logger)
    {
        _logger = logger;
    }

    /// <inheritdoc/>
    public string Channel => AlertChannels.Log;

    /// <inheritdoc/>
    public bool IsOn => true;

    /// <inheritdoc/>
    public int MaxMessages => 1;

    /// <inheritdoc/>
    public Task SendAsync(IReadOnlyList<OutboxMessage> messages, CancellationToken stopping)
    {
        _logger.LogWarning("Alert {Alert}", messages[0].Body);
        return Task.CompletedTask;
    }
}
