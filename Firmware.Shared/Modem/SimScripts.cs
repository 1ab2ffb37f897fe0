using JamBox.Ports;
using JamBox.Text;

namespace JamBox.Modem;

/// <summary>
/// The scripts of SIM7028.md, with the time-outs that work in the field. They are code and not data: code lies in flash, and nanoCLR runs
/// static constructors in an order that nobody promises, so that no field here may need one of another class.
/// </summary>
public static class SimScripts
{
    /// <summary>How long a command without a rule of its own may take, ms.</summary>
    public const int CommandMs = 10000;

    /// <summary>How long a sign of life may take, ms.</summary>
    public const int SyncMs = 2000;

    /// <summary>How long one try to register lasts, ms; SIM7028.md says 120 to 180 s.</summary>
    public const int RegisterTryMs = 150000;

    /// <summary>How long all tries to register last together, ms.</summary>
    public const int RegisterTotalMs = 300000;

    /// <summary>How often the sign of life is tried.</summary>
    public const int SyncTries = 5;

    /// <summary>How long AT+CFUN=1,1 may take, ms: its OK comes last, after the registration was found again.</summary>
    public const int RestartMs = 30000;

    /// <summary>How long a modem that restarts is left alone, ms.</summary>
    public const int RestartWaitMs = 5000;

    private const int RegisterPollMs = 5000;
    private const int AttachMs = 30000;
    private const int NetworkOpenMs = 60000;
    private const int ProvisioningSyncTries = 10;

    private static readonly byte[] s_attention = Ascii.Bytes("AT");
    private static readonly byte[] s_echoOff = Ascii.Bytes("ATE0");
    private static readonly byte[] s_sim = Ascii.Bytes("AT+CPIN?");
    private static readonly byte[] s_bands = Ascii.Bytes("AT+QCBAND=#");
    private static readonly byte[] s_restart = Ascii.Bytes("AT+CFUN=1,1");
    private static readonly byte[] s_registration = Ascii.Bytes("AT+CEREG?");
    private static readonly byte[] s_apn = Ascii.Bytes("AT+CGDCONT=0,\"IP\",\"%\"");
    private static readonly byte[] s_attach = Ascii.Bytes("AT+CGATT=1");
    private static readonly byte[] s_networkOpen = Ascii.Bytes("AT+NETOPEN");
    private static readonly byte[] s_networkClose = Ascii.Bytes("AT+NETCLOSE");
    private static readonly byte[] s_address = Ascii.Bytes("AT+IPADDR");
    private static readonly byte[] s_context = Ascii.Bytes("AT+CGDCONT?");
    private static readonly byte[] s_buffered = Ascii.Bytes("AT+CIPRXGET=1");
    private static readonly byte[] s_signal = Ascii.Bytes("AT+CSQ");
    private static readonly byte[] s_operator = Ascii.Bytes("AT+COPS?");
    private static readonly byte[] s_activation = Ascii.Bytes("AT+CGACT?");

    /// <summary>Gets the sign of life.</summary>
    internal static byte[] Attention => s_attention;

    /// <summary>Gets the command that restarts the modem.</summary>
    internal static byte[] Restart => s_restart;

    /// <summary>Gets the question for the signal strength.</summary>
    internal static byte[] Signal => s_signal;

    /// <summary>Gets the question for the contexts and their addresses.</summary>
    internal static byte[] Context => s_context;

    /// <summary>Fills in a step of a script.</summary>
    /// <param name="script">The script.</param>
    /// <param name="index">Which step, from 0.</param>
    /// <param name="step">Is filled in.</param>
    /// <returns><c>false</c> behind the last step.</returns>
    public static bool TryGet(AtScript script, int index, AtStep step)
    {
        switch (script)
        {
            case AtScript.BringUp:
                return TryGetBringUp(index, step);
            case AtScript.ReopenNetwork:
                return TryGetReopenNetwork(index, step);
            case AtScript.Provisioning:
                return TryGetProvisioning(index, step);
            default:
                return TryGetFact(index, step);
        }
    }

    private static bool TryGetBringUp(int index, AtStep step)
    {
        switch (index)
        {
            case 0:
                return Synchronize(step, SyncTries);
            case 1:
                return EchoOff(step);
            case 2:
                return SimReady(step, 5);
            case 3:
                return Register(step, RegisterTryMs, false);
            case 4:
                return Apn(step);
            case 5:
                return Attach(step);
            case 6:
                return NetworkClose(step, AtStepKind.CloseLostNetwork);
            default:
                return TryGetNetworkOpen(index - 7, step);
        }
    }

