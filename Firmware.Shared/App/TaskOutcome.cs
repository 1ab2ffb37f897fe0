namespace JamBox.App;

/// <summary>How something that a command asked for, and that takes a while, got on.</summary>
public enum TaskOutcome
{
    /// <summary>Nobody asked.</summary>
    None,

    /// <summary>It is not done yet.</summary>
    Pending,

    /// <summary>It is done.</summary>
    Done,

    /// <summary>It failed so often that the operator should know; it may still be tried.</summary>
    Failed,
}
