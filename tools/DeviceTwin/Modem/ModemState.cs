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

/// <summary>What <c>AT+CPIN?</c> finds.</summary>
internal enum SimState
{
    /// <summary>A SIM that works.</summary>
    Ready,

    /// <summary><c>+CME ERROR: SIM not inserted</c>.</summary>
    MissingAsText,

    /// <summary><c>+CME ERROR: 10</c>.</summary>
    MissingAsNumber,
}

/// <summary>
/// Sleep, as PSM and the slow clock bring it: after a while without a word the modem is deaf. The first bytes that reach it are lost, and
/// it begins to wake; what comes until it is awake is lost too.
/// </summary>
internal sealed class PowerSaving
{
    private readonly ModemSimulator _modem;
    private long _lastActMs;
    private long _awakeAtMs;
    private bool _isWaking;

    /// <param name="modem">Whose sleep.</param>
    public PowerSaving(ModemSimulator modem)
    {
        _modem = modem;
        modem.Register("+CPSMS", OnSwitch);
        modem.Register("+CSCLK", OnSwitch);
    }

    private bool IsAsleep => _modem.Options.SleepsAfterMs > 0
        && _modem.State == ModemState.Commands
        && !_modem.Tcp.IsInUse
        && _modem.Clock.NowMs - _lastActMs >= _modem.Options.SleepsAfterMs;

    /// <summary>Bytes have arrived.</summary>
    /// <returns>Whether it hears them.</returns>
    public bool Hears()
    {
        long now = _modem.Clock.NowMs;
        if (!_isWaking && IsAsleep)
        {
            _isWaking = true;
            _awakeAtMs = now + _modem.Options.WakesIn.Draw(_modem.Random);
            _modem.Faults.Note("deaf");
        }

        if (_isWaking && now < _awakeAtMs)
        {
            return false;
        }

        _isWaking = false;
        _lastActMs = now;
        return true;
    }

    /// <summary>It says something, so it is awake.</summary>
    public void Act()
    {
        _lastActMs = _modem.Clock.NowMs;
    }

    /// <summary>It starts.</summary>
    public void WakeUp()
    {
        _isWaking = false;
        Act();
    }

    // Off for both at once: which of the two let it sleep does not matter to the box.
    private void OnSwitch(CommandLine command)
    {
        if (command.Kind != CommandKind.Set || !command.TryNumber(0, 0, 2, out int wanted))
        {
            _modem.Refuse();
        }
        else if (wanted == 0 && !_modem.Options.ObeysSleepOff)
        {
            _modem.Error();
        }
        else
        {
            _modem.Options.SleepsAfterMs = wanted == 0 ? 0 : _modem.Options.SleepsAfterMs;
            _modem.Ok();
        }
    }
}
