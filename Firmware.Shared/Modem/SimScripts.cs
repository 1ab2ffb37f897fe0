using JamBox.Ports;

namespace JamBox.Modem;

/// <summary>
/// The scripts of a SIM7028, with the time-outs that work in the field (docs/modem.md). They are code and not data: code lies in flash.
/// </summary>
public static class SimScripts
{
    private const int RegisterPollMs = 5000;
    private const int AttachMs = 30000;
    private const int NetworkOpenMs = 60000;
    private const int ProvisioningSyncTries = 10;

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
            case AtScript.Signal:
                step.Set(AtStepKind.Command, Sim7028.Texts.Signal, Sim7028.Texts.SignalRows, AtModem.CommandMs, ModemError.None);
                return index == 0;
            case AtScript.Restart:
                step.Set(AtStepKind.Restart, Sim7028.Texts.Restart, 0, AtModem.RestartMs, ModemError.RestartFailed);
                return index == 0;
            default:
                return TryGetFact(index, step);
        }
    }

    private static bool TryGetBringUp(int index, AtStep step)
    {
        switch (index)
        {
            case 0:
                return Synchronize(step, AtModem.SyncTries);
            case 1:
                return EchoOff(step);
            case 2:
                return SimReady(step, 5);
            case 3:
                return Register(step, AtModem.RegisterTryMs, false);
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
                return Address(step, Sim7028.Texts.Address, Sim7028.Texts.AddressRows);
            case 2:
                return Buffered(step);
            default:
                return false;
        }
    }

    // The step that waits for the restarted modem is the sign of life behind that wait.
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
                step.Set(AtStepKind.Command, Sim7028.Texts.Bands, 0, AtModem.CommandMs, ModemError.BandsRefused);
                step.Argument = AtArgument.Bands;
                return true;
            case 4:
                step.Set(AtStepKind.Restart, Sim7028.Texts.Restart, 0, AtModem.RestartMs, ModemError.RestartFailed);
                return true;
            case 5:
                step.Set(AtStepKind.Synchronize, 0, 0, AtModem.SyncMs, ModemError.RestartFailed);
                step.Repeat(AtModem.SyncTries, 0);
                step.PauseBeforeMs = AtModem.RestartWaitMs;
                return true;
            case 6:
                return Register(step, AtModem.RegisterTotalMs, true);
            case 7:
                return NetworkClose(step, AtStepKind.Command);
            case 8:
                return Apn(step);
            case 9:
                return Attach(step);
            case 10:
                return NetworkOpen(step);
            case 11:
                return Address(step, Sim7028.Texts.Context, Sim7028.Texts.ContextRows);
            default:
                return false;
        }
    }

    private static bool TryGetFact(int index, AtStep step)
    {
        int request = index == 0 ? Sim7028.Texts.Signal : (index == 1 ? Sim7028.Texts.Operator : Sim7028.Texts.Activation);
        step.Set(AtStepKind.Command, request, 0, AtModem.CommandMs, ModemError.None);
        step.IsOptional = true;
        return index < 3;
    }

    private static bool Synchronize(AtStep step, int tries)
    {
        step.Set(AtStepKind.Synchronize, 0, 0, AtModem.SyncMs, ModemError.NoReply);
        step.Repeat(tries, 0);
        return true;
    }

    private static bool EchoOff(AtStep step)
    {
        // With echo the parser finds its way too: an echo is a line that nothing matches. And a modem that insists on its sleep is woken.
        step.Set(AtStepKind.KeepAwake, Sim7028.Texts.EchoOff, 0, AtModem.CommandMs, ModemError.NoReply);
        step.IsOptional = true;
        return true;
    }

    private static bool SimReady(AtStep step, int tries)
    {
        // A SIM that was powered a moment ago is not ready yet.
        step.Set(AtStepKind.Command, Sim7028.Texts.Sim, Sim7028.Texts.SimRows, AtModem.CommandMs, ModemError.SimNotReady);
        step.Repeat(tries, 2000);
        return true;
    }

    private static bool Register(AtStep step, int totalMs, bool stopsWhenDenied)
    {
        step.Set(
            AtStepKind.Register, Sim7028.Texts.Registration, Sim7028.Texts.RegistrationRows, AtModem.CommandMs, ModemError.NotRegistered);
        step.Repeat(1, RegisterPollMs);
        step.TotalMs = totalMs;
        step.StopsWhenDenied = stopsWhenDenied;
        return true;
    }

    private static bool Apn(AtStep step)
    {
        step.Set(AtStepKind.Command, Sim7028.Texts.Apn, 0, AtModem.CommandMs, ModemError.ApnRefused);
        step.Argument = AtArgument.Apn;
        return true;
    }

    private static bool Attach(AtStep step)
    {
        step.Set(AtStepKind.Command, Sim7028.Texts.Attach, 0, AttachMs, ModemError.AttachFailed);
        step.Repeat(2, 2000);
        return true;
    }

    private static bool NetworkOpen(AtStep step)
    {
        step.Set(AtStepKind.Command, Sim7028.Texts.NetworkOpen, Sim7028.Texts.NetworkOpenRows, NetworkOpenMs, ModemError.NetworkOpenFailed);
        step.Repeat(2, 3000);
        return true;
    }

    private static bool NetworkClose(AtStep step, AtStepKind kind)
    {
        step.Set(kind, Sim7028.Texts.NetworkClose, Sim7028.Texts.NetworkCloseRows, AtModem.CommandMs, ModemError.NetworkOpenFailed);
        step.IsOptional = true;
        return true;
    }

    private static bool Address(AtStep step, int request, int responses)
    {
        step.Set(AtStepKind.Address, request, responses, AtModem.CommandMs, ModemError.NoAddress);
        step.Repeat(5, 2000);
        return true;
    }

    private static bool Buffered(AtStep step)
    {
        // A modem that refuses pushes what it receives, which is understood as well.
        step.Set(AtStepKind.Buffered, Sim7028.Texts.Buffered, 0, AtModem.CommandMs, ModemError.None);
        step.IsOptional = true;
        return true;
    }
}
