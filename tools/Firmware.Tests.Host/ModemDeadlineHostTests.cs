using System;
using System.Linq;
using JamBox.Modem;
using JamBox.Ports;
using JamBox.Tests.Modem;
using JamBox.Uplink;
using Xunit;
using Ascii = JamBox.Text.Ascii;

namespace JamBox.Tests.Host;

/// <summary>
/// Whatever the modem does, each call returns within the time that <see cref="ModemLimits"/> names for it: at power-on, when the network is
/// open, and with a link. A box whose modem holds it for ever would be lost, because whoever waits feeds the watchdog.
/// </summary>
public sealed class ModemDeadlineHostTests
{
    private const int Seed = 7028;

    // A pass of the loop is longer than on the board, for the speed of the test; a call may end one pass late at each of its ends.
    private const int Stretch = 5;
    private const int SlackMs = 4 * 20 * Stretch;

    private const int OpenStage = 2;

    private static readonly byte[] s_apn = Ascii.Bytes("hologram");
    private static readonly byte[] s_host = Ascii.Bytes("10.0.0.1");

    public static TheoryData<Hostility, int> Cases()
    {
        var cases = new TheoryData<Hostility, int>();
        foreach (Hostility hostility in Enum.GetValues<Hostility>())
        {
            foreach (int stage in Enumerable.Range(0, OpenStage + 1))
            {
                cases.Add(hostility, stage);
            }
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void EveryCallEnds(Hostility hostility, int stage)
    {
        byte[] buffer = new byte[600];
        Ends(hostility, stage, "Poll", 0, modem => modem.Poll());
        Ends(hostility, stage, "IsAlive", ModemLimits.WakeMs, modem => modem.IsAlive());
        Ends(hostility, stage, "ReadSignalDbm", ModemLimits.SignalMs, modem => modem.ReadSignalDbm());
        Ends(hostility, stage, "Open", ModemLimits.OpenMs, modem => modem.Open(s_host, 5000));
        Ends(hostility, stage, "Send", ModemLimits.SendMs, modem => modem.Send(buffer, 0, buffer.Length));
        Ends(hostility, stage, "Receive at once", ModemLimits.ReceiveExtraMs, modem => modem.Receive(buffer, 0, buffer.Length, 0));
        Ends(hostility, stage, "Receive", 7_000 + ModemLimits.ReceiveExtraMs, modem => modem.Receive(buffer, 0, buffer.Length, 7_000));
        Ends(hostility, stage, "Close", ModemLimits.CommandMs, modem => modem.Close());
        Ends(hostility, stage, "BringUp", ModemLimits.BringUpMs, modem => modem.BringUp(s_apn));
        Ends(hostility, stage, "Reset", ModemLimits.ResetMs, modem => modem.Reset());
        Ends(hostility, stage, "Provisioning", ModemLimits.ProvisionMs, modem => modem.Provision(s_apn, Ascii.Bytes("0,2")));
        Ends(hostility, stage, "Facts", ModemLimits.ProvisionMs, modem => modem.AskFacts());
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void EveryRungEnds(Hostility hostility, int stage)
    {
        (Sim7028 modem, HostileModem hostile, FakeClock clock) = Prepare(stage);
        hostile.Become(hostility);
        for (int rung = 0; rung < 6; rung++)
        {
            Ends($"{hostility}, stage {stage}: Recover {rung}", clock, ModemLimits.RecoverMs, () => modem.Recover());
        }
    }

    /// <summary>A request over it: two tries at most, each an open, a send and an answer.</summary>
    [Theory]
    [MemberData(nameof(Cases))]
    public void EveryRequestEnds(Hostility hostility, int stage)
    {
        const int AnswerMs = HttpExchange.AnswerMs + ModemLimits.ReceiveExtraMs;
        const int LimitMs = 2 * (ModemLimits.OpenMs + ModemLimits.SendMs + AnswerMs + (2 * ModemLimits.CommandMs));
        (Sim7028 modem, HostileModem hostile, FakeClock clock) = Prepare(Math.Min(stage, 1));
        var http = new HttpExchange(modem, clock, 512) { KeepOpen = true };
        http.SetServer(s_host, 5000);
        if (stage == OpenStage)
        {
            hostile.Obedient.Response = Ascii.Bytes("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
            Assert.Equal(200, http.Get(s_apn));
        }

        hostile.Become(hostility);
        Ends($"{hostility}, stage {stage}: Get", clock, LimitMs, () => http.Get(s_apn));
    }

    /// <summary>The deadline of an answer holds although data are reported again and again, and nothing else is harmed by it.</summary>
    [Theory]
    [InlineData(Hostility.WaitingNothing)]
    [InlineData(Hostility.ReportedNothing)]
    public void WaitsForNothingNoLongerThanAsked(Hostility hostility)
    {
        (Sim7028 modem, HostileModem hostile, FakeClock clock) = Prepare(OpenStage);
        hostile.Become(hostility);
        long begin = clock.UptimeMs;
        Assert.Equal(0, modem.Receive(new byte[8], 0, 8, 30_000));
        Assert.InRange(clock.UptimeMs - begin, 30_000, 31_000);
        int asked = hostile.Obedient.Commands.Split("AT+CIPRXGET=2").Length - 1;
        Assert.InRange(asked, 10, 30_000 / 250);
        Assert.True(modem.IsLinkOpen);
    }

    private static void Ends(Hostility hostility, int stage, string call, int limitMs, Action<Sim7028> action)
    {
        (Sim7028 modem, HostileModem hostile, FakeClock clock) = Prepare(stage);
        hostile.Become(hostility);
        Ends($"{hostility}, stage {stage}: {call}", clock, limitMs, () => action(modem));
    }

    private static void Ends(string what, FakeClock clock, int limitMs, Action action)
    {
        long begin = clock.UptimeMs;
        clock.GivesUpAtMs = begin + limitMs + SlackMs + 60_000;
        action();
        long took = clock.UptimeMs - begin;
        Assert.True(took <= limitMs + SlackMs, $"{what} took {took} ms of {limitMs}, seed {Seed}");
    }

    // 0: just powered · 1: connected · 2: with a link.
    private static (Sim7028 Modem, HostileModem Hostile, FakeClock Clock) Prepare(int stage)
    {
        var clock = new FakeClock { Stretch = Stretch };
        var hostile = new HostileModem(clock, Seed);
        var modem = new Sim7028(hostile, clock, clock);
        Assert.True(stage < 1 || modem.BringUp(s_apn));
        Assert.True(stage < OpenStage || modem.Open(s_host, 5000));
        hostile.Obedient.ClearLog();
        return (modem, hostile, clock);
    }
}
