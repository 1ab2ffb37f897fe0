using JamBox.Twin.Modem;
using JamBox.Twin.Time;

namespace JamBox.Twin.Faults;

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
