using JamBox.Modem;
using JamBox.Ports;

namespace JamBox.Tests.Host.Sim7080;

/// <summary>
/// A driver for the SIM7080 as it would stand in Firmware.Shared/Modem: four files and nothing else. It is here to hold the general part to
/// that; no board has this modem.
/// </summary>
internal sealed partial class Sim7080 : AtModem
{
    private const int ReportsCapacity = 128;
    private const int HeadersCapacity = 16;

    public Sim7080(IModemLink port, IClock clock, ILoop loop)
        : this(port, clock, loop, new ReceiveBuffer(new byte[AtLink.ReceiveCapacity]))
    {
    }

    private Sim7080(IModemLink port, IClock clock, ILoop loop, ReceiveBuffer received)
        : base(port, clock, loop, NewDialect(), received)
    {
        Use(new Sim7080Link(Chat, clock, loop, received, Counters));
    }

    public override int TableBytes =>
        AtLink.ReceiveCapacity + AtParser.LineCapacity + AtChat.BufferBytes + ReportsCapacity + HeadersCapacity;

    protected override bool TryGetStep(AtScript script, int index, AtStep step)
    {
        return Sim7080Scripts.TryGet(script, index, step);
    }

    protected override void KeepAwake()
    {
        Chat.Request(Texts.SleepOff);
        Chat.Run(0, CommandMs);
        Chat.Request(Texts.SlowClockOff);
        Chat.Run(0, CommandMs);
    }

    private static AtDialect NewDialect()
    {
        var reports = new AtTable(ReportsCapacity);
        reports.Add(Texts.All, Texts.Reports);
        var headers = new AtTable(HeadersCapacity);
        headers.Add(Texts.All, Texts.Headers);
        return new AtDialect(Texts.All, Texts.Finals, reports, headers);
    }
}
