namespace JamBox.Twin.Modem;

/// <summary>The way into the network: registration, attachment, context, and the opening of the data network.</summary>
internal sealed class ModemNetwork
{
    private const int Idle = 0;
    private const int Searching = 2;
    private const int Denied = 3;
    private const string NotOpened = "Network not opened";

    private readonly ModemSimulator _modem;
    private readonly SortedDictionary<int, string> _contexts = [];
    private int _ceregMode;
    private bool _reportsRegistration;
    private int _search;
    private bool _isOpening;

    /// <param name="modem">Whose network.</param>
    public ModemNetwork(ModemSimulator modem)
    {
        _modem = modem;
        modem.Register("+CEREG", OnRegistration);
        modem.Register("+COPS", OnOperator);
        modem.Register("+CPSI", OnSystemInformation);
        modem.Register("+CGDCONT", OnContext);
        modem.Register("+CGATT", OnAttach);
        modem.Register("+CGACT", OnActivate);
        modem.Register("+CGPADDR", OnContextAddress);
        modem.Register("+NETOPEN", OnNetOpen);
        modem.Register("+NETCLOSE", OnNetClose);
        modem.Register("+IPADDR", OnIpAddress);
    }

    /// <summary>Gets the state of registration as the network sees it: 0 idle, 1 in, 2 searching, 3 denied.</summary>
    public int Registration { get; private set; }

    /// <summary>Gets a value indicating whether it is registered.</summary>
    public bool IsRegistered => Registration == 1;

    /// <summary>Gets a value indicating whether it was registered once since it started.</summary>
    public bool WasRegistered { get; private set; }

    /// <summary>Gets a value indicating whether it is attached.</summary>
    public bool IsAttached { get; private set; }

    /// <summary>Gets a value indicating whether data can flow.</summary>
    public bool IsOpen { get; private set; }

    /// <summary>Gets the access point name of context 0.</summary>
    public string AccessPoint => _contexts.GetValueOrDefault(0, string.Empty);

    /// <summary>Gets a value indicating whether the network gave an address.</summary>
    internal bool HasAddress => IsAttached && Options.Address != "0.0.0.0";

    private ModemOptions Options => _modem.Options;

    /// <summary>A fault: the cell is gone, and with it all connections.</summary>
    /// <param name="forMs">The search for a new one begins after so long.</param>
    public void Lose(int forMs)
    {
        _modem.Faults.Note("network lost");
        bool wasOpen = IsOpen;
        _search++;
        Registration = Idle;
        IsAttached = false;
        IsOpen = false;
        _modem.Tcp.Drop();
        ReportRegistration();
        if (wasOpen)
        {
            _modem.EmitLine("+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY");
        }

        int search = _search;
        _modem.After(forMs, () =>
        {
            if (search == _search)
            {
                StartSearch(isOkLast: false);
            }
        });
    }

    /// <summary>A fault: the data network closes, registration stays.</summary>
    public void CloseUnexpectedly()
    {
        if (IsOpen)
        {
            _modem.Faults.Note("network closed");
            IsOpen = false;
            _modem.Tcp.Drop();
            _modem.EmitLine("+CIPEVENT: NETWORK CLOSED UNEXPECTEDLY");
        }
    }

    /// <summary>Forgets everything, as a restart does.</summary>
    internal void Reset()
    {
        _search++;
        Registration = Idle;
        WasRegistered = false;
        IsAttached = false;
        IsOpen = false;
        _isOpening = false;
        _ceregMode = Options.CeregModeAtBoot;
        _reportsRegistration = Options.ReportsRegistrationFromBoot || _ceregMode > 0;
        _contexts.Clear();
        _contexts[0] = string.Empty;
    }

    /// <summary>Looks for a network.</summary>
    /// <param name="isOkLast">Says <c>OK</c> when it is in.</param>
    internal void StartSearch(bool isOkLast)
    {
        int search = ++_search;
        if (Options.Sim != SimState.Ready)
        {
            return;
        }

        Registration = Searching;
        ReportRegistration();
        _modem.After(Options.Timings.Registration.Draw(_modem.Random), () =>
        {
            if (search == _search)
            {
                EndSearch(isOkLast);
            }
        });
    }

