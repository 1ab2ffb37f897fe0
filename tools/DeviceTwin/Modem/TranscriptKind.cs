namespace JamBox.Twin.Modem;

/// <summary>Whose bytes a line of the transcript shows.</summary>
internal enum TranscriptKind
{
    /// <summary>A command to the modem.</summary>
    Command,

    /// <summary>The payload of <c>AT+CIPSEND</c>.</summary>
    Payload,

    /// <summary>Bytes to the modem that it did not hear.</summary>
    Lost,

    /// <summary>What the modem said.</summary>
    Answer,
}
