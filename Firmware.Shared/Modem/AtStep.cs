using JamBox.Text;

namespace JamBox.Modem;

/// <summary>One step of an <see cref="AtScript"/>: what is sent, what must come back, how long it may take, and the name of its failure.</summary>
public sealed class AtStep
{
    /// <summary>In the text of a request: the place of the APN.</summary>
    public const byte ApnMark = (byte)'%';

    /// <summary>In the text of a request: the place of the bands.</summary>
    public const byte BandsMark = (byte)'#';

    /// <summary>Initializes a new instance of the <see cref="AtStep"/> class.</summary>
    /// <param name="kind">What the step is.</param>
    /// <param name="request">Text of the command; marks stand for the APN and the bands.</param>
    /// <param name="responses">Its table; <c>null</c> when <c>OK</c> is all that it answers.</param>
    /// <param name="timeoutMs">How long a try may take, ms.</param>
    /// <param name="failure">The name of its failure.</param>
    public AtStep(AtStepKind kind, string request, AtMatch[] responses, int timeoutMs, ModemError failure)
    {
        Kind = kind;
        Request = Ascii.Bytes(request);
        Responses = responses;
        TimeoutMs = timeoutMs;
        Failure = failure;
        Tries = 1;
    }

    /// <summary>Gets what the step is.</summary>
    public AtStepKind Kind { get; }

    /// <summary>Gets the text of the command.</summary>
    public byte[] Request { get; }

    /// <summary>Gets the table of its responses, or <c>null</c>.</summary>
    public AtMatch[] Responses { get; }

    /// <summary>Gets how long a try may take, ms.</summary>
    public int TimeoutMs { get; }

    /// <summary>Gets the name of its failure.</summary>
    public ModemError Failure { get; }

    /// <summary>Gets or sets how often it is tried, 1 or more.</summary>
    public int Tries { get; set; }

    /// <summary>Gets or sets the pause between two tries, ms.</summary>
    public int RetryPauseMs { get; set; }

    /// <summary>Gets or sets the pause before the first try, ms.</summary>
    public int PauseBeforeMs { get; set; }

    /// <summary>Gets or sets how long all of the step may take, ms; for <see cref="AtStepKind.Register"/>.</summary>
    public int TotalMs { get; set; }

    /// <summary>Gets or sets a value indicating whether the script goes on when the step fails.</summary>
    public bool IsOptional { get; set; }

    /// <summary>Gets or sets a value indicating whether a denied registration ends the wait at once.</summary>
    public bool StopsWhenDenied { get; set; }
}
