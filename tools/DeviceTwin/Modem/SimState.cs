namespace JamBox.Twin.Modem;

/// <summary>What <c>AT+CPIN?</c> finds.</summary>
internal enum SimState
{
    /// <summary>A SIM that works.</summary>
    Ready,

    /// <summary><c>+CME ERROR: SIM not inserted</c>.</summary>
    MissingAsText,

    /// <summary><c>+CME ERROR: 10</c>.</summary>
    MissingAsNumber,
}
