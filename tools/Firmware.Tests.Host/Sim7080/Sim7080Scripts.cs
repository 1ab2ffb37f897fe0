using JamBox.Modem;
using JamBox.Ports;

namespace JamBox.Tests.Host.Sim7080;

/// <summary>The scripts of a SIM7080.</summary>
internal static class Sim7080Scripts
{
    private const int NetworkOpenMs = 60000;
    private const int RegisterPollMs = 5000;

    public static bool TryGet(AtScript script, int index, AtStep step)
    {
        switch (script)
        {
            case AtScript.BringUp:
                return TryGetSetUp(index, step);
            case AtScript.Provisioning:
                return index == 0
                    ? Set(step, AtStepKind.Command, Sim7080.Texts.Bands, 0, ModemError.BandsRefused, AtArgument.Bands)
                    : TryGetSetUp(index - 1, step);
            case AtScript.ReopenNetwork:
                return index == 0 ? NetworkClose(step) : TryGetNetworkOpen(index - 1, step);
            case AtScript.Signal:
                return index == 0
                    && Set(step, AtStepKind.Command, Sim7080.Texts.Signal, Sim7080.Texts.SignalRows, ModemError.None, AtArgument.None);
            case AtScript.Restart:
                return index == 0 && Set(step, AtStepKind.Restart, Sim7080.Texts.Restart, 0, ModemError.RestartFailed, AtArgument.None);
            default:
                step.Set(
                    AtStepKind.Command, index == 0 ? Sim7080.Texts.Signal : Sim7080.Texts.Operator, 0, AtModem.CommandMs, ModemError.None);
                step.IsOptional = true;
                return index < 2;
        }
    }

    private static bool TryGetSetUp(int index, AtStep step)
    {
        switch (index)
        {
            case 0:
                step.Set(AtStepKind.Synchronize, 0, 0, AtModem.SyncMs, ModemError.NoReply);
                step.Repeat(AtModem.SyncTries, 0);
                return true;
            case 1:
                step.Set(AtStepKind.KeepAwake, Sim7080.Texts.EchoOff, 0, AtModem.CommandMs, ModemError.NoReply);
                step.IsOptional = true;
                return true;
            case 2:
                return Set(step, AtStepKind.Command, Sim7080.Texts.Sim, Sim7080.Texts.SimRows, ModemError.SimNotReady, AtArgument.None);
            case 3:
                Set(
                    step, AtStepKind.Register, Sim7080.Texts.Registration, Sim7080.Texts.RegistrationRows, ModemError.NotRegistered,
                    AtArgument.None);
                step.Repeat(1, RegisterPollMs);
                step.TotalMs = AtModem.RegisterTryMs;
                return true;
            case 4:
                return Set(step, AtStepKind.Command, Sim7080.Texts.Apn, 0, ModemError.ApnRefused, AtArgument.Apn);
            case 5:
                return Set(step, AtStepKind.Command, Sim7080.Texts.Attach, 0, ModemError.AttachFailed, AtArgument.None);
            default:
                return TryGetNetworkOpen(index - 6, step);
        }
    }

    private static bool TryGetNetworkOpen(int index, AtStep step)
    {
        switch (index)
        {
            case 0:
                step.Set(
                    AtStepKind.Command, Sim7080.Texts.NetworkOpen, Sim7080.Texts.NetworkOpenRows, NetworkOpenMs,
                    ModemError.NetworkOpenFailed);
                return true;
            case 1:
                return Set(
                    step, AtStepKind.Address, Sim7080.Texts.Address, Sim7080.Texts.AddressRows, ModemError.NoAddress, AtArgument.None);
            default:
                return false;
        }
    }

    private static bool NetworkClose(AtStep step)
    {
        step.Set(AtStepKind.Command, Sim7080.Texts.NetworkClose, 0, AtModem.CommandMs, ModemError.NetworkOpenFailed);
        step.IsOptional = true;
        return true;
    }

    private static bool Set(AtStep step, AtStepKind kind, int request, int responses, ModemError failure, AtArgument argument)
    {
        step.Set(kind, request, responses, AtModem.CommandMs, failure);
        step.Argument = argument;
        return true;
    }
}
