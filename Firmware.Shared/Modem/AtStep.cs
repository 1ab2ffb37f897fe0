using JamBox.Ports;

namespace JamBox.Modem;

/// <summary>Steps that are gone through in order until one fails.</summary>
public enum AtScript
{
    /// <summary>Production bring-up.</summary>
    BringUp,

    /// <summary>Closes the network and opens it again.</summary>
    ReopenNetwork,

    /// <summary>The 12 steps of provisioning; a step's index is its number less one.</summary>
    Provisioning,

    /// <summary>Signal, operator and contexts, for whoever reads along. The modem is told nothing.</summary>
    Facts,

    /// <summary>One step: the command that asks for the signal as 3GPP TS 27.007 does.</summary>
    Signal,

    /// <summary>One step: the command that restarts the modem, however it ends.</summary>
    Restart,
}

/// <summary>What a step of a script is.</summary>
public enum AtStepKind
{
    /// <summary>A command and its answer, nothing more.</summary>
    Command,

    /// <summary>The sign of life: a modem that does not give it may sleep, or still wait for payload; it is woken and fed.</summary>
    Synchronize,

    /// <summary>The command is followed by those that keep the modem from sleeping; it may refuse any of them.</summary>
    KeepAwake,

    /// <summary>The command restarts the modem.</summary>
    Restart,

    /// <summary>The command is repeated until the modem is registered.</summary>
    Register,

    /// <summary>The command closes the network; only when the network closed unexpectedly.</summary>
    CloseLostNetwork,

    /// <summary>The command asks for the address; the context is asked when it gives none.</summary>
    Address,

    /// <summary>The command makes the modem keep what it receives until it is fetched.</summary>
    Buffered,
}

/// <summary>What a step's command takes from the owner's settings; it goes behind the text.</summary>
public enum AtArgument
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>The access point name, and a quotation mark behind it.</summary>
    Apn,

    /// <summary>The bands.</summary>
    Bands,
}

/// <summary>
/// A step of an <see cref="AtScript"/>: what is sent, what must come back, how long it may take, what its failure is called.
/// </summary>
/// <remarks>
/// A driver has one of these, which is filled in for each step in turn: as objects of their own the steps would be 3 KB of RAM for what is
/// needed a few seconds a day.
/// </remarks>
public sealed class AtStep
{
    /// <summary>Gets what the step is.</summary>
    public AtStepKind Kind { get; private set; }

    /// <summary>Gets the text of the command, a piece of the dialect's texts.</summary>
    public int Request { get; private set; }

    /// <summary>Gets the table of its responses, a piece of the dialect's texts; 0 when <c>OK</c> is all that it answers.</summary>
    public int Responses { get; private set; }

    /// <summary>Gets how long a try may take, ms.</summary>
    public int TimeoutMs { get; private set; }

    /// <summary>Gets the name of its failure.</summary>
    public ModemError Failure { get; private set; }

    /// <summary>Gets how often it is tried, 1 or more.</summary>
    public int Tries { get; private set; }

    /// <summary>Gets the pause between two tries, ms.</summary>
    public int RetryPauseMs { get; private set; }

    /// <summary>Gets or sets what goes behind the text of the command.</summary>
    public AtArgument Argument { get; set; }

    /// <summary>Gets or sets the pause before the first try, ms.</summary>
    public int PauseBeforeMs { get; set; }

    /// <summary>Gets or sets how long all of the step may take, ms; for <see cref="AtStepKind.Register"/>.</summary>
    public int TotalMs { get; set; }

    /// <summary>Gets or sets a value indicating whether the script goes on when the step fails.</summary>
    public bool IsOptional { get; set; }

    /// <summary>Gets or sets a value indicating whether a denied registration ends the wait at once.</summary>
    public bool StopsWhenDenied { get; set; }

    /// <summary>Begins another step: one try, no argument, no pauses, not optional.</summary>
    /// <param name="kind">What the step is.</param>
    /// <param name="request">Text of the command, a piece of the dialect's texts.</param>
    /// <param name="responses">Its table, another piece; 0 when <c>OK</c> is all that it answers.</param>
    /// <param name="timeoutMs">How long a try may take, ms.</param>
    /// <param name="failure">The name of its failure.</param>
    public void Set(AtStepKind kind, int request, int responses, int timeoutMs, ModemError failure)
    {
        Kind = kind;
        Request = request;
        Responses = responses;
        TimeoutMs = timeoutMs;
        Failure = failure;
        Tries = 1;
        RetryPauseMs = 0;
        Argument = AtArgument.None;
        PauseBeforeMs = 0;
        TotalMs = 0;
        IsOptional = false;
        StopsWhenDenied = false;
    }

    /// <summary>Says how often the step is tried.</summary>
    /// <param name="tries">1 or more.</param>
    /// <param name="pauseMs">The pause between two tries, ms.</param>
    public void Repeat(int tries, int pauseMs)
    {
        Tries = tries;
        RetryPauseMs = pauseMs;
    }
}
