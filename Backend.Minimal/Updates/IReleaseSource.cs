using JamBox.Backend.Storage;

namespace JamBox.Backend.Updates;

/// <summary>Who decides which release a device may have: the roll-outs. All of it runs within the caller's transaction.</summary>
internal interface IReleaseSource
{
    /// <summary>Chooses for a device that asks.</summary>
    /// <param name="session">The connection; what the device said is already noted.</param>
    /// <param name="report">What the device says of itself.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    ReleaseChoice Choose(SqlSession session, DeviceReport report, long now);

    /// <summary>Whether a device may go on with what it was offered.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="attempt">The attempt, which is open.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    ReleaseStanding StandingOf(SqlSession session, Attempt attempt, long now);

    /// <summary>Is told of every change of an attempt's state, in the transaction of the change.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="attempt">The attempt as it is now.</param>
    /// <param name="now">Milliseconds since 1970.</param>
    void Settle(SqlSession session, Attempt attempt, long now);
}

/// <summary>Which release a device may have, as the roll-outs say.</summary>
/// <param name="FirmwareId">The build; 0 = none.</param>
/// <param name="RolloutId">The roll-out that gives it; 0 = none.</param>
/// <param name="Reason">Why there is none, in one word that devices are told: <c>no_release</c>, <c>not_in_rollout</c>, <c>paused</c> …;
/// null when there is one.</param>
internal readonly record struct ReleaseChoice(long FirmwareId, long RolloutId, string? Reason)
{
    /// <summary>No release.</summary>
    public static ReleaseChoice No(string reason) => new(0, 0, reason);

    /// <summary>A release.</summary>
    public static ReleaseChoice Of(long firmwareId, long rolloutId) => new(firmwareId, rolloutId, null);
}

/// <summary>Whether a release that was offered still is.</summary>
internal enum ReleaseStanding
{
    /// <summary>The device goes on.</summary>
    Offered,

    /// <summary>The device waits.</summary>
    Paused,

    /// <summary>The device drops it.</summary>
    Withdrawn,
}
