using System.Globalization;

namespace JamBox.Twin.Modem;

/// <summary>The commands about the modem itself, and what it says when it starts.</summary>
internal sealed class GeneralCommands
{
    private readonly ModemSimulator _modem;

    /// <param name="modem">Whose commands.</param>
    public GeneralCommands(ModemSimulator modem)
    {
        _modem = modem;
        modem.Register(string.Empty, command => OnExecute(command));
        modem.Register("E", command => OnEcho(command, isOn: true));
        modem.Register("E0", command => OnEcho(command, isOn: false));
        modem.Register("E1", command => OnEcho(command, isOn: true));
        modem.Register("+CPIN", OnPin);
        modem.Register("+CSQ", OnSignal);
        modem.Register("+CESQ", OnExtendedSignal);
        modem.Register("+QCBAND", OnBands);
        modem.Register("+CNMP", OnMode);
        modem.Register("+CFUN", OnFunction);
        modem.Register("+CCLK", OnClock);
    }

    private ModemOptions Options => _modem.Options;

    /// <summary>Gets what the boot loader says.</summary>
    /// <returns>The text, framed.</returns>
    public string BootLoaderLines()
    {
        return Options.BootLines == BootLines.Observed
            ? "LoadVerifyImageHead read(len=272), Time(ms)->0.\r\ntest:VerifyImageHead skip\r\nVerifyImageBody sha256 skip\r\n"
            : string.Empty;
    }

    /// <summary>Gets what the modem says when it is ready for commands.</summary>
    /// <param name="isSoft">After <c>AT+CFUN=1,1</c>.</param>
    /// <returns>The text, framed.</returns>
    public string ReadyLines(bool isSoft)
    {
        bool hasSim = Options.Sim == SimState.Ready;
        string[] lines = Options.BootLines switch
        {
            BootLines.Observed => [.. isSoft ? Array.Empty<string>() : ["*ATREADY: 1"], .. hasSim ? ["SIM Ready"] : Array.Empty<string>()],
            BootLines.Rdy => ["RDY", .. hasSim ? ["+CPIN: READY", "PB DONE"] : Array.Empty<string>()],
            _ => [],
        };
        return string.Concat(lines.Select(_modem.Line));
    }

    private void OnExecute(CommandLine command)
    {
        if (command.Kind == CommandKind.Execute)
        {
            _modem.Ok();
        }
        else
        {
            _modem.Refuse();
        }
    }

    private void OnEcho(CommandLine command, bool isOn)
    {
        if (command.Kind != CommandKind.Execute)
        {
            _modem.Refuse();
            return;
        }

        _modem.IsEchoing = isOn || !Options.ObeysEchoOff;
        _modem.Ok();
    }

    private void OnPin(CommandLine command)
    {
        if (command.Kind != CommandKind.Read)
        {
            _modem.Refuse();
            return;
        }

        string answer = Options.Sim switch
        {
            SimState.Ready => "+CPIN: READY",
            SimState.MissingAsText => "+CME ERROR: SIM not inserted",
            _ => "+CME ERROR: 10",
        };
        if (Options.Sim == SimState.Ready)
        {
            _modem.Ok(answer);
        }
        else
        {
            _modem.Reply(Options.Timings.Command, _modem.Line(answer));
        }
    }

    private void OnSignal(CommandLine command)
    {
        Answer(command, CommandKind.Execute, $"+CSQ: {(_modem.Network.IsRegistered ? Options.SignalQuality : 99)},99");
    }

    private void OnExtendedSignal(CommandLine command)
    {
        Answer(command, CommandKind.Execute, "+CESQ: 99,99,255,255,31,70");
    }

    private void OnBands(CommandLine command)
    {
        bool isFine = command.Kind == CommandKind.Set && command.TryNumber(0, 0, 1, out _) && command.Count > 1;
        for (int i = 1; isFine && i < command.Count; i++)
        {
            isFine = command.TryNumber(i, 1, 88, out _);
        }

        AnswerOk(isFine);
    }

    private void OnMode(CommandLine command)
    {
        AnswerOk(command.Kind == CommandKind.Set && command.TryNumber(0, 0, 255, out _));
    }

    private void OnFunction(CommandLine command)
    {
        if (command.Kind == CommandKind.Read)
        {
            _modem.Ok("+CFUN: 1");
        }
        else if (command is { Kind: CommandKind.Set, Count: 2 } && command.TryNumber(0, 1, 1, out _) && command.TryNumber(1, 1, 1, out _))
        {
            bool isOkLast = Options.CfunOkLast;
            _modem.After(Options.Timings.Command.Draw(_modem.Random), () =>
            {
                if (!isOkLast)
                {
                    _modem.EmitLine("OK");
                }

                _modem.After(isOkLast ? 0 : 50, () => _modem.StartUp(isSoft: true, isOkLast));
            });
        }
        else
        {
            AnswerOk(command is { Kind: CommandKind.Set, Count: 1 } && command.TryNumber(0, 1, 1, out _));
        }
    }

    private void OnClock(CommandLine command)
    {
        bool isSet = Options.NetworkSetsClock && _modem.Network.WasRegistered;
        long utcMs = isSet
            ? _modem.Clock.UtcNowMs
            : _modem.Clock.NowMs + DateTimeOffset.Parse("1980-01-06T00:00:00Z", CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();
        int quarters = isSet ? Options.ClockZoneQuarters : 0;
        DateTimeOffset local = DateTimeOffset.FromUnixTimeMilliseconds(utcMs).AddMinutes(15 * quarters);
        string format = (Options.ClockYearDigits == 2 ? "yy" : "yyyy") + "'/'MM'/'dd','HH':'mm':'ss";
        string zone = quarters.ToString("'+'00;'-'00", CultureInfo.InvariantCulture);
        Answer(command, CommandKind.Read, $"+CCLK: \"{local.ToString(format, CultureInfo.InvariantCulture)}{zone}\"");
    }

    private void Answer(CommandLine command, CommandKind kind, string line)
    {
        if (command.Kind == kind)
        {
            _modem.Ok(line);
        }
        else
        {
            _modem.Refuse();
        }
    }

    private void AnswerOk(bool isFine)
    {
        if (isFine)
        {
            _modem.Ok();
        }
        else
        {
            _modem.Refuse();
        }
    }
}
