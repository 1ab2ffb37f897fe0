namespace JamBox.Backend.Notifications;

/// <summary>The kinds of notifications: what a user chooses among.</summary>
internal static class NoticeKind
{
    /// <summary>A device is silent.</summary>
    public const string Offline = "offline";

    /// <summary>A device that was silent is back.</summary>
    public const string Online = "online";

    /// <summary>A thing's battery is low.</summary>
    public const string LowBattery = "low_battery";

    /// <summary>A value of a thing has crossed its threshold.</summary>
    public const string Threshold = "threshold";

    /// <summary>A device could not update, or went back to the version before.</summary>
    public const string UpdateFailed = "update_failed";

    /// <summary>A gateway could not deploy.</summary>
    public const string DeploymentFailed = "deployment_failed";

    /// <summary>A device sends more than it can.</summary>
    public const string Burst = "burst";

    /// <summary>Counts too low, or the way too bad.</summary>
    public const string Degraded = "degraded";

    /// <summary>A roll-out has stopped.</summary>
    public const string RolloutStopped = "rollout_stopped";

    /// <summary>A box counts oddly: nothing, at night as by day, or on another level.</summary>
    public const string Counting = "counting";

    /// <summary>All of them.</summary>
    public static readonly string[] All =
        [Offline, Online, LowBattery, Threshold, UpdateFailed, DeploymentFailed, Burst, Degraded, RolloutStopped, Counting];
}

/// <summary>Something of which people are told.</summary>
/// <param name="Kind">One of <see cref="NoticeKind"/>.</param>
/// <param name="State"><see cref="Raised"/> or <see cref="Recovered"/>.</param>
/// <param name="DeviceId">The device; of a roll-out, <c>rollout</c> and its id.</param>
/// <param name="Message">What happened, in a sentence.</param>
/// <param name="At">Milliseconds since 1970.</param>
internal sealed record Notice(string Kind, string State, string DeviceId, string Message, long At)
{
    /// <summary>It is so.</summary>
    public const string Raised = "raised";

    /// <summary>It is no longer so.</summary>
    public const string Recovered = "recovered";

    /// <summary>The alert that it is about; 0 = none.</summary>
    public long AlertId { get; init; }

    /// <summary>The kind of that alert: of a device that is back, <c>offline</c>.</summary>
    public string AlertType { get; init; } = Kind;
}
