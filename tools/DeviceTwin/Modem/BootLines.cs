namespace JamBox.Twin.Modem;

/// <summary>What the modem says when it starts.</summary>
internal enum BootLines
{
    /// <summary>The lines of a real SIM7028, down to its boot loader.</summary>
    Observed,

    /// <summary><c>RDY</c>, <c>+CPIN: READY</c>, <c>PB DONE</c>, as its sisters.</summary>
    Rdy,

    /// <summary>Nothing but the reports on registration.</summary>
    None,
}
