namespace JamBox.Backend.Alerts;

/// <summary>Brings messages out by one channel.</summary>
internal interface IAlertSender
{
    /// <summary>The channel.</summary>
    string Channel { get; }

    /// <summary>Whether it is configured.</summary>
    bool IsOn { get; }

    /// <summary>Sends one message; an exception = it did not arrive.</summary>
    Task SendAsync(OutboxMessage message, CancellationToken stopping);
}