    private static bool TryGetReopenNetwork(int index, AtStep step)
    {
        return index == 0 ? NetworkClose(step, AtStepKind.Command) : TryGetNetworkOpen(index - 1, step);
    }

    private static bool TryGetNetworkOpen(int index, AtStep step)
    {
        switch (index)
        {
            case 0:
                return NetworkOpen(step);
            case 1:
                return Address(step, s_address, SimTables.Address);
            case 2:
                return Buffered(step);
            default:
                return false;
        }
    }

    // SIM7028.md; the sign of life after the wait of step 6 as in PREDECESSOR.md §16.
    private static bool TryGetProvisioning(int index, AtStep step)
    {
        switch (index)
        {
            case 0:
                return Synchronize(step, ProvisioningSyncTries);
            case 1:
                return EchoOff(step);
            case 2:
                return SimReady(step, 1);
            case 3:
                step.Set(AtStepKind.Command, s_bands, null, CommandMs, ModemError.BandsRefused);
                return true;
            case 4:
                step.Set(AtStepKind.Restart, s_restart, null, RestartMs, ModemError.RestartFailed);
                return true;
            case 5:
                step.Set(AtStepKind.Synchronize, s_attention, null, SyncMs, ModemError.RestartFailed);
                step.Repeat(SyncTries, 0);
                step.PauseBeforeMs = RestartWaitMs;
                return true;
            case 6:
                return Register(step, RegisterTotalMs, true);
            case 7:
                return NetworkClose(step, AtStepKind.Command);
            case 8:
                return Apn(step);
            case 9:
                return Attach(step);
            case 10:
                return NetworkOpen(step);
            case 11:
                return Address(step, s_context, SimTables.Context);
            default:
                return false;
        }
    }

    private static bool TryGetFact(int index, AtStep step)
    {
        byte[] request = index == 0 ? s_signal : (index == 1 ? s_operator : s_activation);
        step.Set(AtStepKind.Command, request, null, CommandMs, ModemError.None);
        step.IsOptional = true;
        return index < 3;
    }

    private static bool Synchronize(AtStep step, int tries)
    {
        step.Set(AtStepKind.Synchronize, s_attention, null, SyncMs, ModemError.NoReply);
        step.Repeat(tries, 0);
        return true;
    }

    private static bool EchoOff(AtStep step)
    {
        // With echo the parser finds its way too: an echo is a line that nothing matches.
        step.Set(AtStepKind.Command, s_echoOff, null, CommandMs, ModemError.NoReply);
        step.IsOptional = true;
        return true;
    }

    private static bool SimReady(AtStep step, int tries)
    {
        // A SIM that was powered a moment ago is not ready yet.
        step.Set(AtStepKind.Command, s_sim, SimTables.Sim, CommandMs, ModemError.SimNotReady);
        step.Repeat(tries, 2000);
        return true;
    }

    private static bool Register(AtStep step, int totalMs, bool stopsWhenDenied)
    {
        step.Set(AtStepKind.Register, s_registration, SimTables.Registration, CommandMs, ModemError.NotRegistered);
        step.Repeat(1, RegisterPollMs);
        step.TotalMs = totalMs;
        step.StopsWhenDenied = stopsWhenDenied;
        return true;
    }

    private static bool Apn(AtStep step)
    {
        step.Set(AtStepKind.Command, s_apn, null, CommandMs, ModemError.ApnRefused);
        return true;
    }

    private static bool Attach(AtStep step)
    {
        step.Set(AtStepKind.Command, s_attach, null, AttachMs, ModemError.AttachFailed);
        step.Repeat(2, 2000);
        return true;
    }

    private static bool NetworkOpen(AtStep step)
    {
        step.Set(AtStepKind.Command, s_networkOpen, SimTables.NetworkOpen, NetworkOpenMs, ModemError.NetworkOpenFailed);
        step.Repeat(2, 3000);
        return true;
    }

    private static bool NetworkClose(AtStep step, AtStepKind kind)
    {
        step.Set(kind, s_networkClose, SimTables.NetworkClose, CommandMs, ModemError.NetworkOpenFailed);
        step.IsOptional = true;
        return true;
    }

    private static bool Address(AtStep step, byte[] request, AtMatch[] responses)
    {
        step.Set(AtStepKind.Address, request, responses, CommandMs, ModemError.NoAddress);
        step.Repeat(5, 2000);
        return true;
    }

    private static bool Buffered(AtStep step)
    {
        // A modem that refuses pushes what it receives, which is understood as well.
        step.Set(AtStepKind.Buffered, s_buffered, null, CommandMs, ModemError.None);
        step.IsOptional = true;
        return true;
    }
}
