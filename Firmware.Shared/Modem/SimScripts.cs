namespace JamBox.Modem;

/// <summary>
/// The scripts of SIM7028.md, with the time-outs that work in the field. They are made when asked for, not as static fields: the
/// board needs one of them only, and nanoCLR runs static constructors in an order that nobody promises.
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

    /// <summary>Production bring-up.</summary>
    /// <returns>The script.</returns>
    public static AtScript BringUp()
    {
        return new AtScript(new AtStep[]
        {
            Synchronize(SyncTries),
            EchoOff(),
            SimReady(5),
            Register(),
            Apn(),
            Attach(),
            new AtStep(AtStepKind.CloseLostNetwork, "AT+NETCLOSE", SimTables.NetworkClose, CommandMs, ModemError.NetworkOpenFailed) { IsOptional = true },
            NetworkOpen(),
            Address("AT+IPADDR", SimTables.Address),
            Buffered(),
        });
    }

    /// <summary>Closes the network and opens it again.</summary>
    /// <returns>The script.</returns>
    public static AtScript ReopenNetwork()
    {
        return new AtScript(new AtStep[]
        {
            NetworkClose(),
            NetworkOpen(),
            Address("AT+IPADDR", SimTables.Address),
            Buffered(),
        });
    }

    /// <summary>The 12 steps of provisioning: SIM7028.md; the sign of life after the wait of step 6 as in PREDECESSOR.md §16.</summary>
    /// <returns>The script; a step's index is its number less one.</returns>
    public static AtScript Provisioning()
    {
        AtStep restart = new AtStep(AtStepKind.Restart, "AT+CFUN=1,1", null, RestartMs, ModemError.RestartFailed);
        AtStep comesBack = new AtStep(AtStepKind.Synchronize, "AT", null, SyncMs, ModemError.RestartFailed) { Tries = SyncTries, PauseBeforeMs = RestartWaitMs };
        AtStep register = Register();
        register.TotalMs = RegisterTotalMs;
        register.StopsWhenDenied = true;
        return new AtScript(new AtStep[]
        {
            Synchronize(ProvisioningSyncTries),
            EchoOff(),
            SimReady(1),
            new AtStep(AtStepKind.Command, "AT+QCBAND=#", null, CommandMs, ModemError.BandsRefused),
            restart,
            comesBack,
            register,
            NetworkClose(),
            Apn(),
            Attach(),
            NetworkOpen(),
            Address("AT+CGDCONT?", SimTables.Context),
        });
    }

    private static AtStep Synchronize(int tries)
    {
        return new AtStep(AtStepKind.Synchronize, "AT", null, SyncMs, ModemError.NoReply) { Tries = tries };
    }

    private static AtStep EchoOff()
    {
        // With echo the parser finds its way too: an echo is a line that nothing matches.
        return new AtStep(AtStepKind.Command, "ATE0", null, CommandMs, ModemError.NoReply) { IsOptional = true };
    }

    private static AtStep SimReady(int tries)
    {
        // A SIM that was powered a moment ago is not ready yet.
        return new AtStep(AtStepKind.Command, "AT+CPIN?", SimTables.Sim, CommandMs, ModemError.SimNotReady) { Tries = tries, RetryPauseMs = 2000 };
    }

    private static AtStep Register()
    {
        return new AtStep(AtStepKind.Register, "AT+CEREG?", SimTables.Registration, CommandMs, ModemError.NotRegistered) { RetryPauseMs = RegisterPollMs, TotalMs = RegisterTryMs };
    }

    private static AtStep Apn()
    {
        return new AtStep(AtStepKind.Command, "AT+CGDCONT=0,\"IP\",\"%\"", null, CommandMs, ModemError.ApnRefused);
    }

    private static AtStep Attach()
    {
        return new AtStep(AtStepKind.Command, "AT+CGATT=1", null, AttachMs, ModemError.AttachFailed) { Tries = 2, RetryPauseMs = 2000 };
    }

    private static AtStep NetworkOpen()
    {
        return new AtStep(AtStepKind.Command, "AT+NETOPEN", SimTables.NetworkOpen, NetworkOpenMs, ModemError.NetworkOpenFailed) { Tries = 2, RetryPauseMs = 3000 };
    }

    private static AtStep NetworkClose()
    {
        return new AtStep(AtStepKind.Command, "AT+NETCLOSE", SimTables.NetworkClose, CommandMs, ModemError.NetworkOpenFailed) { IsOptional = true };
    }

    private static AtStep Address(string request, AtMatch[] responses)
    {
        return new AtStep(AtStepKind.Address, request, responses, CommandMs, ModemError.NoAddress) { Tries = 5, RetryPauseMs = 2000 };
    }

    private static AtStep Buffered()
    {
        // A modem that refuses pushes what it receives, which is understood as well.
        return new AtStep(AtStepKind.Buffered, "AT+CIPRXGET=1", null, CommandMs, ModemError.None) { IsOptional = true };
    }
}
