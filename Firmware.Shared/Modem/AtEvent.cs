namespace JamBox.Modem;

/// <summary>What a byte from the modem completed; see <see cref="AtParser.Push"/>.</summary>
public enum AtEvent
{
    /// <summary>Nothing yet.</summary>
    None,

    /// <summary>A line: it stands in the line buffer until the next byte is pushed.</summary>
    Line,

    /// <summary>The prompt <c>&gt;</c>: the modem waits for the bytes announced with <c>AT+CIPSEND</c>.</summary>
    Prompt,

    /// <summary>The byte itself is payload of a link.</summary>
    Data,
}
