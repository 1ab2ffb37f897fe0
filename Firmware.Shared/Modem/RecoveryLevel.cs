namespace JamBox.Modem;

/// <summary>How hard <see cref="Sim7028.Recover"/> tries; each failure in a row goes one further.</summary>
public enum RecoveryLevel
{
    /// <summary>Asks whether the modem is there; then the caller may simply try again.</summary>
    Retry,

    /// <summary>AT+CIPCLOSE.</summary>
    CloseLink,

    /// <summary>AT+NETCLOSE and AT+NETOPEN.</summary>
    ReopenNetwork,

    /// <summary>AT+CFUN=1,1 and bring-up.</summary>
    RestartModem,

    /// <summary>The reset line, where there is one, and bring-up.</summary>
    ResetModem,
}
