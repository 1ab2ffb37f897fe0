using JamBox.Twin.Modem;
using JamBox.Twin.Time;

namespace JamBox.Twin.Faults;

/// <summary>What goes wrong with the modem and with the radio network.</summary>
internal sealed class ModemTroubles(FaultSite site)
{
    private const int SecondMs = 1_000;
    private const int MinuteMs = 60_000;
    private const int HourMs = 3_600_000;
    private const int GarbageBytes = 10_240;

    // The simulator's own words for what really happened, and ours.
    private static readonly (string Word, FaultKind Kind)[] s_words =
    [
        ("network lost", FaultKind.NetworkLost), ("network closed", FaultKind.NetworkClosed), ("modem restart", FaultKind.ModemRestart),
        ("restart in send", FaultKind.ModemRestartInSend), ("restart in receive", FaultKind.ModemRestartInReceive),
        ("missed prompt", FaultKind.ModemMissedPrompt), ("short write", FaultKind.ModemShortWrite), ("garbage", FaultKind.ModemGarbage),
        ("failed open", FaultKind.ModemOpenFails), ("failed send", FaultKind.ModemSendFails),
        ("failed command", FaultKind.ModemCommandFails),
        ("deaf", FaultKind.ModemSleeps), ("slow open", FaultKind.ModemSlowOpen), ("stuck receive", FaultKind.ModemReportsNothing),
    ];

    private readonly FaultCounts _counts = new();
    private readonly Dictionary<FaultKind, long> _endMs = [];

    /// <summary>Makes it go wrong.</summary>
    /// <param name="kind">What.</param>
    /// <param name="random">How.</param>
    /// <param name="backend">Keeps the delays of the network.</param>
    public void Happen(FaultKind kind, SeededRandom random, BackendTroubles backend)
    {
        ModemFaults faults = site.Modem.Faults;
        switch (kind)
        {
            case FaultKind.NetworkLost:
                site.Modem.Network.Lose(Spell(random, 5 * SecondMs, 20 * MinuteMs));
                break;
            case FaultKind.NetworkClosed:
                site.Modem.Network.CloseUnexpectedly();
                break;
            case FaultKind.NetworkSlow:
                _counts.Add(kind);
                backend.SlowDown(25 * SecondMs, random.Between(2, 30) * MinuteMs);
                break;
            case FaultKind.ModemRestart:
                site.Modem.Restart();
                break;
            case FaultKind.ModemRestartInSend:
                faults.RestartsInSend++;
                break;
            case FaultKind.ModemRestartInReceive:
                faults.RestartsInReceive++;
                break;
            case FaultKind.ModemMissedPrompt:
                faults.MissedPrompts += random.Between(1, 5);
                break;
            case FaultKind.ModemShortWrite:
                faults.ShortWrites += random.Between(1, 3);
                break;
            case FaultKind.ModemSilent:
                FallSilent(kind, Spell(random, 5 * SecondMs, 15 * MinuteMs));
                break;
            case FaultKind.ModemDead when site.Modem.Options.HasResetLine:
                _counts.Add(kind);
                faults.IsSilentUntilReset = true;
                break;
            case FaultKind.ModemDead:
                FallSilent(kind, 15 * MinuteMs);
                break;
            case FaultKind.ModemGarbage:
                site.Modem.EmitGarbage(GarbageBytes);
                break;
            case FaultKind.ModemOpenFails:
                faults.FailedOpens += random.Between(1, 3);
                faults.OpenErrorCode = random.Between(1, 12);
                break;
            case FaultKind.ModemSendFails:
                faults.FailedSends++;
                faults.SendErrorCode = random.Between(1, 12);
                break;
            case FaultKind.ModemCommandFails:
                faults.FailedCommands += random.Between(1, 4);
                break;
            case FaultKind.ModemSleeps:
                site.Modem.Options.SleepsAfterMs = random.Between(2, 5) * SecondMs;
                site.Modem.Options.ObeysSleepOff = random.Chance(0.5);
                Last(kind, Spell(random, HourMs, 12 * HourMs), () => site.Modem.Options.SleepsAfterMs = 0);
                break;
            case FaultKind.ModemSlowOpen:
                site.Modem.Options.Timings.SlowOpen = new MsRange(31 * SecondMs, 65 * SecondMs);
                Last(kind, Spell(random, 10 * MinuteMs, 3 * HourMs), () => site.Modem.Options.Timings.SlowOpen = new MsRange(0, 0));
                break;
            case FaultKind.ModemNoBlank:
                _counts.Add(kind);
                site.Modem.Options.HasBlanks = false;
                Last(kind, Spell(random, HourMs, 12 * HourMs), () => site.Modem.Options.HasBlanks = true);
                break;
            case FaultKind.ModemReportsNothing:
                faults.StuckReceives += random.Between(1, 3);
                break;
            default:
                _counts.Add(kind);
                ModemManners.Draw(site.Modem.Options, random);
                site.Modem.Restart();
                break;
        }
    }

