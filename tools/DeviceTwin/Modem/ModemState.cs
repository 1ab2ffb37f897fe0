namespace JamBox.Twin.Modem;

/// <summary>What the modem is doing.</summary>
internal enum ModemState
{
    /// <summary>No power.</summary>
    Off,

    /// <summary>It starts and hears nothing.</summary>
    Booting,

    /// <summary>It takes commands.</summary>
    Commands,

    /// <summary>It carries one out; what comes in meanwhile waits.</summary>
    Busy,

    /// <summary>It takes the bytes of <c>AT+CIPSEND</c>.</summary>
    Payload,
}