    private void EndSearch(bool isOkLast)
    {
        if (Options.Registration == RegistrationOutcome.Never)
        {
            return;
        }

        bool isIn = Options.Registration == RegistrationOutcome.Registered;
        Registration = isIn ? 1 : Denied;
        WasRegistered |= isIn;
        if (isIn && Options.SaysNetworkAvailable)
        {
            _modem.EmitLine("Network Available");
        }

        ReportRegistration();
        foreach (string line in isIn ? Options.LinesAfterRegistration : [])
        {
            _modem.EmitLine(line);
        }

        if (isIn && Options.NetIsOpenFromRegistration)
        {
            IsAttached = true;
            IsOpen = true;
        }

        if (isOkLast)
        {
            _modem.EmitLine("OK");
        }
    }

    private void ReportRegistration()
    {
        if (_reportsRegistration)
        {
            int state = IsRegistered ? Options.RegisteredStateReported : Registration;
            _modem.EmitLine($"+CEREG: {state}{(_ceregMode == 2 ? CellFields() : string.Empty)}");
        }
    }

    private string CellFields()
    {
        return IsRegistered ? ",\"2A3B\",\"0123ABCD\",9" : string.Empty;
    }

    private void OnRegistration(CommandLine command)
    {
        if (command.Kind == CommandKind.Read)
        {
            int state = IsRegistered ? Options.RegisteredStateAsked : Registration;
            _modem.Ok($"+CEREG: {_ceregMode},{state}{(_ceregMode == 2 ? CellFields() : string.Empty)}");
        }
        else if (command is { Kind: CommandKind.Set, Count: 1 } && command.TryNumber(0, 0, 2, out int mode))
        {
            _ceregMode = mode;
            _reportsRegistration = mode > 0;
            _modem.Ok();
        }
        else
        {
            _modem.Refuse();
        }
    }

    private void OnOperator(CommandLine command)
    {
        if (command.Kind != CommandKind.Read)
        {
            _modem.Refuse();
            return;
        }

        string name = Options.OperatorName is { } text ? $"0,0,\"{text}\",9" : "0,2,\"23801\",9";
        _modem.Ok("+COPS: " + (IsRegistered ? name : "0"));
    }

    private void OnSystemInformation(CommandLine command)
    {
        if (command.Kind != CommandKind.Read)
        {
            _modem.Refuse();
            return;
        }

        string answer = IsRegistered
            ? "NB,Online,310-260,0x2A3B,19114957,321,EUTRAN-BAND4,2300,0,0,-105,-980,-750,12"
            : "NO SERVICE,Online";
        _modem.Reply(Options.Timings.SystemInformation, _modem.Line("+CPSI: " + answer), _modem.Line("OK"));
    }

    private void OnContext(CommandLine command)
    {
        if (command.Kind == CommandKind.Read)
        {
            string address = IsAttached ? Options.Address : "0.0.0.0";
            _modem.Ok([.. _contexts.Select(context => $"+CGDCONT: {context.Key},\"IP\",\"{context.Value}\",\"{(context.Key == 0 ? address : "0.0.0.0")}\"")]);
        }
        else if (command is { Kind: CommandKind.Set, Count: 2 or 3 }
            && command.TryNumber(0, 0, 7, out int context)
            && command.TryText(1, out string type)
            && type is "IP" or "IPV6" or "IPV4V6"
            && (command.Count == 2 || command.TryText(2, out _)))
        {
            _contexts[context] = command.TryText(2, out string accessPoint) ? accessPoint : string.Empty;
            _modem.Ok();
        }
        else
        {
            _modem.Refuse();
        }
    }

    private void OnAttach(CommandLine command)
    {
        if (command.Kind == CommandKind.Read)
        {
            _modem.Ok($"+CGATT: {(IsAttached ? 1 : 0)}");
        }
        else if (command is not { Kind: CommandKind.Set, Count: 1 } || !command.TryNumber(0, 0, 1, out int wanted))
        {
            _modem.Refuse();
        }
        else if (wanted == 1 && !IsRegistered)
        {
            _modem.Reply(Options.Timings.Attach, _modem.Line("ERROR"));
        }
        else
        {
            IsAttached = wanted == 1;
            if (!IsAttached && IsOpen)
            {
                CloseUnexpectedly();
            }

            _modem.Reply(Options.Timings.Attach, _modem.Line("OK"));
        }
    }

