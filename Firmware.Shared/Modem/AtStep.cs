using JamBox.Ports;

namespace JamBox.Modem;

/// <summary>One step of an <see cref="AtScript"/>: what is sent, what must come back, how long it may take, and the name of its failure.</summary>
/// <remarks>
/// A driver has one of these, which <see cref="SimScripts.TryGet"/> fills in for each step in turn: as objects of their own the steps would be
/// 3 KB of RAM for what is needed a few seconds a day.
/// </remarks>
public sealed class AtStep
{
    /// <summary>In the text of a request: the place of the APN.</summary>
    public const byte ApnMark = (byte)'%';

    /// <summary>In the text of a request: the place of the bands.</summary>
    public const byte BandsMark = (byte)'#';

    /// <summary>Gets what the step is.</summary>
    public AtStepKind Kind { get; private set; }

    /// <summary>Gets the text of the command; marks stand for the APN and the bands.</summary>
    public byte[] Request { get; private set; }

    /// <summary>Gets the table of its responses; <c>null</c> when <c>OK</c> is all that it answers.</summary>
    public AtMatch[] Responses { get; private set; }

    /// <summary>Gets how long a try may take, ms.</summary>
    public int TimeoutMs { get; private set; }

    /// <summary>Gets the name of its failure.</summary>
    public ModemError Failure { get; private set; }

    /// <summary>Gets how often it is tried, 1 or more.</summary>
    public int Tries { get; private set; }

    /// <summary>Gets the pause between two tries, ms.</summary>
    public int RetryPauseMs { get; private set; }

    /// <summary>Gets or sets the pause before the first try, ms.</summary>
    public int PauseBeforeMs { get; set; }

    /// <summary>Gets or sets how long all of the step may take, ms; for <see cref="AtStepKind.Register"/>.</summary>
    public int TotalMs { get; set; }

    /// <summary>Gets or sets a value indicating whether the script goes on when the step fails.</summary>
    public bool IsOptional { get; set; }

    /// <summary>Gets or sets a value indicating whether a denied registration ends the wait at once.</summary>
    public bool StopsWhenDenied { get; set; }

    /// <summary>Begins another step: one try, no pauses, not optional.</summary>
    /// <param name="kind">What the step is.</param>
    /// <param name="request">Text of the command; marks stand for the APN and the bands.</param>
    /// <param name="responses">Its table; <c>null</c> when <c>OK</c> is all that it answers.</param>
    /// <param name="timeoutMs">How long a try may take, ms.</param>
    /// <param name="failure">The name of its failure.</param>
    public void Set(AtStepKind kind, byte[] request, AtMatch[] responses, int timeoutMs, ModemError failure)
    {
        Kind = kind;
        Request = request;
        Responses = responses;
        TimeoutMs = timeoutMs;
        Failure = failure;
        Tries = 1;
        RetryPauseMs = 0;
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
