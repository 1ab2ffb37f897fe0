namespace JamBox.Backend.Ota.Rollouts;

/// <summary>The names of a roll-out's states, as they are stored and shown.</summary>
internal static class RolloutState
{
    /// <summary>Made, not started.</summary>
    public const string Draft = "draft";

    /// <summary>Starts by itself when its time comes.</summary>
    public const string Scheduled = "scheduled";

    /// <summary>In stage 0.</summary>
    public const string Canary = "canary";

    /// <summary>In a later stage.</summary>
    public const string Rolling = "rolling";

    /// <summary>Through all stages. Boxes that come late still get the release.</summary>
    public const string Done = "done";

    /// <summary>Held by an operator: nothing is offered, what is under way waits.</summary>
    public const string Paused = "paused";

    /// <summary>Ended by an operator, or by a newer roll-out. Final.</summary>
    public const string Aborted = "aborted";

    /// <summary>Ended by too many failures. Final.</summary>
    public const string Stopped = "stopped";

    /// <summary>All of them.</summary>
    public static readonly string[] All = [Draft, Scheduled, Canary, Rolling, Done, Paused, Aborted, Stopped];

    /// <summary>Whether it goes from stage to stage.</summary>
    public static bool IsRunning(string state) => state is Canary or Rolling;

    /// <summary>Whether it has begun and is not over: there is one such roll-out per hardware id.</summary>
    public static bool IsActive(string state) => state is Canary or Rolling or Paused;

    /// <summary>Whether nothing can ever follow.</summary>
    public static bool IsFinal(string state) => state is Aborted or Stopped;

    /// <summary>The state of a roll-out that is in a stage.</summary>
    public static string OfStage(int stage) => stage == 0 ? Canary : Rolling;
}
