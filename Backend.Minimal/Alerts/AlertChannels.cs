namespace JamBox.Backend.Alerts;

/// <summary>The ways in which an alert goes out. A message is queued for each; one that is not configured is struck off when its turn comes.</summary>
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
