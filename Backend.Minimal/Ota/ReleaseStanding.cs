namespace JamBox.Backend.Ota;

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
