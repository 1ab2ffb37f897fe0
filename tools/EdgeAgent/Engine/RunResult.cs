namespace JamBox.Edge.Engine;

/// <summary>Why the engine came back.</summary>
public enum RunEnd
{
    /// <summary>Nothing is to be done.</summary>
    Idle,

    /// <summary>It was asked to stop; what was being done goes on at the next start.</summary>
    Stopped,

    /// <summary>A newer agent is in place: end with <see cref="RunResult.RestartExitCode"/>, and be started again.</summary>
    Restart,

    /// <summary>The disk does not let it go on; what was being done goes on when it is called again.</summary>
    Trouble,
}

/// <summary>How a run of the engine ended.</summary>
/// <param name="End">Why.</param>
/// <param name="Message">What the trouble is.</param>
public readonly record struct RunResult(RunEnd End, string? Message = null)
{
    /// <summary>The exit code that asks to be started again (EX_TEMPFAIL).</summary>
    public const int RestartExitCode = 75;
}