    /// <summary>All is right again.</summary>
    public void Stop()
    {
        ModemFaults faults = site.Modem.Faults;
        faults.MissedPrompts = 0;
        faults.ShortWrites = 0;
        faults.FailedSends = 0;
        faults.FailedOpens = 0;
        faults.FailedCommands = 0;
        faults.RestartsInSend = 0;
        faults.RestartsInReceive = 0;
        faults.StuckReceives = 0;
        faults.SilentUntilMs = 0;
        faults.IsSilentUntilReset = false;
        site.Modem.Options.SleepsAfterMs = 0;
        site.Modem.Options.Timings.SlowOpen = new MsRange(0, 0);
    }

    /// <summary>Adds what really happened.</summary>
    /// <param name="counts">Where to.</param>
    public void AddTo(FaultCounts counts)
    {
        counts.Add(_counts);
        foreach ((string word, FaultKind kind) in s_words)
        {
            counts.Add(kind, site.Modem.Faults.Happened.GetValueOrDefault(word));
        }
    }

    /// <summary>Draws how long something lasts: short spells are frequent, long ones rare.</summary>
    /// <param name="random">Where chance comes from.</param>
    /// <param name="minMs">The least.</param>
    /// <param name="maxMs">The most.</param>
    /// <returns>ms.</returns>
    public static int Spell(SeededRandom random, int minMs, int maxMs) =>
        (int)(minMs * Math.Pow((double)maxMs / minMs, random.Fraction()));

    // A spell that begins within another one makes it longer.
    private void Last(FaultKind kind, int forMs, Action end)
    {
        long endMs = Math.Max(_endMs.GetValueOrDefault(kind), site.Clock.NowMs + forMs);
        _endMs[kind] = endMs;
        site.Clock.After(forMs, () =>
        {
            if (site.Clock.NowMs >= _endMs[kind])
            {
                end();
            }
        });
    }

    private void FallSilent(FaultKind kind, int forMs)
    {
        _counts.Add(kind);
        site.Modem.Faults.SilentUntilMs = Math.Max(site.Modem.Faults.SilentUntilMs, site.Clock.NowMs + forMs);
    }
}

/// <summary>The ways in which SIM7028s differ, drawn anew: another firmware version, another board.</summary>
internal static class ModemManners
{
    /// <summary>Draws them.</summary>
    /// <param name="options">Changed.</param>
    /// <param name="random">Where chance comes from.</param>
    public static void Draw(ModemOptions options, SeededRandom random)
    {
        DrawTalk(options, random);
        DrawData(options, random);
        options.HasResetLine = random.Chance(0.6);
    }

    private static void DrawTalk(ModemOptions options, SeededRandom random)
    {
        options.BootLines = (BootLines)random.Between(0, 2);
        options.BootGarbageBytes = random.Chance(0.3) ? random.Between(1, 200) : 0;
        options.AnnouncesPowerDown = random.Chance(0.3);
        options.LinesAfterRegistration = random.Chance(0.3) ? ["OKLAHOMA MOBILE", "+CTZV: +04"] : [];
        options.SaysNetworkAvailable = random.Chance(0.7);
        options.CeregModeAtBoot = random.Between(0, 2);
        options.RegisteredStateAsked = random.Chance(0.5) ? 5 : 1;
        options.RegisteredStateReported = random.Chance(0.5) ? 5 : 1;
        options.ObeysEchoOff = !random.Chance(0.15);
        options.CfunOkLast = random.Chance(0.5);
        options.NetOpenStateHasTwoFields = random.Chance(0.5);
        options.IpAddr = (IpAddrAnswer)random.Between(0, 4);
        options.ReportInsideReplyChance = random.Chance(0.3) ? 0.05 : 0;
        options.ReadBytes = random.Chance(0.3) ? new MsRange(1, random.Between(1, 64)) : new MsRange(0, 0);
    }

    private static void DrawData(ModemOptions options, SeededRandom random)
    {
        options.CipOpen = (CipOpenStyle)random.Between(0, 3);
        options.CipErrorHasError = random.Chance(0.5);
        options.PromptPrefix = random.Chance(0.5) ? "\r\n" : string.Empty;
        options.PromptSuffix = random.Chance(0.5) ? " " : string.Empty;
        options.Receive = random.Chance(0.5) ? ReceiveDialect.Buffered : (ReceiveDialect)random.Between(1, 3);
        options.ReportsEverySegment = random.Chance(0.5);
        options.MaxReadBytes = random.Chance(0.3) ? random.Between(16, 300) : 1_500;
        options.SegmentBytes = random.Chance(0.3) ? new MsRange(1, random.Between(40, 400)) : new MsRange(1_360, 1_360);
        options.PeerClose = random.Chance(0.5) ? PeerCloseOrder.AfterLastByte : PeerCloseOrder.BeforeLastByte;
    }
}
