using JamBox.Ports;

namespace JamBox.Modem;

/// <summary>The SIM7028 NB-IoT modem: what sets it apart from others.</summary>
public sealed partial class Sim7028 : AtModem
{
    // The longest table of reports and of headers, and 1.
    private const int ReportsCapacity = 296;
    private const int HeadersCapacity = 48;

    /// <param name="port">The bytes to and from the modem.</param>
    /// <param name="clock">Source of time.</param>
    /// <param name="loop">Called while waiting.</param>
    public Sim7028(IModemLink port, IClock clock, ILoop loop)
        : this(port, clock, loop, new ReceiveBuffer(new byte[AtLink.ReceiveCapacity]))
    {
    }

    private Sim7028(IModemLink port, IClock clock, ILoop loop, ReceiveBuffer received)
        : base(port, clock, loop, NewDialect(), received)
    {
        Use(new SimLink(Chat, clock, loop, received, Counters));
    }

    /// <inheritdoc/>
    public override int TableBytes =>
        AtLink.ReceiveCapacity + AtParser.LineCapacity + AtChat.BufferBytes + ReportsCapacity + HeadersCapacity;

    /// <inheritdoc/>
    protected override bool TryGetStep(AtScript script, int index, AtStep step)
    {
        return SimScripts.TryGet(script, index, step);
    }

    /// <inheritdoc/>
    protected override void KeepAwake()
    {
        // Not every firmware has both.
        Chat.Request(Texts.SleepOff);
        Chat.Run(0, CommandMs);
        Chat.Request(Texts.SlowClockOff);
        Chat.Run(0, CommandMs);
    }

    /// <summary>Some firmware does not know <c>AT+IPADDR</c>: the context is asked then.</summary>
    /// <param name="step">The command and its responses.</param>
    /// <returns><c>false</c> when there is no address.</returns>
    protected override bool AskAddress(AtStep step)
    {
        if (step.Responses == Texts.AddressRows && base.AskAddress(step))
        {
            return true;
        }

        Chat.Request(Texts.Context);
        return Chat.Run(Texts.ContextRows, step.TimeoutMs) == AtResult.Ok && HasAddressInContext();
    }

    private static AtDialect NewDialect()
    {
        var reports = new AtTable(ReportsCapacity);
        reports.Add(Texts.All, Texts.Reports);
        reports.Add(Texts.All, Texts.BootReports);
        var headers = new AtTable(HeadersCapacity);
        headers.Add(Texts.All, Texts.Headers);
        return new AtDialect(Texts.All, Texts.Finals, reports, headers);
    }

    /// <summary>Looks at the fourth field of <c>+CGDCONT: 0,"IP","apn","10.1.2.3"</c>; 0.0.0.0 is no address.</summary>
    private bool HasAddressInContext()
    {
        byte[] line = Chat.Result;
        int length = Chat.ResultLength;
        int commas = 0;
        for (int i = 0; i < length; i++)
        {
            if (line[i] == (byte)',' && ++commas == 3)
            {
                int at = i + 1;
                return AtTable.TryReadNumber(line, ref at, length, out int first) && first > 0;
            }
        }

        return false;
    }
}

/// <summary>Makes a <see cref="Sim7028"/>, for a board that has one.</summary>
public sealed class Sim7028Factory : IModemFactory
{
    /// <inheritdoc/>
    public IModem Create(IModemLink link, IClock clock, ILoop loop)
    {
        return new Sim7028(link, clock, loop);
    }
}
