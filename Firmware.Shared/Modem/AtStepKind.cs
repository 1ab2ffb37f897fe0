namespace JamBox.Modem;

/// <summary>What a step of a script is.</summary>
public enum AtStepKind
{
    /// <summary>A command and its answer, nothing more.</summary>
    Command,

    /// <summary>The sign of life: a modem that does not give it may still wait for payload, and is fed.</summary>
    Synchronize,

    /// <summary>The command restarts the modem.</summary>
    Restart,

    /// <summary>The command is repeated until the modem is registered.</summary>
    Register,

    /// <summary>The command closes the network; only when the network closed unexpectedly.</summary>
    CloseLostNetwork,

    /// <summary>The command asks for the address; AT+CGDCONT? is asked when it gives none.</summary>
    Address,

    /// <summary>The command makes the modem keep what it receives until it is fetched.</summary>
    Buffered,
}
