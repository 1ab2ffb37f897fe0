namespace JamBox.Backend.Notifications;

/// <summary>The kinds of alerts: of each, at most one is open per device.</summary>
internal static class AlertType
{
    /// <summary>Silent for 24 h.</summary>
    public const string Offline = "offline";

    /// <summary>More live readings than a box can make.</summary>
    public const string Burst = "burst";

    /// <summary>Counts too low, or the way too bad.</summary>
    public const string Degraded = "degraded";

    /// <summary>Answers do not reach a box as they were sent, or it has another key.</summary>
    public const string Answers = "answers";

    /// <summary>A roll-out has stopped itself.</summary>
    public const string RolloutStopped = NoticeKind.RolloutStopped;

    /// <summary>A gateway could not deploy.</summary>
    public const string DeploymentFailed = NoticeKind.DeploymentFailed;

    /// <summary>Nothing is counted in opening hours though the box is online.</summary>
    public const string NoCounts = "no_counts";

    /// <summary>Counts at night as by day.</summary>
    public const string NightCounts = "night_counts";

    /// <summary>Counts have another level.</summary>
    public const string LevelChanged = "level_changed";

    /// <summary>All of them. The portal has a text for each.</summary>
    public static readonly string[] All =
        [Offline, Burst, Degraded, Answers, RolloutStopped, DeploymentFailed, NoCounts, NightCounts, LevelChanged];
}
