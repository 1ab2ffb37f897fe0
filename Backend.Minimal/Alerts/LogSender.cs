namespace JamBox.Backend.Alerts;

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
    public Task SendAsync(OutboxMessage message, CancellationToken stopping)
    {
        _logger.LogWarning("Alert {Alert}", message.Body);
        return Task.CompletedTask;
    }
}
