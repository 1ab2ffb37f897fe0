namespace JamBox.Backend.Ota.Rollouts;

/// <summary>What a download that was offered may do now.</summary>
internal enum Standing
{
    /// <summary>Go on.</summary>
    Running,

    /// <summary>Wait: the roll-out is paused, or it is not the time of the day.</summary>
    Paused,

    /// <summary>End: the release was taken back from this box.</summary>
    Withdrawn,
}
