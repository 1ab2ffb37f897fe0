using JamBox.Ports;

namespace JamBox.Provisioning;

/// <summary>Names each failure of provisioning and says what to do about it: whoever reads it stands at a bench, box in hand.</summary>
internal static class ProvisioningAdvice
{
    /// <summary>Translates the modem's reason.</summary>
    /// <param name="error">Why the script failed.</param>
    /// <returns>The failure.</returns>
    public static ProvisioningResult Of(ModemError error)
    {
        switch (error)
        {
            case ModemError.NoReply:
                return ProvisioningResult.ModemNotResponding;
            case ModemError.SimNotReady:
                return ProvisioningResult.SimNotReady;
            case ModemError.BandsRefused:
                return ProvisioningResult.BandConfigFailed;
            case ModemError.RestartFailed:
                return ProvisioningResult.ModemResetFailed;
            case ModemError.NotRegistered:
                return ProvisioningResult.RegistrationTimeout;
            case ModemError.RegistrationDenied:
                return ProvisioningResult.RegistrationDenied;
            case ModemError.ApnRefused:
            case ModemError.AttachFailed:
                return ProvisioningResult.PsAttachFailed;
            case ModemError.NetworkOpenFailed:
                return ProvisioningResult.NetOpenFailed;
            case ModemError.NoAddress:
                return ProvisioningResult.NoIpAddress;
            default:
                return ProvisioningResult.ModemRestarted;
        }
    }

    /// <summary>Gives the name of a result, as the bench knows it.</summary>
    /// <param name="result">The result.</param>
    /// <returns>Its name.</returns>
    public static string Name(ProvisioningResult result)
    {
        switch (result)
        {
            case ProvisioningResult.Success:
                return "SUCCESS";
            case ProvisioningResult.ModemNotResponding:
                return "MODEM_NOT_RESPONDING";
            case ProvisioningResult.SimNotReady:
                return "SIM_NOT_READY";
            case ProvisioningResult.BandConfigFailed:
                return "BAND_CONFIG_FAILED";
            case ProvisioningResult.ModemResetFailed:
                return "MODEM_RESET_FAILED";
            case ProvisioningResult.RegistrationTimeout:
                return "REGISTRATION_TIMEOUT";
            case ProvisioningResult.RegistrationDenied:
                return "REGISTRATION_DENIED";
            case ProvisioningResult.PsAttachFailed:
                return "PS_ATTACH_FAILED";
            case ProvisioningResult.NetOpenFailed:
                return "NETOPEN_FAILED";
            case ProvisioningResult.NoIpAddress:
                return "NO_IP_ADDRESS";
            case ProvisioningResult.ModemRestarted:
                return "MODEM_RESTARTED";
            case ProvisioningResult.NvsWriteFailed:
                return "NVS_WRITE_FAILED";
            default:
                return "NOT_YET";
        }
    }

    /// <summary>Says what to do.</summary>
    /// <param name="result">A failure.</param>
    /// <returns>One line.</returns>
    public static string WhatToDo(ProvisioningResult result)
    {
        switch (result)
        {
            case ProvisioningResult.ModemNotResponding:
                return "Seat the box on its base until it clicks; power it with 1 A or more; unplug it for 10 s.";
            case ProvisioningResult.SimNotReady:
                return "Unplug the box, seat the SIM again (contacts inwards, cut corner first), and check that it wants no PIN.";
            case ProvisioningResult.BandConfigFailed:
                return "Check the key 'bands' in the identity: AT+QCBAND takes a mode and the bands of your operator. Another modem firmware may be needed.";
            case ProvisioningResult.ModemResetFailed:
                return "Unplug the box for 10 s and try again; when it repeats, the power supply is too weak or the base is broken.";
            case ProvisioningResult.RegistrationTimeout:
                return "Screw the antenna on, go to a window, and check that the operator has NB-IoT here in one of the bands.";
            case ProvisioningResult.RegistrationDenied:
                return "The network refuses this SIM: activate it, and check that its plan allows NB-IoT and roaming here.";
            case ProvisioningResult.PsAttachFailed:
                return "Check the key 'apn' in the identity, and that the SIM's plan has data.";
            case ProvisioningResult.NetOpenFailed:
                return "Check that the SIM's plan has data left, then try again in a minute.";
            case ProvisioningResult.NoIpAddress:
                return "Check the key 'apn' in the identity; the network let the box in but gave it no address.";
            case ProvisioningResult.ModemRestarted:
                return "The modem restarted by itself: use a stronger power supply and a shorter cable.";
            case ProvisioningResult.NvsWriteFailed:
                return "The box's flash did not keep the flag: erase and flash the box; when it repeats, replace it.";
            default:
                return string.Empty;
        }
    }
}

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
