namespace JamBox.App;

/// <summary>How provisioning ended. The names on the serial port are the predecessor's: docs/provisioning.md.</summary>
public enum ProvisioningResult
{
    /// <summary>Not yet.</summary>
    None,

    /// <summary>The modem is set up and has an address; the flag is stored.</summary>
    Success,

    /// <summary>Steps 1 and 2: no answer to AT.</summary>
    ModemNotResponding,

    /// <summary>Step 3: no SIM, or it is locked.</summary>
    SimNotReady,

    /// <summary>Step 4: the bands were refused.</summary>
    BandConfigFailed,

    /// <summary>Steps 5 and 6: the modem did not restart, or did not come back.</summary>
    ModemResetFailed,

    /// <summary>Step 7: no network in 5 minutes.</summary>
    RegistrationTimeout,

    /// <summary>Step 7: the network said no.</summary>
    RegistrationDenied,

    /// <summary>Steps 9 and 10: no packet service.</summary>
    PsAttachFailed,

    /// <summary>Step 11: the data network did not open.</summary>
    NetOpenFailed,

    /// <summary>Step 12: no address.</summary>
    NoIpAddress,

    /// <summary>The modem restarted by itself in the middle.</summary>
    ModemRestarted,

    /// <summary>The flag could not be stored.</summary>
    NvsWriteFailed,
}
