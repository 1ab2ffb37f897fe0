namespace JamBox.Edge.ArduinoOta;

/// <summary>Why a push failed.</summary>
public enum OtaFault
{
    /// <summary>The module never answered the invitation.</summary>
    NoAnswer,

    /// <summary>The module wants a password that is not known, or in another form.</summary>
    PasswordNeeded,

    /// <summary>The module does not take our password.</summary>
    WrongPassword,

    /// <summary>The module answered with what the protocol does not know.</summary>
    BadAnswer,

    /// <summary>The module agreed and did not connect.</summary>
    NoConnection,

    /// <summary>No port was free to be connected to.</summary>
    NoPort,

    /// <summary>The connection ended in the middle.</summary>
    ConnectionLost,

    /// <summary>The module stopped taking blocks.</summary>
    Stalled,

    /// <summary>The module took all and refused the image.</summary>
    Rejected,
}

/// <summary>A push that failed; the module goes on with what it had.</summary>
public sealed class OtaException : Exception
{
    /// <summary>Makes it.</summary>
    /// <param name="fault">Why.</param>
    /// <param name="message">What happened, and what may be done.</param>
    /// <param name="inner">What lay below it.</param>
    public OtaException(OtaFault fault, string message, Exception? inner = null)
        : base(message, inner)
    {
        Fault = fault;
    }

    /// <summary>Why.</summary>
    public OtaFault Fault { get; }
}
