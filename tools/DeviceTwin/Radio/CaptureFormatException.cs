namespace JamBox.Twin.Radio;

/// <summary>A capture file cannot be used; the message is one line for the person who gave the file.</summary>
internal sealed class CaptureFormatException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="CaptureFormatException"/> class.</summary>
    /// <param name="message">One line: the file and what is wrong with it.</param>
    /// <param name="inner">What was behind it, if anything.</param>
    public CaptureFormatException(string message, Exception? inner = null)
        : base(message, inner)
    {
    }
}
