namespace JamBox.Modem;

/// <summary>What <see cref="AtChat"/> is doing.</summary>
public enum AtChatState
{
    /// <summary>No command waits.</summary>
    Idle,

    /// <summary>A command waits for the prompt.</summary>
    AwaitsPrompt,

    /// <summary>A command waits for its result and its final line.</summary>
    AwaitsReply,

    /// <summary>How the command ended is known; its final line is given a moment to come.</summary>
    Settles,
}