    // Context 0 is the modem's own; a second one of the same access point is what it refuses in the field.
    private void OnActivate(CommandLine command)
    {
        if (command.Kind == CommandKind.Read)
        {
            _modem.Ok($"+CGACT: 0,{(IsAttached ? 1 : 0)}");
        }
        else if (command is not { Kind: CommandKind.Set, Count: 2 }
            || !command.TryNumber(0, 0, 1, out _)
            || !command.TryNumber(1, 0, 7, out int context))
        {
            _modem.Refuse();
        }
        else if (context == 0)
        {
            _modem.Ok();
        }
        else
        {
            _modem.Reply(Options.Timings.Command, _modem.Line("+CME ERROR: pdn type and APN duplicate used"));
        }
    }

    private void OnContextAddress(CommandLine command)
    {
        bool isFine = command.Kind == CommandKind.Execute || (
            command is { Kind: CommandKind.Set, Count: 1 } && command.TryNumber(0, 0, 0, out _));
        if (isFine)
        {
            _modem.Ok($"+CGPADDR: 0,\"{(IsAttached ? Options.Address : "0.0.0.0")}\"");
        }
        else
        {
            _modem.Refuse();
        }
    }

    private void OnNetOpen(CommandLine command)
    {
        if (command.Kind == CommandKind.Read)
        {
            _modem.Ok($"+NETOPEN: {(IsOpen ? 1 : 0)}{(Options.NetOpenStateHasTwoFields ? ",0" : string.Empty)}");
        }
        else if (command.Kind != CommandKind.Execute || _isOpening)
        {
            _modem.Refuse();
        }
        else if (IsOpen)
        {
            _modem.Error("+IP ERROR: Network is already opened");
        }
        else
        {
            _isOpening = true;
            _modem.Ok();
            _modem.After(
                Options.Timings.Command.Max + Options.Timings.NetOpen.Draw(_modem.Random) + _modem.Faults.ExtraReplyMs, EndOpening);
        }
    }

    private void EndOpening()
    {
        _isOpening = false;
        IsOpen = HasAddress;
        _modem.EmitLine($"+NETOPEN: {(IsOpen ? 0 : NetworkError.NetworkFailure)}");
    }

    private void OnNetClose(CommandLine command)
    {
        if (command.Kind != CommandKind.Execute)
        {
            _modem.Refuse();
        }
        else if (!IsOpen)
        {
            _modem.Error($"+NETCLOSE: {NetworkError.NotOpened}");
        }
        else
        {
            IsOpen = false;
            _modem.Tcp.Drop();
            _modem.Ok();
            _modem.Report(
                Options.Timings.Command.Max + Options.Timings.NetClose.Draw(_modem.Random) + _modem.Faults.ExtraReplyMs, "+NETCLOSE: 0");
        }
    }

    private void OnIpAddress(CommandLine command)
    {
        if (command.Kind != CommandKind.Execute)
        {
            _modem.Refuse();
            return;
        }

        switch (IsOpen ? Options.IpAddr : IpAddrAnswer.FailsAsIpError)
        {
            case IpAddrAnswer.Address:
                _modem.Ok($"+IPADDR: {Options.Address}");
                break;
            case IpAddrAnswer.FailsAsIpAddr:
                _modem.Error($"+IPADDR: {NotOpened}");
                break;
            case IpAddrAnswer.FailsAsIpError:
                _modem.Error($"+IP ERROR: {NotOpened}");
                break;
            case IpAddrAnswer.Empty:
                _modem.Ok("+IPADDR: ");
                break;
            default:
                _modem.Ok();
                break;
        }
    }
}

/// <summary>The modem's error codes that the twin uses (docs/modem.md).</summary>
internal static class NetworkError
{
    /// <summary>Network failure.</summary>
    public const int NetworkFailure = 1;

    /// <summary>The network, or the connection, is not open.</summary>
    public const int NotOpened = 2;

    /// <summary>Not supported in this state.</summary>
    public const int NotSupported = 4;

    /// <summary>No answer in time.</summary>
    public const int Timeout = 10;

    /// <summary>The name is not known.</summary>
    public const int Dns = 11;
}

/// <summary>How the search for a network ends.</summary>
internal enum RegistrationOutcome
{
    /// <summary>In the network, roaming as usual.</summary>
    Registered,

    /// <summary>State 3.</summary>
    Denied,

    /// <summary>It goes on searching.</summary>
    Never,
}
