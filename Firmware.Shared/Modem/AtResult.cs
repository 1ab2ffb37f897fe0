namespace JamBox.Modem;

/// <summary>How a command ended.</summary>
public enum AtResult
{
    /// <summary>Done, or as good as done.</summary>
    Ok,

    /// <summary>The prompt is there: the modem waits for payload.</summary>
    Prompt,

    /// <summary>The modem refused.</summary>
    Error,

    /// <summary>No final answer in time.</summary>
    Timeout,

    /// <summary>Given up from outside: the modem restarted, or the network is gone.</summary>
    Aborted,
}
