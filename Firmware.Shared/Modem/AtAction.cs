namespace JamBox.Modem;

/// <summary>What a line means for the command that waits.</summary>
public enum AtAction
{
    /// <summary>Nothing: the line is a report for the owner of the chat.</summary>
    Report,

    /// <summary>Final <c>OK</c>.</summary>
    Ok,

    /// <summary>The line that the command is about; with <see cref="Ok"/>, before or after it, the command has succeeded.</summary>
    Result,

    /// <summary>An error in words that is as good as success; its final line may follow.</summary>
    Accept,

    /// <summary>The command has failed; its final line may follow, and must not be taken for that of the next command.</summary>
    Refuse,

    /// <summary>Final error.</summary>
    Error,
}
